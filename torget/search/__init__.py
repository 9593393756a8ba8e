"""Finding again: an index of every word of every message that one may see."""
