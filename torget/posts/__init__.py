"""Posts of our own: written once, fitted to each channel, approved, sent now or later."""
