"""How often one address may post: core.limits, counted apart from everything else."""

from torget.core.limits import Limit

_posts = Limit("posts")
_counts = _posts.counts
allowed = _posts.allowed
receipts = Limit("receipts")
"""Answers and thanks by one receipt."""
