"""Makes a town with a long past: as many messages as are wanted, written in large parts past the actions.

The rows are those that the actions would have written; `tests/test_bulk.py` plays the same plan through both and compares
every column of every table. `plan` says who writes what and when, `writing` makes the rows, `tables` stores them.
"""

from torget.demo.bulk.writing import PER_CHAPTER, write

__all__ = ["PER_CHAPTER", "write"]
