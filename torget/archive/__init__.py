"""Archive packages: a case with its records, raw events, journal proofs and events, as the archives' own standards ask."""
