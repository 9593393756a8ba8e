"""Results: what the channels were worth, counted per day and week from what was received and answered."""
