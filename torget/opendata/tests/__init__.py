"""Tests of opendata."""
