"""Checks that read the whole tree and fail with an instruction."""
