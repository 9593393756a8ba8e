"""Fuzzers of every parser: `python -m tests.fuzz NAME --seconds 60`. `make test` runs the seeds, `make drill` searches on."""
