"""Channels against real servers that the tests start themselves."""
