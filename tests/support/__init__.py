"""Real parts for tests: PostgreSQL, an SMTP server, a browser, Torget's own processes, the Nu HTML checker."""
