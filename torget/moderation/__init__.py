"""Keeping the place decent: hints, removal with an evidence copy and reasons, notices by DSA article 16, watch intervals."""
