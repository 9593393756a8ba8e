"""Deliveries that are no message: broken ones for quarantine, and favourites and own posts that are ignored."""

from __future__ import annotations

import json

# A mail whose header says multipart but whose boundary is missing, with bytes that are no text.
BROKEN_MAIL = b"\x00\xff\xfe\x00Content-Type: multipart/mixed; boundary=\r\n\x00\x01\x02\xff\xff\xff"

_STATUS = {
    "id": "113000000000009901",
    "type": "mention",
    "created_at": "2026-11-11T06:12:44.000Z",
    "account": {"id": "9001", "acct": "lo.testson@exempel.social", "display_name": "Lo Testson"},
    "status": {"id": "113000000000009902", "content": "<p>@ekevik Hur går det med bussen egentligen, jag hörde</p>"},
}
# The connection broke in the middle of the answer: half of the JSON is missing.
CUT_JSON = json.dumps([_STATUS], ensure_ascii=False).encode()[:212]

FAVOURITE = json.dumps(
    [
        {
            "id": "880001",
            "type": "favourite",
            "created_at": "2026-11-03T10:20:00.000Z",
            "account": {
                "id": "9002",
                "acct": "bo.latsas@exempel.social",
                "username": "bo.latsas",
                "display_name": "Bo Låtsas",
                "url": "https://exempel.social/@bo.latsas",
            },
            "status": {
                "id": "113000000000000101",
                "uri": "https://exempel.social/users/ekevik/statuses/113000000000000101",
                "created_at": "2026-11-03T08:15:00.000Z",
                "visibility": "public",
                "content": "<p>Får man elda löv? Nej, inte i tätorten.</p>",
                "account": {"id": "1", "acct": "ekevik@exempel.social", "username": "ekevik"},
            },
        }
    ],
    ensure_ascii=False,
).encode()

OWN_POST = json.dumps(
    [
        {
            "id": "880002",
            "type": "mention",
            "created_at": "2026-11-10T08:04:30.000Z",
            "account": {
                "id": "1",
                "acct": "ekevik@exempel.social",
                "username": "ekevik",
                "display_name": "Ekeviks kommun",
            },
            "status": {
                "id": "113000000000000102",
                "uri": "https://exempel.social/users/ekevik/statuses/113000000000000102",
                "created_at": "2026-11-10T08:04:00.000Z",
                "visibility": "public",
                "content": "<p>Länsbussarna slutar köra linje 14 den 13 december.</p>",
                "account": {"id": "1", "acct": "ekevik@exempel.social", "username": "ekevik"},
            },
        }
    ],
    ensure_ascii=False,
).encode()
