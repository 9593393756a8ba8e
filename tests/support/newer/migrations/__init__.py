"""The changes of the newer version."""
