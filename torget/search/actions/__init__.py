"""Writes of search: its index, and how many ask the same. All is derived, so that the journal holds none of it."""

from torget.search.actions.indexing import index, rebuild, sweep
from torget.search.actions.same import count_same, forget_old

__all__ = ["count_same", "forget_old", "index", "rebuild", "sweep"]
