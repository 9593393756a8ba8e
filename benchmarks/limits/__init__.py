"""What the figures stand beside: the same Django stack that only returns bytes, and the server with nothing behind it."""
