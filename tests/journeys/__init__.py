"""Stories that run in a real Chromium against `torget run` as a process of its own."""
