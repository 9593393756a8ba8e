"""The statement of accessibility and how its figures come about."""
