"""What each fuzzer does with its bytes: give them to a parser, and hold what comes out against what the parser promises.

A harness returns when all is well; an error that the parser does not name is a find. `covers` names the parsers in it, so
that a test sees one that has none.
"""

import io
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.fuzz import handed
from torget.channels import charsets, feed, feedbytes, graph, mailtext, markup, payload, quotes, tabular, text, webhooks
from torget.channels.base import Incoming, Raw, Report
from torget.channels.registry import CHANNELS
from torget.core import paging, sheet
from torget.files.rules import archives, content, names
from torget.journal import rules as journal
from torget.journal.verifier import backups, ground, keys, kinds, receipts, trust
from torget.journal.verifier.words import Wrong
from torget.matching.rules.compounds import parts
from torget.matching.rules.likeness import similar
from torget.matching.rules.words import stem, terms, tokens, words
from torget.moderation.rules import screening
from torget.operations import backup_rows
from torget.posts.rules import calendar, fitting, spans
from torget.register import looking
from torget.register import rules as register
from torget.registrar import words as registrar
from torget.results.rules import weeks
from torget.search import rules as search

Run = Callable[[bytes], None]
OWN = {
    "mail": "info@ekevik.example",
    "mastodon": "ekevik@social.example",
    "feed": "https://ekevik.example/feed#words=bad",
}
KEY = b"k" * 32
RAW_NAMES = {"csv": "a.csv", "mail": "a.eml"}


@dataclass(frozen=True, slots=True)
class Harness:
    """A fuzzer: what it runs, the recorded folders whose files are its seeds, and the parsers that it covers."""

    run: Run
    seeds: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    own: tuple[bytes, ...] = ()
    largest: int = 20_000


def said(data: bytes) -> str:
    """The bytes as text, lone surrogates among it: what JSON and forms may hold."""
    return (
        data.decode("utf-8", "surrogatepass" if b"\xed" in data else "replace")
        if _fits(data)
        else data.decode("latin-1")
    )


def _fits(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _stored(value: str, what: str) -> None:
    """Text that is kept can be kept: UTF-8, and no sign that no database takes."""
    value.encode("utf-8")
    assert "\x00" not in value, f"{what} holds NUL"


def channel(name: str) -> Run:
    """Deliveries of a channel: split, then read; nothing raises, and what is understood can be stored."""

    def run(data: bytes) -> None:
        one = CHANNELS[name]
        for number, raw in enumerate(one.split(data, RAW_NAMES.get(name, "a"))):
            if number >= 20:
                return
            for item in one.read(raw, own=OWN.get(name, "ekevik")):
                if isinstance(item, Incoming):
                    for field in ("external_id", "text", "whole", "subject", "url", "language", "warning"):
                        _stored(getattr(item, field), field)
                    _stored(item.sender.name + item.sender.address, "sender")
                    for file in item.files:
                        _stored(file.filename, "filename")
                        assert "/" not in file.filename, "a file's name holds a path"
                    assert item.sent_at is None or item.sent_at.tzinfo is not None
                elif isinstance(item, Report):
                    _stored(item.reason + item.address, "report")

    return run


def hooks(data: bytes) -> None:
    """The body of a webhook of Meta's, as the channel hands it on once it is JSON."""
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        return
    if isinstance(body, dict):
        node = {"object": "page", "entry": body.get("entry", [body])}
        CHANNELS["facebook"].read(Raw(body=json.dumps(node).encode(), source="a", method="POST"), own="1")
        webhooks.entries(node, "1")


def plain(data: bytes) -> None:
    """HTML to text, and what is one's own in a mail; linear in time, or the fuzzer's clock says so."""
    html = said(data)
    for links in (False, True):
        markup.html_to_plain(html, links=links, mark_quotes=links)
    quotes.reply(html)


def fields(data: bytes) -> None:
    """Single fields: each is cleaned to what can be stored."""
    value = said(data)
    for clean in (text.clean, text.line, text.external_id, text.link):
        _stored(clean(value), clean.__name__)
    assert len(text.clean(value, 50)) <= 50
    name = text.filename(value, "fil")
    _stored(name, "filename")
    assert name and "/" not in name and "\\" not in name
    moment = text.time(value)
    assert moment is None or moment.tzinfo is not None
    kept = names.clean_filename(value)
    assert kept and "/" not in kept and "\\" not in kept and kept not in (".", "..") and "\n" not in kept
    graph.words(value, {})
    mailtext.words(value)
    charsets.decode(data, "utf-8")
    charsets.decode(data, value[:40])
    tabular.decode(data)
    list(tabular.fields_of(value.split(";")))
    screening.words_of(value)


def feeds(data: bytes) -> None:
    """A feed and a page that points to one."""
    feedbytes.text_of(data)
    feed.feed_of_page(data, "https://ekevik.example/")
    try:
        feed.read_feed(data)
    except feed.NotAFeed:
        pass


def cassettes(data: bytes) -> None:
    """Recordings, and bodies of JSON."""
    for number, raw in enumerate(payload.split_answers(data, "a")):
        payload.parse(raw)
        if number > 20:
            return


def files(data: bytes) -> None:
    """What a file is by its bytes, and what an archive would become; read without unpacking."""
    kind = content.sniff(data)
    content.showing_of(kind, data)
    content.poses_as("bild.jpg", kind)
    content.is_bare_webp(data)
    archives.zip_entries(data)
    archives.zip_expansion(data)
    archives.is_bomb("application/zip", data)


def notes(data: bytes) -> None:
    """Checkpoints, keys, histories, receipts: Wrong is the only answer but a good one."""
    value = data.decode("utf-8", "replace")
    for read in (ground.parse_note, ground.split_note, ground.parse_key, trust.read_trust):
        try:
            read(value)
        except Wrong:
            pass
    for load in (ground.load_json, keys.load_history, receipts.load):
        try:
            load(data)
        except Wrong:
            pass
    receipts.check(data)
    try:
        journal.parse_secret(value)
    except ValueError:
        pass
    for path in (value, "0/000", f"0/{value}", "1/x001/002.p/3"):
        journal.parse_tile(path)


def issued(data: bytes) -> None:
    """Any file at the verifier: a verdict, whatever it is."""
    with tempfile.NamedTemporaryFile(suffix=".bin") as file:
        file.write(data)
        file.flush()
        assert kinds.check_file(Path(file.name))["code"]


def backup(data: bytes) -> None:
    """A backup's tar, and rows of its tables."""
    try:
        contents = backups.backup_contents(io.BytesIO(data))
        list(backups.backup_findings(io.BytesIO(data), contents))
    except Wrong:
        pass
    readers = list(backup_rows.READERS)
    try:
        for line in backup_rows.lines([data[:7], data[7:], b"\n"]):
            backup_rows.values_of(line, readers[: line.count("\t") + 1], list("abcdefghij"))
    except (backup_rows.BadRow, UnicodeDecodeError):
        pass


def asked(data: bytes) -> None:
    """What people write in fields that search, and what stands in addresses."""
    value = said(data)
    query = search.parse(value)
    search.excerpt(value, search.wanted(query.clauses))
    search.terms_of(value)
    search.day_of(value)
    looking.clauses_of(value)
    looking.terms_of(value)
    looking.read_number(value, {"KS"})
    looking.month(value)
    looking.day_of(value)
    looking.seek(value, KEY)
    registrar.read_dnr(value)
    try:
        weeks.parse_week(value)
    except ValueError:
        pass
    spans.read_day(value)
    paging.read_place(value)
    paging.read_key(value)
    masked = register.mask_identity_numbers(value)
    assert not register.find_identity_numbers(masked)


def swedish(data: bytes) -> None:
    """Words, stems, compounds, likeness."""
    value = said(data)[:2000]
    words(value)
    terms(value)
    for _, _, word in tokens(value):
        parts(word)
        stem(word)
    assert 0.0 <= similar(value, value[::-1]) <= 1.0


def written(data: bytes) -> None:
    """What goes into files for others: calendars, sheets, posts. What was written cannot become a line or a formula."""
    value = said(data)[:3000].encode("utf-8", "replace").decode()
    event = calendar.Event("1@a", NOON, NOON, value, value, "", "TENTATIVE")
    for line in calendar.write([event], value).split("\r\n"):
        assert len(line.encode()) <= 75
        assert "\n" not in line and "\r" not in line
    cell = sheet.cell(value)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    list(fitting.graphemes(value))
    fitting.parts(value)
    shape = fitting.shape_of("bluesky")
    assert shape is not None
    kept, rest = fitting.cut(value, shape)
    assert fitting.counted(kept, shape) <= shape.text
    assert isinstance(rest, str)


NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
MAILS = ("payloads/mail-cpython", "payloads/mail-mikel", "payloads/mail-mail-parser", "payloads/mail-talon")
JSONS = ("hostile/JSONTestSuite/test_parsing",)
HARNESSES: dict[str, Harness] = {
    "mail": Harness(channel("mail"), MAILS, ("channel:mail",), (b"From: a@b.se\nSubject: x\n\nhej\n",)),
    "mastodon": Harness(channel("mastodon"), ("payloads/mastodon", *JSONS), ("channel:mastodon",)),
    "bluesky": Harness(channel("bluesky"), ("payloads/bluesky-snapshots", "payloads/bluesky-marshalx"), ("channel:bluesky",)),
    "facebook": Harness(channel("facebook"), ("payloads/facebook-instagram-graph",), ("channel:facebook",)),
    "webhooks": Harness(hooks, ("payloads/facebook-instagram-graph", *JSONS), ("torget.channels.webhooks.entries",)),
    "feed": Harness(channel("feed"), ("payloads/feeds-feedparser",), ("channel:feed",)),
    "feeds": Harness(
        feeds, ("payloads/feeds-feedparser",),
        ("torget.channels.feed.read_feed", "torget.channels.feed.feed_of_page", "torget.channels.feedbytes.text_of",
         "torget.channels.feedbytes.parse"),
    ),
    "csv": Harness(channel("csv"), (), ("channel:csv", "torget.channels.tabular.decode"), (
        "id;text;namn;datum\n1;Hej;Åsa;2026-11-16 09:00\n".encode(), b"text\n\xff\xfe\n",
    )),
    "jsonl": Harness(channel("jsonl"), JSONS, ("channel:jsonl",), (b'{"id":"1","text":"hej"}\n[1,2]\n',)),
    "api": Harness(channel("api"), JSONS, ("channel:api",), (b'{"text":"hej","sender":{"name":"Bo"}}',)),
    "program": Harness(handed.program, JSONS, ("torget.api.messages.parse",), (b'{"text":"hej"}', b"[" * 2000, b"NaN")),
    "staff": Harness(
        handed.staff, (), (
            "torget.setup.rules.staff_list.decode", "torget.setup.rules.staff_list.parse",
            "torget.setup.rules.staff_list.read", "torget.setup.rules.contrast.parse",
        ), (b"namn;e-post;roll\nBo;bo@exempel.se;registrator\n", b"\xff\xfen\x00", b"#0b5a50", b'"a;b\n'),
    ),
    "web": Harness(channel("web"), (), ("channel:web",), (b"text=hej",)),
    "cassettes": Harness(
        cassettes, ("payloads/granary", *JSONS),
        ("torget.channels.payload.split_answers", "torget.channels.payload.parse", "torget.channels.payload.loads"),
        (b"interactions:\n- response:\n    body: {string: '{}'}\n", b"a: &a [*a]\ninteractions: *a\n"),
    ),
    "plain": Harness(
        plain, ("payloads/mail-talon",), ("torget.channels.markup.html_to_plain", "torget.channels.quotes.reply"),
        (b"<p>Hej<blockquote>x</blockquote><a href='javascript:1'>y</a>", b"> a\n> b\nDen 3 maj skrev Bo:\n-- \nBo"),
    ),
    "fields": Harness(
        fields, ("hostile/blns",),
        ("torget.channels.text.clean", "torget.files.rules.names.clean_filename", "torget.channels.charsets.decode",
         "torget.channels.mailtext.words", "torget.channels.graph.words", "torget.channels.tabular.fields_of",
         "torget.moderation.rules.screening.words_of"),
        (b"../../etc/passwd", b"2026-11-16T09:00:00+01:00", b"https://a.example/\r\nX: y"),
    ),
    "files": Harness(
        files, ("consultation/pillow-hostile", "archive/example-sip"),
        ("torget.files.rules.content.sniff", "torget.files.rules.content.poses_as", "torget.files.rules.archives.zip_entries",
         "torget.files.rules.archives.zip_expansion", "torget.files.rules.archives.is_bomb"),
        (b"PK\5\6" + bytes(18), b"%PDF-1.4", b"<svg onload=1>"),
    ),
    "notes": Harness(
        notes, ("archive/merkle-vectors",),
        ("torget.journal.verifier.ground.parse_note", "torget.journal.verifier.ground.split_note",
         "torget.journal.verifier.ground.parse_key", "torget.journal.verifier.ground.load_json",
         "torget.journal.verifier.keys.load_history", "torget.journal.verifier.receipts.load",
         "torget.journal.verifier.receipts.check", "torget.journal.verifier.trust.read_trust",
         "torget.journal.rules.parse_secret", "torget.journal.rules.parse_tile"),
        (b"a/journal\n1\n" + b"A" * 43 + b"=\n\n\xe2\x80\x94 a AAAA\n", b'{"format":"torget-receipt-1"}'),
    ),
    "issued": Harness(issued, ("archive/merkle-vectors",), ("torget.journal.verifier.kinds.check_file",), (
        b"PK\3\4", b'{"format":"torget-keys-1"}', b'{"format":"torget-fork-1","a":{}}', b"torget-register\n",
    )),
    "backup": Harness(
        backup, (),
        ("torget.journal.verifier.backups.backup_contents", "torget.operations.backup_rows.values_of",
         "torget.operations.backup_rows.lines"),
        (b"MANIFEST" + bytes(92) + b"0000600\0" + bytes(400), b"1\t0.5\tt\tq\n"),
    ),
    "asked": Harness(
        asked, ("hostile/blns",),
        ("torget.search.rules.parse", "torget.search.rules.day_of", "torget.search.rules.terms_of",
         "torget.register.looking.clauses_of", "torget.register.looking.terms_of", "torget.register.looking.read_number",
         "torget.register.looking.month", "torget.register.looking.day_of", "torget.register.looking.seek",
         "torget.registrar.words.read_dnr", "torget.results.rules.weeks.parse_week", "torget.posts.rules.spans.read_day",
         "torget.core.paging.read_place", "torget.core.paging.read_key", "torget.register.rules.find_identity_numbers"),
        ('från:bo -"is bana" snö* KS 2026/0012-3'.encode(), b"19121212-1212", b"2026-W46", b"2026-02-30"),
    ),
    "swedish": Harness(
        swedish, ("hostile/blns",),
        ("torget.matching.rules.words.stem", "torget.matching.rules.words.cut", "torget.matching.rules.words.tokens",
         "torget.matching.rules.words.words", "torget.matching.rules.words.terms", "torget.matching.rules.compounds.parts"),
        ("Snöröjningsschemat för kommunens isbanor".encode(),), largest=2_000,
    ),
    "written": Harness(
        written, ("hostile/blns",), ("torget.posts.rules.fitting.parts", "torget.posts.rules.fitting.cut"),
        (b"=1+1", b"Hej\nBEGIN:VEVENT", "👨‍👩‍👧 https://a.example/x".encode()), largest=3_000,
    ),
}  # fmt: skip

# Parsers that no fuzzer calls by itself, each with its reason.
EXEMPT: dict[str, str] = {
    "torget.accessibility.rules.read_results": "a file of our own that comes with the release",
    "torget.accounts.saml.read": "python3-saml's reading; what is not signed is refused (accounts/tests/test_saml.py)",
    "torget.journal.verifier.keys.read_history": "called by load_history with every JSON that is one",
    "torget.files.actions.read_verified": "takes a hash that we have made, and reads what was written under it",
    "torget.operations.backup_format.entries": "opens what age sealed: nothing unsigned comes through",
    "torget.operations.restore_reading.read_whole": "opens a file; its content goes through backup_contents",
    "torget.register.forms.read": "a Django form over fields that the harness `asked` covers",
    "torget.register.forms.clean": "the sign cleaning of that form; strings of blns go through it in register/tests",
}


def inputs(name: str, recorded: Callable[[str], list[Path]], most: int = 1_000_000) -> Iterator[bytes]:
    """The seeds of a harness: its own, what was found once, and recorded files no larger than it takes."""
    harness = HARNESSES[name]
    yield from (b"", b"\x00", *harness.own)
    for path in sorted((Path(__file__).with_name("found") / name).glob("*")):
        yield path.read_bytes()
    count = 0
    for folder in harness.seeds:
        for path in recorded(folder):
            if count < most and path.stat().st_size <= harness.largest:
                count += 1
                yield path.read_bytes()


def run(name: str, data: bytes) -> Any:
    """One input through one harness."""
    HARNESSES[name].run(data)
