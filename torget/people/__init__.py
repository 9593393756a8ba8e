"""The people who write to the organisation: one row for each address in a channel, and nothing that was not given."""
