"""The public record, which owns the content: cases, records with versions and attachments, classification and secrecy."""
