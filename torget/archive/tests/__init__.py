"""Tests of archive packages."""
