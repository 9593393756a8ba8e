"""Tests of running Torget."""
