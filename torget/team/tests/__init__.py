"""Tests of working together."""
