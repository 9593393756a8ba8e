"""Public pages of conversations: the square, the form, a published conversation, the receipt."""
