"""What bench_million asks: the pages by name, and how one is measured."""
