"""Give each test process a data folder of its own, before Django reads its settings. Loaded by pytest as its first plugin."""

import os
import shutil
import tempfile
from collections.abc import Iterator

import pytest

_home = ""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Iterator[None]:
    """Point TORGET_HOME to a folder that is made now. A wrapper, since it must come before pytest-django's own hook."""
    global _home
    # A worker of xdist inherits our environment, so it makes a folder of its own all the same.
    _home = tempfile.mkdtemp(prefix="torget-test-")
    os.environ["TORGET_HOME"] = _home
    for name in ("TORGET_URL", "TORGET_HOSTS", "TORGET_MAIL_HOST", "TORGET_ORIGIN"):
        os.environ.pop(name, None)
    return (yield)


def pytest_unconfigure() -> None:
    """Take the folder away."""
    shutil.rmtree(_home, ignore_errors=True)
