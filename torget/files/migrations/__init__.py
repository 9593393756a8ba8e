"""Migrations of the files module."""
