"""The commands of `torget`: a file for each area, listed in `table.py`."""
