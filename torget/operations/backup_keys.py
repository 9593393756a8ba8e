"""To whom backups are sealed: age keys by pyrage. The private one is kept elsewhere; the drill's own lies in keys/."""

import os
import re
from pathlib import Path

import pyrage
from django.conf import settings

from torget.core import clock
from torget.core.errors import Refused

MOST = 20


def public_path() -> Path:
    """Where the public key lies that backups are sealed to."""
    return Path(settings.TORGET_HOME) / "keys" / "backup.pub"


def drill_path() -> Path:
    """Where the weekly trial's private key lies (docs/decisions/0031)."""
    return Path(settings.TORGET_HOME) / "keys" / "backup-prov.key"


def make(path: Path) -> str:
    """Make a pair: the private key to `path`, which must be new, the public one to keys/backup.pub unless one is there.

    Returns the public key. Refused: key_exists, key_unwritable, key_inside (the private key may not lie where backups
    are made).
    """
    home = Path(settings.TORGET_HOME).resolve()
    if path.resolve().is_relative_to(home):
        raise Refused("key_inside", str(path))
    identity = pyrage.x25519.Identity.generate()
    public = str(identity.to_public())
    _write_new(path, _identity_text(str(identity), public))
    if not public_path().exists():
        public_path().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_new(public_path(), f"{public}\n")
    return public


def _identity_text(private: str, public: str) -> str:
    # The form that age-keygen writes, so that the tool reads it.
    return f"# created: {clock.now().isoformat(timespec='seconds')}\n# public key: {public}\n{private}\n"


def _write_new(path: Path, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refused("key_exists", str(path)) from None
    except OSError:
        raise Refused("key_unwritable", str(path)) from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def chosen() -> list[str]:
    """The public keys that the operator has chosen. Refused("backup_key_broken") for what is none."""
    text = settings.TORGET_BACKUP_KEY
    if not text and public_path().exists():
        text = public_path().read_text(encoding="utf-8", errors="replace")
    lines = [part.strip() for part in re.split(r"[\n,]", text)]
    found = [line for line in lines if line and not line.startswith("#")]
    for one in found:
        try:
            pyrage.x25519.Recipient.from_str(one)
        except pyrage.RecipientError:
            raise Refused("backup_key_broken", one[:20]) from None
    return found[:MOST]


def recipients() -> list[str]:
    """To whom a backup is sealed: the chosen keys, and the drill's. Refused("backup_key_missing") when none is chosen."""
    found = chosen()
    if not found:
        raise Refused("backup_key_missing", str(public_path()))
    return [*found, drill_public()] if settings.TORGET_BACKUP_DRILL else found


def drill_public() -> str:
    """The public half of the drill's own key, which is made at first use."""
    path = drill_path()
    if not path.exists():
        identity = pyrage.x25519.Identity.generate()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            _write_new(path, _identity_text(str(identity), str(identity.to_public())))
        except Refused:
            pass  # another process was first; its key is the key
    from torget.operations.backup_format import identities

    return str(identities(path)[0].to_public())
