"""Tests of the registrar's work."""
