"""The journal: an append-only log of what was done, with proofs that anyone can check; knows no other module."""
