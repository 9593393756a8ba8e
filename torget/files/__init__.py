"""Attachments: the bytes as they came, by content hash, and a re-encoded picture of those that may be shown."""
