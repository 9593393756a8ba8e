"""Torget: the desk where a Swedish public organisation meets the people it serves."""

__version__ = "0.1.0"
