"""Pages about the organisation: the public list of accounts, settings, the first start."""
