"""What tests beside the modules share: where the recorded data lies, and strings that break software."""

import asyncio
import json
import re
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings

T = TypeVar("T")


def shared_data() -> Path | None:
    """The folder with recorded data beside the checkout, or None where it is not there (tests then use what they make)."""
    folder = Path(settings.BASE_DIR).parent / "shared" / "data"
    return folder if folder.is_dir() else None


def data_files(folder: str, *patterns: str) -> list[Path]:
    """The recorded files of a folder such as "payloads/mastodon" by glob patterns (all by default), sorted; [] without them.

    The folder's own SOURCES.md and licences are no data and left out. For `pytest.mark.parametrize(..., ids=lambda p: p.name)`.
    """
    root = shared_data()
    if root is None or not (root / folder).is_dir():
        return []
    found = {path for pattern in patterns or ("**/*",) for path in (root / folder).glob(pattern) if path.is_file()}
    return sorted(path for path in found if path.name != "SOURCES.md" and not path.name.startswith("LICENSE"))


def squeezed(page: str) -> str:
    """HTML without whitespace beside its tags: what a test looks for is found however the template is written."""
    return re.sub(r"\s*(<[^>]*>)\s*", r"\1", page)


def data_json(path: str) -> Any:
    """A recorded JSON file such as "hostile/blns/blns.json", read; None where it is not there."""
    root = shared_data()
    if root is None or not (root / path).is_file():
        return None
    return json.loads((root / path).read_text(encoding="utf-8"))


def naughty_strings() -> list[str]:
    """Strings that break software: the recorded list where it is there, and always a few of our own making."""
    own = [
        "",
        " ",
        "\x00",
        "a\x00b",
        "\ud800",
        "\udfff\ud800",
        "\u202e\u2066text",
        "\ufeff",
        "\u0000\u0001\u001b[31m",
        "A\u030a" * 200,
        "Z\u0336\u0352" * 100,
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{ 7 * 7 }}{% debug %}",
        "'; DROP TABLE conversations_message; --",
        "../../../etc/passwd",
        "=1+1",
        "\r\nBcc: all@example.se",
        "%s%n%d",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "x" * 100_000,
    ]
    recorded = data_json("hostile/blns/blns.json")
    return own + [text for text in recorded or [] if isinstance(text, str)]


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in a thread of its own: a browser test before it may have left a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
