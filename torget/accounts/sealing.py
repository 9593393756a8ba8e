"""What is kept so that the database alone tells nobody: providers' secrets in files, personal numbers under a key.

Both lie with the installation's keys, outside database and backup, as the secrets of channels do (conversations/keyring.py).
"""

import hmac
import json
import os
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from torget.core.errors import Refused


def _path(provider: int) -> Path:
    return Path(settings.TORGET_HOME) / "keys" / "inloggning" / f"{provider}.json"


def keep_secret(provider: int, secret: str) -> None:
    """Write a provider's secret, whole or not at all, readable by our own user only. Errors: OSError."""
    path = _path(provider)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = path.with_suffix(f".{os.getpid()}.{os.urandom(4).hex()}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump({"secret": secret}, file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def secret_of(provider: int) -> str:
    """A provider's secret, "" where there is none. Errors: Refused("key_broken") for a file that is no longer whole."""
    try:
        return str(json.loads(_path(provider).read_text(encoding="utf-8"))["secret"])
    except FileNotFoundError:
        return ""
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refused("key_broken", type(error).__name__) from None


def forget_secret(provider: int) -> None:
    """Take a provider's secret away."""
    _path(provider).unlink(missing_ok=True)


def derived(purpose: str, of: str | bytes) -> str:
    """A value that only this installation can derive, as 43 URL-safe signs: for nonces, verifiers, links."""
    given = of.encode() if isinstance(of, str) else bytes(of)
    mac = hmac.new(settings.SECRET_KEY.encode(), f"accounts-{purpose}:".encode() + given, sha256).digest()
    return urlsafe_b64encode(mac).rstrip(b"=").decode()


def hash_of(secret: str) -> str:
    """What is stored of a secret. Anything may be asked about, also what is no text that can be encoded."""
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


def _box() -> Fernet:
    return Fernet(urlsafe_b64encode(sha256(b"accounts-seal:" + settings.SECRET_KEY.encode()).digest()))


def seal(text: str) -> bytes:
    """The text, unreadable without the installation's key."""
    return _box().encrypt(text.encode())


def unseal(sealed: bytes | memoryview) -> str:
    """The text again. Errors: Refused("seal_broken") where the key is another than it was sealed with."""
    try:
        return _box().decrypt(bytes(sealed)).decode()
    except InvalidToken:
        raise Refused("seal_broken") from None
