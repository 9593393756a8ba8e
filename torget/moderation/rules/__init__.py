"""What moderation's policy says: grounds, what may be removed, screening, watch intervals. docs/rules/moderation.md"""
