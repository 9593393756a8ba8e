"""Checks on the whole: architecture, journeys in a browser, and the support that both stand on."""
