"""Asking a colleague who knows, by a signed link, and telling what became of the answer."""
