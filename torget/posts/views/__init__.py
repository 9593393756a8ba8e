"""Pages and deeds of planning posts."""
