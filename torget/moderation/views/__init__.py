"""Pages of moderation, for everyone and for staff."""
