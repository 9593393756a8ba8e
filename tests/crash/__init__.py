"""Kill -9 at random moments and full disks: what was acknowledged is there once, what was sent was sent once."""
