"""What holds of the whole of Torget against people who mean harm: doors, words that are scripts, parsers, the list of ASVS."""
