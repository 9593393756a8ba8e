"""Policy of posts: what a channel takes and cuts (fitting), planning, days (spans), files (calendar, sheet)."""
