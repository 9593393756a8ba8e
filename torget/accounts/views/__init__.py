"""Pages about accounts and log-in."""
