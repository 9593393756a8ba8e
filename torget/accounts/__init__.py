"""Staff accounts: how people log in, where they are logged in, and what has been done with an account."""
