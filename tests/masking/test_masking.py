"""No planted word is found by anyone who has not logged in; and the test can see, since published words are found."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.masking import crawling, fields
from tests.masking.planting import MARKED, STEM, Planted, live, plant_everywhere
from tests.support import making
from torget.__main__ import main
from torget.core import clock, limits
from torget.core.stored import searched, stored
from torget.journal import actions as journal
from torget.register import actions as register
from torget.register import reading, rules
from torget.register.models import Record
from torget.register.rules import PublicRow, public_row

pytestmark = [pytest.mark.django_db, pytest.mark.any_html]


def _nobody_has_asked() -> None:
    for one in (limits.reading, limits.files):
        one.counts.clear()


class Written(logging.Handler):
    """Keeps what is logged meanwhile, as a file would have it."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[tuple[str, bytes]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((f"log {record.name}", self.format(record).encode()))


@pytest.fixture
def log() -> Iterator[Written]:
    handler = Written()
    loggers = [logging.getLogger(name) for name in ("", "django.request", "torget")]
    for logger in loggers:
        logger.addHandler(handler)
    yield handler
    for logger in loggers:
        logger.removeHandler(handler)


@pytest.fixture
def planted(db: None, tmp_path: Path, settings: Any) -> Iterator[Planted]:
    settings.TORGET_HOME, settings.MEDIA_ROOT, settings.TORGET_API_PER_MINUTE = tmp_path, tmp_path / "filer", 0
    (tmp_path / "keys").mkdir(mode=0o700)
    words = Planted()
    with clock.at(making.MONDAY):
        live(making.town(), words)
        journal.sequence()
        got = plant_everywhere(words)
    words.places["fields"] = "\n".join(sorted(got))
    _nobody_has_asked()
    # The journal's own page needs the hour of the town.
    with clock.at(making.MONDAY):
        yield words


def found_in(answers: list[tuple[str, bytes]], planted: Planted) -> list[str]:
    """Where which words were found, in words."""
    found = {(where, word) for where, body in answers for word in MARKED.findall(body)}
    places = planted.places
    return sorted(f"{where}: {word.decode()} ({places.get(word.decode().lower())})" for where, word in found)


def test_every_text_field_is_planted_or_named(planted: Planted) -> None:
    got, without = set(planted.places["fields"].split("\n")), fields.named()
    every = {name for name, _, _ in fields.text_fields()}
    listed = [name for names in fields.REASONS.values() for name in names.split()]
    assert sorted(every - got - without.keys()) == [], "plant in the field, or name it in fields.py with the reason"
    assert sorted(set(listed) - every) == [], "fields.py names fields that are gone"
    assert len(listed) == len(set(listed)), "fields.py names a field twice"
    assert len(got) > 100 and len(planted.places) > 250


def test_nobody_finds_what_is_not_public(planted: Planted, log: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    crawl = crawling.Crawl()
    crawl.everything()
    fetched = b"\n".join(body for _, body in crawl.answers).decode("utf-8", "replace")
    # It can see: what is published on purpose is found, and it has been everywhere.
    assert [place for place, word in planted.published.items() if word not in fetched] == []
    for kind in (
        "/diarium/KS/2026/",
        "/samtal/",
        "/api/v1/diarium/KS",
        "/en/diarium/",
        "/diarium/flode.atom",
        "diarium.csv",
        "/api/v1/dialogues/",
        "/oppna-data/dcat.rdf",
        "/sitemap/samtal-1.xml",
        "/flode.atom",
        "/oembed?",
    ):
        assert any(kind in address for address in crawl.seen), f"nothing under {kind} was reached"
    document = crawl.ask("/api/v1/openapi.json").json()
    for address in crawling.operations(
        document, lambda path: path.replace("{dnr}", "KS/2026/0001").replace("{number}", "1")
    ):
        crawl.ask(address)
    for method in ("post", "put", "delete", "options", "head"):
        for address in (
            "/",
            "/diarium/",
            "/skriv/",
            "/api/v1/diarium",
            "/samtal/1/",
            "/disk/",
            "/halsa/",
            "/anmal/",
            "/api/v1/messages",
        ):
            crawl.ask(address, method)
    monkeypatch.setattr(reading, "find", _broken)
    crawl.ask("/diarium/?q=x")
    crawl.ask("/api/v1/diarium?q=x")
    kept = list(crawling.shelf())
    assert kept and log.lines
    assert found_in([*crawl.answers, *kept, *log.lines], planted) == []


def test_the_crawl_sees_a_rule_that_shows_too_much(planted: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = public_row

    def careless(**facts: Any) -> PublicRow:
        return shown(**facts | {"confirmed": True, "secret": False, "state": "registered"})

    monkeypatch.setattr(rules, "public_row", careless)
    register.show(list(Record.objects.values_list("pk", flat=True)))
    stored.clear()
    searched.clear()
    crawl = crawling.Crawl()
    for address in (
        "/diarium/",
        "/api/v1/diarium",
        "/diarium/flode.atom",
        "/diarium/diarium.csv",
        f"/diarium/?q={STEM}*",
    ):
        crawl.ask(address)
    assert {where.partition(":")[0] for where in found_in(crawl.answers, planted)} == {
        where for where, _ in crawl.answers
    }


def _broken(*args: object, **kwargs: object) -> None:
    raise RuntimeError("as if something had gone wrong")


def test_nobody_finds_it_by_asking_for_it(planted: Planted, log: Written) -> None:
    """No answer to a planted word differs from that to a word that is nowhere: no count, no order, no next page."""
    crawl, nowhere = crawling.Crawl(), f"{STEM}99999n"
    for _name, address in crawling.surfaces():
        _nobody_has_asked()
        expected = crawling.same_but_for(_asked(crawl, address, nowhere), nowhere)
        asked = [
            f"{STEM}*",
            *[word for word in planted.places if word.startswith(STEM)][:: 1 if "api" in address else 40],
        ]
        for word in asked[:400]:
            _nobody_has_asked()
            answer = crawling.same_but_for(_asked(crawl, address, word), word)
            assert answer == expected, (
                f"{address}{word} ({planted.places.get(word)}) is answered otherwise than a made-up word"
            )
    assert found_in(log.lines, planted) == []
    # It can see: a word of a public subject is found by all that search.
    for name, address in crawling.surfaces():
        if "?q=" in address:
            shown = _asked(crawl, address, "zpublikordet")
            assert b"Bron zpublikordet" in shown, name


def _asked(crawl: crawling.Crawl, address: str, word: str) -> bytes:
    crawl.ask(address + word)
    return crawl.answers[-1][1]


def test_an_exported_register_holds_none(planted: Planted, tmp_path: Path) -> None:
    # The sequencer's lease has a planted owner: it must have run out.
    with clock.at(making.MONDAY + timedelta(minutes=1)):
        assert main(["register", "--out", str(tmp_path / "ut.json")]) == 0
    data = (tmp_path / "ut.json").read_bytes()
    assert b"zpublikordet" in data
    assert found_in([("ut.json", data)], planted) == []
