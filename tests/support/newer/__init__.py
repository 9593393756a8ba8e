"""A version of Torget that is one change newer: an app with a table, whose second change does what NEWER_DOES says."""
