"""Torget's settings with the newer app beside the others (DJANGO_SETTINGS_MODULE=tests.support.newer.settings)."""

from torget.settings import *  # noqa: F403
from torget.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.support.newer"]
