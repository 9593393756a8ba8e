"""What counting means, in pure functions: weeks, numbers as printed, answer times and the worth of an answer."""
