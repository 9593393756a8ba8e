"""What is understood of a question, and what is shown of a text: tables, no database."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torget.core.testing import naughty_strings
from torget.search import rules
from torget.search.rules import Clause, Filters, Option


def _all(*terms: str) -> Option:
    return Option("all", terms)


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        pytest.param("skolan", (Clause((_all("skol"),)),), id="a word by its stem"),
        pytest.param("snöröjning", (Clause((_all("snöröjning"), _all("snö", "röjning"))),), id="a compound, or its parts"),
        pytest.param('"snöröjning"', (Clause((_all("snöröjning"),)),), id="in quotation marks only itself"),
        pytest.param('"i skolan"', (Clause((Option("phrase", ("i", "skol")),)),), id="words in a row"),
        pytest.param('"i skolan', (Clause((Option("phrase", ("i", "skol")),)),), id="the last mark left out"),
        pytest.param("-skolan", (Clause((_all("skol"),), minus=True),), id="without"),
        pytest.param("sko*", (Clause((Option("prefix", ("sko",)),)),), id="a beginning"),
        pytest.param("skolor*", (Clause((Option("prefix", ("skolor",)), _all("skol"))),), id="longer than its stem"),
        pytest.param("s*", (Clause((_all("s"),)),), id="too short a beginning"),
        pytest.param("och skolan", (Clause((_all("skol"),)),), id="what says little is left out"),
        pytest.param("och", (Clause((_all("och"),)),), id="but not when it is all there is"),
        pytest.param("e-post", (Clause((Option("phrase", ("e", "post")), _all("epost"))),), id="a dash"),
        pytest.param("2026/0412-98", (Clause((_all("2026/0412-98"),)),), id="a diary number"),
        pytest.param("okänd:skola", (Clause((_all("okänd"),)), Clause((_all("skol"),))), id="no filter of ours"),
        pytest.param(" - * \" : () ", (), id="signs alone"),
    ],
)  # fmt: skip
def test_what_is_looked_for(text: str, clauses: tuple[Clause, ...]) -> None:
    assert rules.parse(text) == rules.Query(clauses)


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        pytest.param("from:Åsa", Filters(sender="åsa"), id="a sender"),
        pytest.param('från:"Åsa Ek"', Filters(sender="åsa ek"), id="a sender of two words"),
        pytest.param("från:2026-11-16", Filters(since=date(2026, 11, 16)), id="from a day"),
        pytest.param("till:2026-11-20", Filters(until=date(2026, 11, 20)), id="to a day"),
        pytest.param("till:i-morgon", Filters(), id="no day"),
        pytest.param("kanal:Mejl", Filters(channel="mail"), id="a channel by our word"),
        pytest.param("status:väntar", Filters(status="waiting"), id="a state by our word"),
        pytest.param("läge:öppna", Filters(status="open"), id="all that waits"),
        pytest.param("typ:svar tagg:Akut", Filters(kind="out", tag="akut"), id="kind and tag"),
        pytest.param("kanal:duva", Filters(channel="duva"), id="an unknown one is kept and finds nothing"),
    ],
)
def test_filters_in_the_question(text: str, filters: Filters) -> None:
    assert rules.parse(text) == rules.Query((), filters)


def test_form_fields_give_way_to_the_question() -> None:
    asked = rules.parse("kanal:mejl").filters.joined(Filters(channel="web", status="new"))
    assert asked == Filters(channel="mail", status="new")


def test_an_endless_question_is_cut() -> None:
    query = rules.parse("ord " * 5000)
    assert len(query.clauses) == rules.MAX_CLAUSES


@pytest.mark.parametrize(
    ("text", "query", "shown"),
    [
        pytest.param("Bron är trasig", "bro", "[Bron] är trasig", id="a form"),
        pytest.param("Snöröjningen i skolan", "röjning", "[Snöröjningen] i skolan", id="a part of a compound"),
        pytest.param("Se KS 2026/0412-98.", "2026/0412", "Se KS [2026/0412-98].", id="a part of a number"),
        pytest.param("Ingenting alls", "bro", "Ingenting alls", id="the beginning where nothing is marked"),
        pytest.param("A <b>bro</b>", "bro", "A <b>[bro]</b>", id="text stays text"),
        pytest.param("rad ett\n\n  rad två", "två", "rad ett rad [två]", id="lines become one"),
        pytest.param("skola skolor", "skol*", "[skola] [skolor]", id="a beginning"),
    ],
)
def test_what_is_shown_of_a_text(text: str, query: str, shown: str) -> None:
    pieces = rules.excerpt(text, rules.wanted(rules.parse(query).clauses))
    assert "".join(f"[{piece}]" if hit else piece for piece, hit in pieces) == shown


def test_of_a_long_text_the_place_of_the_hits_is_shown() -> None:
    text = "Inledning om annat. " * 60 + "Här står det om bron och skolan. " + "Slutet om annat. " * 60
    pieces = rules.excerpt(text, rules.wanted(rules.parse("bron skolan").clauses))
    assert [piece for piece, hit in pieces if hit] == ["bron", "skolan"]
    assert pieces[0] == ("…", False) and pieces[-1] == ("…", False)
    assert sum(len(piece) for piece, _ in pieces) < 4 * rules.AROUND


@given(st.text(max_size=300), st.sampled_from(["bro", "a*b", '"x y"', "e-post", "2026/1"]))
def test_an_excerpt_is_taken_from_the_text(text: str, query: str) -> None:
    pieces = rules.excerpt(text, rules.wanted(rules.parse(query).clauses))
    together = "".join(piece for piece, _ in pieces).replace("…", "")
    assert "".join(together.split()) in "".join(text.replace("…", "").split())


def test_places_grow_with_time() -> None:
    early, late = datetime(2026, 11, 16, 9, 0, 59, tzinfo=UTC), datetime(2026, 11, 16, 9, 1, tzinfo=UTC)
    assert rules.place_of(late) - rules.place_of(early) == rules.SLOTS
    assert rules.place_of(datetime(1900, 1, 1, tzinfo=UTC)) == 0


def test_what_fits_better_comes_first() -> None:
    want = rules.wanted(rules.parse("simskola barn").clauses)
    texts = ["simskol barn när", "när går simskol och annat " * 5 + "barn", "hej " * 60 + "simskol barn", "inget"]
    scores = [rules.relevance(text, "", want) for text in texts]
    assert scores[0] == max(scores) and scores[3] == 0


def test_strings_that_break_software_are_only_looked_for() -> None:
    for text in naughty_strings():
        query = rules.parse(text)
        rules.excerpt(text, rules.wanted(query.clauses))
        assert all(option.terms for clause in query.clauses for option in clause.options)
