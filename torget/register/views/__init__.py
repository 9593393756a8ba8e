"""Pages of the public register, its feed and file, and the staff's export."""
