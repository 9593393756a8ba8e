"""Measured comparisons, one command: `make bench`. Each module bench_*.py has `run() -> list[Row]`."""
