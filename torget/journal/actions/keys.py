"""The log's private key: made at first use, and changed in the open."""

import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from django.conf import settings

from torget.core.errors import Refused
from torget.journal import rules
from torget.journal.models import Checkpoint, KeyChange
from torget.journal.rules import VerifierKey

NEXT = "journal.next"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The log's private key; its name is the log's name and stays what it was when the key was made."""

    public: VerifierKey
    seed: bytes

    def sign(self, message: bytes) -> bytes:
        """Return the signature of 64 bytes."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)

    def __repr__(self) -> str:
        """Show the public half only: a key must not end in a log."""
        return f"SigningKey({self.public.text()})"


def key_path() -> Path:
    """Where the private key lies: outside database and backup."""
    return Path(settings.TORGET_HOME) / "keys" / "journal.key"


def signing_key(*, create: bool = True) -> SigningKey:
    """Load the key, made at first use.

    Refused: key_missing (it is gone but has signed before, or `create` is False), key_open (others may read the file),
    key_broken (the file holds something else).
    """
    path = key_path()
    _settle(path)
    if not path.exists():
        if not create or Checkpoint.objects.exists():
            raise Refused("key_missing", str(path))
        _make_key(path)
    return _load(path)


def witness_key() -> SigningKey:
    """Load the key with which we cosign the heads of other journals (kind 4), made at first use; Refused as signing_key."""
    path = key_path().with_name("witness.key")
    if not path.exists():
        _make_key(path, kind=4)
    return _load(path, kind=4)


def _load(path: Path, kind: int = 1) -> SigningKey:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise Refused("key_open", str(path))
    try:
        name, number, seed = rules.parse_secret(path.read_text(), kind)
    except ValueError:
        raise Refused("key_broken", str(path)) from None
    public = VerifierKey(name, _public_half(seed), kind)
    if public.digest()[:4].hex() != number:
        raise Refused("key_broken", str(path))
    return SigningKey(public, seed)


def key_in_force() -> str:
    """The public key that must sign now, as text: the newest change's, else the last checkpoint's; "" before any."""
    change = KeyChange.objects.exclude(new="").order_by("-pk").values_list("new", flat=True).first()
    return change or Checkpoint.objects.order_by("-size").values_list("key", flat=True).first() or ""


def _settle(path: Path) -> None:
    # A change of key was committed, and the process died before the new file took the old one's place.
    following = path.with_name(NEXT)
    if following.exists() and _load(following).public.text() == key_in_force():
        os.replace(following, path)
        _sync(path.parent)


def make_following(name: str) -> SigningKey:
    """Make the key that is to follow, in a file beside the present one; it counts when the change is committed."""
    path = key_path().with_name(NEXT)
    path.unlink(missing_ok=True)
    _make_key(path, name)
    return _load(path)


def take_following() -> None:
    """Put the following key in the present one's place; the change must be committed."""
    _settle(key_path())


def _public_half(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _make_key(path: Path, name: str = "", kind: int = 1) -> None:
    seed = Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    name = name or getattr(settings, "TORGET_ORIGIN", "torget.local/journal")
    public = VerifierKey(name, _public_half(seed), kind)
    rules.parse_key(public.text(), kind)  # a name with a space or a plus sign would make every receipt unreadable
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Written whole beside its place and then linked: a crash leaves no half key, and of two that start at once the
    # first one wins.
    made = path.with_name(f"journal.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(rules.secret_text(public, seed))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(made, path)
        except FileExistsError:
            pass  # another process was first; its key is the key
    finally:
        made.unlink()
    _sync(path.parent)


def _sync(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
