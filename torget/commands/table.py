"""The table of commands: each area adds its own to the parser and says with `do` what runs it."""

import argparse
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Commands = object

AREAS = ("running", "keeping", "upgrading", "archiving", "registering", "proving", "storing", "accounting")
"""The files beside this one, in the order of the help."""


def add_all(commands: Commands) -> None:
    """Add every area's commands. Django is set up before: an area may import what it likes."""
    for area in AREAS:
        import_module(f"torget.commands.{area}").add(commands)
