"""Open data and what machines look for, through their addresses."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from icalendar import Calendar

from tests.support.making import Town
from torget.conversations.models import Conversation
from torget.core.models import PublicVersion
from torget.opendata.rules import MOST, expires, parts, span
from torget.organisations import actions as organisations
from torget.organisations.rules import Role


def graph(body: bytes) -> Any:
    """The catalogue, parsed."""
    from rdflib import Graph

    return Graph().parse(data=body, format="xml")


def faults(found: Any) -> str:
    """What the shapes say is wrong; "" when nothing is."""
    from pyshacl import validate

    fine, _, words = validate(found, shacl_graph=str(Path(__file__).with_name("shapes.ttl")), advanced=False)
    return "" if fine else str(words)


def test_the_catalogue_is_valid(client: Client, town: Town, published: Conversation) -> None:
    response = client.get("/oppna-data/dcat.rdf")
    assert response.headers["Content-Type"] == "application/rdf+xml; charset=utf-8"
    found = graph(response.content)
    assert faults(found) == ""
    sets = found.query("SELECT ?d WHERE { ?c <http://www.w3.org/ns/dcat#dataset> ?d }")
    assert len(sets) == 4
    # What it points to is there, and is what it says.
    for one in found.query(
        "SELECT ?u ?f WHERE { ?d <http://www.w3.org/ns/dcat#accessURL> ?u . ?d <http://purl.org/dc/terms/format> ?f }"
    ):
        answer = client.get(str(one.u).removeprefix("http://testserver"))
        if answer.status_code != 401:
            assert answer.headers["Content-Type"].startswith(str(one.f)), one.u


def test_the_shapes_see_what_is_missing(client: Client, town: Town) -> None:
    body = client.get("/oppna-data/dcat.rdf").content
    for name in (b"dcterms:publisher", b"dcterms:title", b"dcat:accessURL", b"vcard:hasEmail", b"dcat:theme "):
        spoilt = re.sub(rb"<" + name.strip() + rb"\b[^>]*?(/>|>[^<]*</" + name.strip() + rb">)", b"", body)
        assert spoilt != body and faults(graph(spoilt)), name


def test_the_register_is_in_it_only_while_it_is_public(client: Client, town: Town) -> None:
    assert b"diarium" in client.get("/oppna-data/dcat.rdf").content
    town.organisation.register_public = False
    organisations.change_organisation(town.organisation, by=town.user(Role.ADMINISTRATOR))
    assert b"diarium.csv" not in client.get("/oppna-data/dcat.rdf").content
    assert "diarium.csv" not in client.get("/oppna-data/").content.decode()
    assert client.get("/oppna-data/diarium.json").status_code == 404


def test_every_column_that_is_given_is_explained(client: Client, town: Town, published: Conversation) -> None:
    page = client.get("/oppna-data/").content.decode()
    for code, address, rows in (
        ("diarium", "/api/v1/diarium", "rows"), ("samtal", "/api/v1/dialogues", "dialogues"),
    ):  # fmt: skip
        [row] = client.get(address).json()[rows][:1]
        columns = client.get(f"/oppna-data/{code}.json").json()["tableSchema"]["columns"]
        assert [column["name"] for column in columns] == list(row)
        assert all(column["dc:description"] and f"<code>{column['name']}</code>" in page for column in columns)


def test_security_txt(client: Client, town: Town, settings: Any) -> None:
    body = client.get("/.well-known/security.txt").content.decode()
    assert body.splitlines() == [
        "Contact: mailto:kommun@exempel.se", "Expires: 2027-05-01T00:00:00Z", "Preferred-Languages: sv, en",
        "Canonical: http://testserver/.well-known/security.txt",
    ]  # fmt: skip
    settings.TORGET_SECURITY_CONTACT = "https://exempel.se/sakerhet"
    assert "Contact: https://exempel.se/sakerhet\n" in client.get("/.well-known/security.txt").content.decode()


def locations(body: bytes) -> list[str]:
    """The addresses in a map."""
    return [str(one.text) for one in ElementTree.fromstring(body).iter() if one.tag.endswith("}loc")]


def test_the_map_leads_to_every_published_conversation(client: Client, town: Town, published: Conversation) -> None:
    town.given("Inte publicerat")
    assert "Sitemap: http://testserver/sitemap.xml" in client.get("/robots.txt").content.decode()
    found = [
        address
        for part in locations(client.get("/sitemap.xml").content)
        for address in locations(client.get(part.removeprefix("http://testserver")).content)
    ]
    assert [address for address in found if "samtal" in address] == [f"http://testserver/samtal/{published.number}/"]
    for address in found:
        assert client.get(address.removeprefix("http://testserver")).status_code == 200, address
    for nowhere in ("samtal-2", "samtal-0", "annat-1", "sidor-2"):
        assert client.get(f"/sitemap/{nowhere}.xml").status_code == 404


@pytest.mark.parametrize(
    ("highest", "maps"),
    [
        pytest.param(0, 0, id="nothing"), pytest.param(1, 1, id="one"), pytest.param(MOST, 1, id="just as many as fit"),
        pytest.param(MOST + 1, 2, id="one more"), pytest.param(1_000_000, 20, id="a million"),
    ],
)  # fmt: skip
def test_no_map_holds_more_than_it_may(highest: int, maps: int) -> None:
    assert parts(highest) == maps
    assert all(span(part)[1] - span(part)[0] + 1 == MOST for part in range(1, maps + 1))
    assert maps == 0 or span(maps)[0] <= highest <= span(maps)[1]


def test_the_feed_names_what_is_published(client: Client, town: Town, published: Conversation) -> None:
    feed = ElementTree.fromstring(client.get("/flode.atom").content)
    space = "{http://www.w3.org/2005/Atom}"
    [entry] = feed.findall(f"{space}entry")
    assert entry.findtext(f"{space}title") == "Bron <lutar>"
    assert entry.findtext(f"{space}id") == f"http://testserver/samtal/{published.number}/"


def test_closed_days_are_a_calendar(client: Client, town: Town) -> None:
    organisations.close_day(date(2026, 12, 24), "Amina är ledig", by=town.user(Role.ADMINISTRATOR))
    [event] = Calendar.from_ical(client.get("/stangda-dagar.ics").content).walk("VEVENT")
    assert (event["SUMMARY"], event.decoded("DTSTART")) == ("Stängt", date(2026, 12, 24))


def test_a_published_conversation_can_be_embedded(client: Client, town: Town, published: Conversation) -> None:
    page = client.get(f"/samtal/{published.number}/").content.decode()
    found = re.search(r'type="application/json\+oembed" href="http://testserver([^"]+)"', page)
    assert found is not None
    told = client.get(found[1].replace("&amp;", "&")).json()
    assert (told["type"], told["version"], told["title"]) == ("rich", "1.0", "Bron <lutar>")
    assert "<script" not in told["html"] and "style=" not in told["html"] and "<b>" not in told["html"]
    assert "&lt;b&gt;lutar&lt;/b&gt;" in told["html"] and "19121212" not in told["html"]
    xml = client.get(found[1].replace("&amp;", "&") + "&format=xml&maxwidth=300")
    assert ElementTree.fromstring(xml.content).findtext("width") == "300"
    assert client.get(found[1] + "&format=yaml").status_code == 501
    hidden = town.given("Hemligt")
    for url in (
        f"http://testserver/samtal/{hidden.number}/", f"http://other.example/samtal/{published.number}/", "http://[", "", "x",
        f"javascript://testserver/samtal/{published.number}/",
    ):  # fmt: skip
        assert client.get("/oembed", {"url": url}).status_code == 404, url


def test_what_is_taken_back_is_gone_everywhere(client: Client, town: Town, published: Conversation) -> None:
    from torget.conversations import actions

    actions.unpublish(published, by=town.user())
    assert PublicVersion.current()
    for address in ("/flode.atom", "/sitemap.xml", "/api/v1/dialogues", "/oppna-data/dcat.rdf"):
        assert f"samtal/{published.number}" not in client.get(address).content.decode(), address
    assert client.get("/oembed", {"url": f"http://testserver/samtal/{published.number}/"}).status_code == 404
    assert json.loads(client.get(f"/api/v1/dialogues/{published.number}").content)["code"] == "no_such_dialogue"


def test_security_txt_is_never_older_than_a_year() -> None:
    from tests.support.making import MONDAY

    assert 120 < (expires(MONDAY) - MONDAY).days <= 180
