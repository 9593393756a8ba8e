"""Pages and files of open data, and what machines look for."""
