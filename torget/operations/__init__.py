"""Running Torget: backups that are tried, moving to another database, upgrades, erasures that stay, figures for the operator."""
