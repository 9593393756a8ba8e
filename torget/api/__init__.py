"""The API, version 1: what the public pages show, as JSON."""
