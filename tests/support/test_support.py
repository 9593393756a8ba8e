"""The support that all tests stand on does what it says: it catches what it is there to catch."""

import os
import smtplib
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support import network, pages
from tests.support.browser import Pages, assert_accessible, assert_fits
from tests.support.smtp import Mood, SMTPServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.support.postgres import Cluster
    from tests.support.server import Torget

GOOD = """<!doctype html><html lang="sv"><head><title>Skriv till oss</title><link rel="icon" href="data:,"></head><body><main>
<h1>Skriv till oss</h1><form method="post" action="/skriv/"><label for="text">Text</label><input id="text" name="text">
</form><svg role="img"><title>Stämpel</title></svg><script type="application/json">{}</script></main></body></html>"""


def test_a_good_page_passes() -> None:
    assert pages.problems(GOOD) == []


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        pytest.param('lang="sv"', "", "has no lang", id="a page without language"),
        pytest.param("<title>Skriv till oss</title>", "<title> </title>", "<title>", id="a page without title"),
        pytest.param("<h1>", "<h1>Två</h1><h1>", "<h1>", id="two main headings"),
        pytest.param("<svg", '<p id="text"></p><svg', 'id="text" stands 2', id="an id twice"),
        pytest.param('action="/skriv/"', "", "no action", id="a posted form without action"),
        pytest.param('"/skriv/"', '"https://example.se/"', "form-action", id="a form that is sent elsewhere"),
        pytest.param('for="text"', 'for="tekst"', "tekst", id="a label for nothing"),
        pytest.param("<h1>", '<h1 style="color:red">', "style attribute", id="a style attribute"),
        pytest.param("<h1>", '<h1 onclick="x()">', "onclick", id="an event attribute"),
        pytest.param("</main>", "<style>p{}</style></main>", "inline style", id="a style element"),
        pytest.param("</main>", "<script>x()</script></main>", "inline script", id="a script in the page"),
        pytest.param("</main>", '<a href="javascript:x()">x</a></main>', "javascript:", id="a javascript: address"),
        pytest.param("</main>", '<img src="/x.png"></main>', "no alt", id="a picture without words"),
    ],
)
def test_a_page_with_a_fault_is_told(was: str, becomes: str, says: str) -> None:
    assert was in GOOD
    assert any(says in problem for problem in pages.problems(GOOD.replace(was, becomes)))


def test_a_fragment_needs_no_title() -> None:
    assert pages.problems('<p id="a">Sparat</p>') == []
    assert pages.problems('<p id="a"></p><p id="a"></p>') != []


@pytest.mark.parametrize("host", ["192.0.2.1", "example.se", "::ffff:192.0.2.1", "2001:db8::1"])
def test_no_test_reaches_another_machine(host: str) -> None:
    with pytest.raises(network.Blocked, match="may not reach"):
        socket.create_connection((host, 80), timeout=1)


def test_nor_by_the_ways_of_the_library() -> None:
    with pytest.raises(OSError, match="may not reach"):
        urllib.request.urlopen("http://example.se/", timeout=1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender, pytest.raises(network.Blocked):
        sender.sendto(b"hej", ("192.0.2.1", 53))


def send(server: SMTPServer) -> None:
    """One mail through the standard library."""
    with smtplib.SMTP(server.host, server.port, timeout=5) as connection:
        connection.sendmail("desk@example.se", ["ada@example.se"], b"Subject: Svar\r\n\r\nHej")


def test_the_mail_server_keeps_what_it_takes(smtp: SMTPServer) -> None:
    send(smtp)
    (mail,) = smtp.wait(1)
    assert (mail.sender, mail.recipients, mail.message["subject"]) == ("desk@example.se", ("ada@example.se",), "Svar")


@pytest.mark.parametrize(
    ("mood", "error", "kept"),
    [
        pytest.param(Mood.BUSY, smtplib.SMTPDataError, 0, id="busy: 451, nothing kept"),
        pytest.param(Mood.REFUSES_MAIL, smtplib.SMTPDataError, 0, id="refuses the mail: 554, nothing kept"),
        pytest.param(Mood.REFUSES_RECIPIENT, smtplib.SMTPRecipientsRefused, 0, id="refuses the recipient"),
        pytest.param(Mood.DROPS_AFTER_DATA, smtplib.SMTPServerDisconnected, 1, id="drops: kept, but nobody was told"),
    ],
)
def test_the_mail_server_misbehaves_on_demand(smtp: SMTPServer, mood: Mood, error: type[Exception], kept: int) -> None:
    smtp.mood = mood
    with pytest.raises(error):
        send(smtp)
    assert (len(smtp.mails), smtp.attempts) == (kept, 1)


def test_the_mail_server_goes_down_and_comes_back(smtp: SMTPServer) -> None:
    smtp.down()
    with pytest.raises(ConnectionRefusedError):
        send(smtp)
    smtp.up()
    send(smtp)
    assert len(smtp.wait(1)) == 1


def test_the_cluster_is_ours_and_syncs(cluster: "Cluster") -> None:
    import psycopg

    with psycopg.connect(cluster.create("ekevik")) as connection:
        row = connection.execute(
            "SELECT current_setting('fsync'), current_setting('data_directory'), pg_backend_pid()"
        ).fetchone()
    assert row is not None
    assert row[0] == "on"
    assert Path(row[1]).is_relative_to(cluster.folder)
    assert os.path.exists(f"/proc/{cluster.pid}")


def test_each_run_has_a_data_folder_of_its_own() -> None:
    assert Path(os.environ["TORGET_HOME"]).name.startswith("torget-test-")


def test_torget_is_killed_and_comes_back_on_the_same_port(installation: "Torget") -> None:
    installation.prepare()
    installation.start_web("--no-worker")
    worker = installation.start_worker()
    first, port = installation.web, installation.port
    assert first is not None
    installation.kill(first)
    assert first.returncode == -9
    installation.start_web("--no-worker")
    assert (installation.port, worker.poll()) == (port, None)
    installation.stop()
    assert worker.returncode is not None


def test_torget_runs_on_the_cluster(installation_on: "Callable[..., Torget]", cluster: "Cluster") -> None:
    import psycopg

    url = cluster.create("torget_runs")
    torget = installation_on(url)
    torget.prepare()
    torget.start_web("--no-worker")
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM django_migrations").fetchone()
    assert row is not None
    assert row[0] > 0


@pytest.mark.django_db(transaction=True)
def test_the_browser_reads_the_live_server(page_at: Pages) -> None:
    page = page_at(390, 844)
    page.goto("/skriv/")
    assert page.locator("h1").count() == 1


@pytest.fixture
def loud(tmp_path: Path) -> Path:
    """A page with one fault of each kind that the browser fixture is there to see."""
    page = tmp_path / "index.html"
    wide = (
        '<p>x</p><img alt="" src="http://example.invalid/x.png"><img src="data:,x"><script>console.error("aj")</script>'
    )
    page.write_text(GOOD.replace("</main>", f"{wide}</main>").replace("<main>", f"<main><pre>{'x' * 400}</pre>"))
    return page


def test_the_browser_hears_what_is_wrong(chromium: "Browser", loud: Path) -> None:
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(loud.parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            port = server.stdout.readline().split(" port ")[1].split()[0]
            opened = Pages(chromium, lambda: f"http://127.0.0.1:{port}")
            page = opened(390, 844)
            page.goto("/")
            with pytest.raises(AssertionError, match="image-alt"):
                assert_accessible(page)
            with pytest.raises(AssertionError, match="wide"):
                assert_fits(page)
            with pytest.raises(
                AssertionError, match=r"(?s)another server.*console error|console error.*another server"
            ):
                opened.assert_quiet()
            opened.close()
        finally:
            server.terminate()


@pytest.mark.services
def test_the_html_checker_tells_a_good_page_from_a_bad(tmp_path: Path) -> None:
    from tests.support import nu

    good, bad = tmp_path / "good.html", tmp_path / "bad.html"
    good.write_text(GOOD)
    bad.write_text(GOOD.replace("<h1>", '<h1 id="a"></h1><p id="a"><h1>'))
    found = nu.errors([good, bad])
    assert found
    assert all(line.startswith("bad.html") for line in found)
