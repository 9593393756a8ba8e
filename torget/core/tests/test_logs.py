"""What a log says, and that nothing which people wrote ever stands in one: marked words in every fault and journey."""

import asyncio
import io
import json
import logging
import re
import sys
import threading
import urllib.parse
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.support.making import PERSON, town
from tests.support.server import Torget
from tests.support.smtp import Mood, SMTPServer
from torget.core import logs, requests, worker

NAME, MAIL, TEXT, SUBJECT = "Planterade Persson", "planterad@hemlig.example", "PLANTERADORD i texten", "Planterat ämne"
MARKED = (NAME, "Planterade", MAIL, "planterad", "PLANTERAD", SUBJECT, "Planterat", PERSON, "121212", "hemlig.example")


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Everything that any logger says through the formatter of the house."""
    stream = io.StringIO()
    handler = logs.Stderr()
    handler.setStream(stream)
    handler.setFormatter(logs.Lines(logs.JSON))
    root = logging.getLogger()
    levels = {name: logging.getLogger(name).level for name in ("", "torget", "django", "django.request")}
    root.addHandler(handler)
    for name in levels:
        logging.getLogger(name).setLevel(logging.INFO)
    # How quick the machine is today is not what is tested.
    monkeypatch.setattr(requests, "SLOW", 600.0)
    yield stream
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    root.removeHandler(handler)


def _lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """The lines as JSON, none of which holds a marked word."""
    text = stream.getvalue()
    for word in MARKED:
        assert word not in text, f"{word} stands in a log"
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        pytest.param(12, 12, id="a row's number"),
        pytest.param(1912121212, "…", id="ten digits may be a person's"),
        pytest.param("OperationalError", "OperationalError", id="a kind of error"),
        pytest.param(ValueError("hemligt"), "ValueError", id="an error is its kind"),
        pytest.param(KeyError, "KeyError", id="a kind is its name"),
        pytest.param("imap_certificate", "imap_certificate", id="a code"),
        pytest.param(MAIL, "…", id="an address"),
        pytest.param(NAME, "…", id="a name"),
        pytest.param(PERSON, "…", id="an identity number"),
        pytest.param("a1912121212", "…", id="an identity number with a letter before it"),
        pytest.param("/kvitto/abcdefghijklmnop", "…", id="a path"),
        pytest.param("Åsa", "…", id="Swedish letters are in no code"),
        pytest.param("", "…", id="nothing"),
        pytest.param(None, None, id="none"),
        pytest.param(True, True, id="yes"),
        pytest.param(0.5, 0.5, id="a part"),
    ],
)
def test_values(value: object, kept: object) -> None:
    assert logs.safe(value) == kept


def test_a_line_of_ours_has_its_event_and_its_figures(said: io.StringIO) -> None:
    logging.getLogger("torget.test").warning("test.event row=%s why=%s who=%s", 7, "timeout", NAME)
    [line] = _lines(said)
    assert (line["event"], line["row"], line["why"], line["who"], line["level"]) == (
        "test.event", 7, "timeout", "…", "warning",
    )  # fmt: skip


def test_a_line_of_ours_without_an_event_says_nothing_of_what_it_held(said: io.StringIO) -> None:
    logging.getLogger("torget.test").warning(f"Kunde inte skicka till {MAIL}")
    [line] = _lines(said)
    assert line["event"] == "other.said"


@pytest.mark.parametrize(
    ("logger", "event", "template"),
    [
        pytest.param("django.request", "request.failed", "%s: %s", id="Django's pages"),
        pytest.param("django.security.DisallowedHost", "request.suspicious", "%s: %s", id="Django's guards"),
        pytest.param("uvicorn.error", "server.said", "%s: %s", id="the server"),
        pytest.param("PIL.Image", "other.said", "%s: %s", id="a library"),
    ],
)
def test_a_line_of_others_is_its_template(said: io.StringIO, logger: str, event: str, template: str) -> None:
    logging.getLogger(logger).error("%s: %s", MAIL, TEXT)
    logging.getLogger(logger).error(f"ready text about {NAME}")
    first, second = _lines(said)
    assert first["event"] == second["event"] == event
    assert first["template"] == template and "template" not in second


def test_an_error_is_its_kinds_and_places(said: io.StringIO) -> None:
    secret_local = TEXT
    try:
        try:
            raise KeyError(MAIL)
        except KeyError as error:
            raise ValueError(f"{NAME} {secret_local}") from error
    except ValueError:
        logging.getLogger("torget.test").exception("test.failed")
    [line] = _lines(said)
    assert line["error"] == ["ValueError", "KeyError"]
    assert line["places"][-1].startswith("torget/core/tests/test_logs.py:")
    plain = logs.Lines().format(_record(line))
    assert "test.failed" in plain


def _record(line: dict[str, Any]) -> logging.LogRecord:
    return logging.LogRecord("torget.test", logging.ERROR, "", 0, line["event"], None, None)


def test_what_no_log_asked_for_goes_through_it_too(said: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("excepthook", "unraisablehook"):
        monkeypatch.setattr(sys, name, getattr(sys, name))
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(logging, "raiseExceptions", True)
    logs.take_over()
    try:
        error = ValueError(TEXT)
        sys.excepthook(ValueError, error, None)

        def breaks() -> None:
            raise ValueError(f"{NAME} {MAIL}")

        thread = threading.Thread(target=breaks)
        thread.start()
        thread.join()
        warnings.warn(f"said of {NAME}", UserWarning, stacklevel=1)

        async def forgotten() -> None:
            loop = asyncio.get_running_loop()
            loop.call_exception_handler({"message": f"about {NAME}", "exception": ValueError(MAIL)})

        # In a thread of its own: a browser test before this one leaves its loop running in ours.
        looped = threading.Thread(target=lambda: asyncio.run(forgotten()))
        looped.start()
        looped.join()
        # What cannot be formatted is lost, and its words with it.
        logging.getLogger("other").warning("%d", NAME)
    finally:
        logging.captureWarnings(False)
    events = [line["event"] for line in _lines(said)]
    assert {"process.ended", "thread.ended", "python.warned", "server.said"} <= set(events)


def test_a_request_is_told_by_its_view_and_never_by_its_path(said: io.StringIO, db: None) -> None:
    client = Client(raise_request_exception=False)
    secret, _ = town().written(TEXT, email=MAIL, name=NAME)
    client.get(f"/kvitto/{secret}/?namn={urllib.parse.quote(NAME)}")
    assert "request.done" not in {line["event"] for line in _lines(said)}, "nobody's reading is logged"
    client.post(f"/kvitto/{secret}/hjalpte/", {"answer": "yes", "text": TEXT})
    [line] = [line for line in _lines(said) if line["event"] == "request.done"]
    assert line["view"] == "conversations:helped" and line["method"] == "POST" and len(line["request"]) == 16
    assert secret not in said.getvalue()


def test_reading_is_logged_when_the_operator_asks_for_it(said: io.StringIO, db: None, settings: Any) -> None:
    town()
    settings.TORGET_LOG_REQUESTS = True
    Client().get("/skriv/")
    assert [line["view"] for line in _lines(said) if line["event"] == "request.done"] == ["conversations:write"]


def test_staff_are_a_number_and_never_a_name(said: io.StringIO, db: None) -> None:
    user = town().user(name=NAME)
    client = Client()
    client.force_login(user)
    client.post("/disk/hoppa/", {"q": NAME})
    lines = [line for line in _lines(said) if line["event"] == "request.done"]
    assert [line["user"] for line in lines] == [f"user:{user.pk}"]


def _sql() -> None:
    """A fault whose words quote the value: PostgreSQL does so, and SQLite names the column."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM organisations_user WHERE PLANTERAD = %s", [MAIL])


def _plain() -> None:
    raise ValueError(f"{NAME} <{MAIL}> {PERSON}: {TEXT}")


@pytest.mark.parametrize("fault", [pytest.param(_plain, id="our own"), pytest.param(_sql, id="the database's")])
def test_an_error_in_a_page_tells_no_words(
    said: io.StringIO, db: None, monkeypatch: pytest.MonkeyPatch, fault: Callable[[], None]
) -> None:
    town()
    monkeypatch.setattr("torget.conversations.views.public.limits.allowed", lambda *given: fault())
    client = Client(raise_request_exception=False)
    response = client.post("/skriv/", {"text": TEXT, "name": NAME, "email": MAIL, "subject": SUBJECT})
    assert response.status_code == 500
    assert not any(word in response.content.decode() for word in (MAIL, "ValueError"))
    lines = _lines(said)
    failed = [line for line in lines if line["event"] == "request.failed"]
    assert failed and failed[0]["places"] and failed[0]["view"] == "conversations:write"
    assert [line["status"] for line in lines if line["event"] == "request.done"] == [500]


@pytest.mark.parametrize("mood", [Mood.REFUSES_RECIPIENT, Mood.REFUSES_MAIL, Mood.BUSY, Mood.DROPS_AFTER_DATA])
def test_a_mail_that_fails_tells_no_address(said: io.StringIO, db: None, smtp: SMTPServer, mood: Mood) -> None:
    here = town(demo=False)
    smtp.mood = mood
    _, conversation = here.written(TEXT, email=MAIL, name=NAME)
    here.answered(conversation, here.user(name=NAME))
    worker.sweep()
    assert smtp.attempts
    _lines(said)


def test_a_job_that_fails_tells_its_name_and_no_more(said: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    def run() -> int:
        raise ValueError(f"{NAME} {MAIL}")

    worker._run_due(worker.Job("test.job", run, 1.0))
    [line] = _lines(said)
    assert (line["event"], line["job"], line["error"]) == ("worker.job_failed", "test.job", ["ValueError"])


def test_who_counts_hears_of_each_request(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    town()
    heard: list[tuple[str, str, int]] = []
    monkeypatch.setattr(
        requests, "observers", [lambda view, method, status, seconds: heard.append((view, method, status))]
    )
    client = Client()
    client.get("/skriv/")
    client.get(f"/finns-inte/{MAIL}")
    client.generic("HITTEPÅ", "/skriv/")
    assert heard[:2] == [("conversations:write", "GET", 200), ("none", "GET", 404)]
    assert heard[2][1] == "OTHER"


def test_a_whole_process_tells_no_words(installation_on: Callable[..., Torget]) -> None:
    """The process as it is served: uvicorn, threads, bad requests, a form, a receipt, a query and a path with words."""
    torget = installation_on(TORGET_LOG="json", TORGET_LOG_REQUESTS="1")
    torget.prepare()
    torget.start_web()
    form = urllib.parse.urlencode(
        {"text": TEXT, "name": NAME, "email": MAIL, "subject": SUBJECT, "answer_by": "receipt"}
    )
    from http.client import HTTPConnection

    for path, method, body, headers in (
        ("/skriv/", "POST", form, {"Content-Type": "application/x-www-form-urlencoded"}),
        ("/skriv/", "POST", "{" + TEXT, {"Content-Type": "multipart/form-data; boundary=" + "PLANTERAD"}),
        ("/kvitto/PLANTERADPLANTERADPLAN/?q=PLANTERAD", "GET", None, {"Host": "planterad.hemlig.example"}),
        ("/disk/sok/?q=PLANTERAD", "GET", None, {"Cookie": "sessionid=PLANTERAD", "Referer": "/PLANTERAD"}),
        ("/finns/PLANTERAD/", "GET", None, {"User-Agent": NAME}),
    ):
        line = HTTPConnection("127.0.0.1", torget.port, timeout=30)
        line.request(method, path, body, headers)
        line.getresponse().read()
        line.close()
    import socket

    with socket.create_connection(("127.0.0.1", torget.port)) as raw:
        raw.sendall(b"PLANTERAD planterad@hemlig.example\r\n\r\n")
        raw.recv(1000)
    torget.stop()
    text = torget.said(1_000_000)
    for word in MARKED:
        assert word not in text
    told = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    views = {line.get("view") for line in told if line["event"] == "request.done"}
    assert {"conversations:write", "none"} <= views
    # Besides the lines of the log there are only those that greet the operator.
    others = [line for line in text.splitlines() if line and not line.startswith("{")]
    assert all(re.match(r"Torget svarar på|Första starten", line) for line in others), others
