"""Passwords and tokens of connected accounts: files beside the signing keys, never in the database or its backup."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from torget.core.errors import Refused

if TYPE_CHECKING:
    from torget.conversations.models import Account


def _path(account: "Account") -> Path:
    return Path(settings.TORGET_HOME) / "keys" / "kanaler" / f"{account.pk}.json"


def keep(account: "Account", secrets: dict[str, str]) -> None:
    """Write the secrets of an account, whole or not at all, readable by our own user only. Errors: OSError."""
    path = _path(account)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # A name of its own for each writer: two that write at once leave one whole file.
    new = path.with_suffix(f".{os.getpid()}.{os.urandom(4).hex()}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(secrets, file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def secrets_of(account: "Account") -> dict[str, str]:
    """The secrets of an account, {} where there are none. Errors: Refused("key_broken") for a file that is no longer whole."""
    try:
        found = json.loads(_path(account).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise Refused("key_broken", type(error).__name__) from None
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def forget(account: "Account") -> None:
    """Take the secrets away."""
    _path(account).unlink(missing_ok=True)
