"""Torget's own settings, middleware and all, with addresses that only return bytes."""

from torget.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.limits.urls"
