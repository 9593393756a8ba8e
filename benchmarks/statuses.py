"""A recording of Mastodon's API as large as one likes, of invented people: pages of a hashtag's timeline as a cassette."""

import json
import random
from pathlib import Path
from typing import Any

import yaml

from benchmarks.words import sentence

HOST, OURS = "https://social.example", "https://social.example/@ekevik"
PAGE = 40
PEOPLE = 700
POSTS = 1000
"""Posts in the thread of a storm."""
FIRST = 115_000_000_000_000_000
ROOT_POST = str(FIRST)


def record(path: Path, count: int) -> None:
    """Write a cassette of so many statuses, `PAGE` in each answer, newest last; every one has its own id and words."""
    chance = random.Random(count)
    pages = [range(start, min(start + PAGE, count)) for start in range(0, count, PAGE)]
    interactions = [_interaction([status(number, chance) for number in page]) for page in pages]
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    path.write_text(yaml.dump({"interactions": interactions, "version": 1}, Dumper=dumper, allow_unicode=True))


def _interaction(statuses: list[dict[str, Any]]) -> dict[str, Any]:
    address = f"{HOST}/api/v1/timelines/tag/ekevik?limit={PAGE}&min_id={statuses[0]['id']}"
    kind = {"Content-Type": ["application/json; charset=utf-8"]}
    return {
        "request": {"body": None, "headers": {"Accept": ["*/*"]}, "method": "GET", "uri": address},
        "response": {
            "body": {"string": json.dumps(statuses, ensure_ascii=False)},
            "headers": kind,
            "status": {"code": 200, "message": "OK"},
        },
    }


def status(number: int, chance: random.Random) -> dict[str, Any]:
    """A status with every field that the API gives; one in four answers a post of ours."""
    person = number % PEOPLE
    mention = (
        f'<span class="h-card" translate="no"><a href="{OURS}" class="u-url mention">@<span>ekevik</span></a></span>'
    )
    tag = f'<a href="{HOST}/tags/ekevik" class="mention hashtag" rel="tag">#<span>ekevik</span></a>'
    return {
        "id": str(FIRST + number),
        "created_at": f"2026-10-{number % 28 + 1:02d}T08:{number % 60:02d}:00.000Z",
        "in_reply_to_id": str(114_000_000_000_000_000 + number % 50) if number % 4 == 0 else None,
        "in_reply_to_account_id": "1" if number % 4 == 0 else None,
        "sensitive": False, "spoiler_text": "", "visibility": "public", "language": "sv",
        "uri": f"{HOST}/users/namn{person}/statuses/{number}", "url": f"{HOST}/@namn{person}/{number}",
        "replies_count": 0, "reblogs_count": 0, "favourites_count": 1, "quotes_count": 0, "edited_at": None,
        "favourited": False, "reblogged": False, "muted": False, "bookmarked": False, "filtered": [],
        "content": f"<p>{mention} {sentence(chance, 30)}</p><p>{sentence(chance, 12)} {tag}</p>",
        "reblog": None, "account": _account(person), "media_attachments": [], "emojis": [], "card": None, "poll": None,
        "mentions": [{"id": "1", "username": "ekevik", "url": OURS, "acct": "ekevik"}],
        "tags": [{"name": "ekevik", "url": f"{HOST}/tags/ekevik"}],
    }  # fmt: skip


def deliveries(count: int, root: str) -> list[bytes]:
    """So many statuses as pages of notifications would give them: the first begins the thread, the others answer it."""
    chance = random.Random(count)
    found = []
    for number in range(count):
        one = status(int(root) - FIRST + number, chance)
        one["in_reply_to_id"] = None if number == 0 else root
        one["in_reply_to_account_id"] = None if number == 0 else one["account"]["id"]
        found.append(one)
    return [json.dumps(found[start : start + PAGE]).encode() for start in range(0, count, PAGE)]


def _account(person: int) -> dict[str, Any]:
    name, picture = f"namn{person}", f"https://files.example/accounts/{person}/original/bild.png"
    return {
        "id": str(1000 + person), "username": name, "acct": name, "display_name": f"Namn {person}",
        "locked": False, "bot": False, "discoverable": True, "indexable": False, "group": False,
        "created_at": "2022-11-05T00:00:00.000Z", "note": "<p>Skriver om bussar och snö i Ekevik.</p>",
        "url": f"{HOST}/@{name}", "uri": f"{HOST}/users/{name}", "avatar": picture, "avatar_static": picture,
        "header": "https://files.example/headers/original/missing.png",
        "header_static": "https://files.example/headers/original/missing.png",
        "followers_count": 12, "following_count": 40, "statuses_count": 300, "last_status_at": "2026-10-28",
        "hide_collections": False, "emojis": [], "fields": [{"name": "Bor", "value": "Ekevik", "verified_at": None}],
    }  # fmt: skip
