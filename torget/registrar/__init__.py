"""The registrar's work: what nobody has confirmed, cases opened, joined, parted and closed, corrections, secrecy."""
