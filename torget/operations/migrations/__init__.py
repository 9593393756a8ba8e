"""Migrations of running Torget."""
