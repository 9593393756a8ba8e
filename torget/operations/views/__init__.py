"""Pages of running Torget."""
