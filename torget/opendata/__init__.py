"""The catalogue of open data and the other addresses that machines look for."""
