"""The rules of working together, a sentence each."""

from datetime import UTC, date, datetime, time

import pytest

from torget.team import rules

PEOPLE = [(1, "Anna Provdal"), (2, "Anna Testsson"), (3, "Åke Påhitt"), (4, "Eva-Lena Attrapp")]
MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
"""Ten o'clock in Stockholm."""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("@Åke vet du?", [3], id="a first name calls for the one who has it"),
        pytest.param("@åke", [3], id="in small letters too, and å stays å"),
        pytest.param("@Ake", [], id="a is not å"),
        pytest.param("@Anna kan du?", [1, 2], id="a name that two have calls for both"),
        pytest.param("@Anna Testsson kan du?", [2], id="the whole name calls for the one"),
        pytest.param("@Eva-Lena!", [4], id="a name of two parts"),
        pytest.param("@Ingen här", [], id="a name that nobody has is only text"),
        pytest.param("skriv till kim@anna.se", [], id="a mail address calls for nobody"),
        pytest.param("@anna@exempel.social skrev", [], id="nor does a handle"),
        pytest.param("@Åke @Åke @Anna Provdal", [3, 1], id="each once, in order"),
        pytest.param("", [], id="no text, nobody"),
    ],
)
def test_named(text: str, found: list[int]) -> None:
    assert rules.named(text, PEOPLE) == found


@pytest.mark.parametrize(
    ("text", "values", "filled", "missing"),
    [
        pytest.param("Hej {förnamn}!", {"förnamn": "Kim"}, "Hej Kim!", (), id="a field is filled in"),
        pytest.param("Hej {Förnamn}!", {"förnamn": "Kim"}, "Hej Kim!", (), id="with a capital letter too"),
        pytest.param("Hej {förnamn}!", {}, "Hej {förnamn}!", ("förnamn",), id="what is not known stays and is told"),
        pytest.param("{länk} {länk}", {"länk": ""}, "{länk} {länk}", ("länk",), id="an empty value is not known"),
        pytest.param("{annat} {}", {"annat": "x"}, "{annat} {}", (), id="other braces are text"),
        pytest.param("{förnamn}", {"förnamn": "{länk}"}, "{länk}", (), id="what is filled in is not filled in again"),
    ],
)
def test_fill(text: str, values: dict[str, str], filled: str, missing: tuple[str, ...]) -> None:
    assert rules.fill(text, values) == rules.Filled(filled, missing)


def test_a_field_that_is_left_is_seen() -> None:
    assert rules.left_open("Hej {Förnamn}, {länk} {förnamn}") == ("förnamn", "länk")
    assert rules.left_open("Hej {kim}") == ()


@pytest.mark.parametrize(
    ("name", "first"),
    [
        pytest.param("Kim Testberg", "Kim", id="the first word"),
        pytest.param("Testberg, Kim", "Kim", id="or what comes after the comma"),
        pytest.param("Eva-Lena Testberg", "Eva-Lena", id="a name of two parts"),
        pytest.param("kim@exempel.se", "", id="an address is no name"),
        pytest.param("@kim@exempel.social", "", id="nor is a handle"),
        pytest.param("kim87", "", id="nor what has digits"),
        pytest.param("", "", id="nor nothing"),
        pytest.param(",", "", id="nor a comma"),
    ],
)
def test_first_name(name: str, first: str) -> None:
    assert rules.first_name(name) == first


def test_a_seal_holds_for_one_text_with_its_files() -> None:
    salt = b"s" * 16
    sealed = rules.seal("Hej", [("ab", "en bild")], salt=salt)
    assert sealed == rules.seal(" Hej\n", [("ab", "en bild")], salt=salt) and len(sealed) == 32
    others = [
        rules.seal("Hej!", [("ab", "en bild")], salt=salt),
        rules.seal("Hej", [], salt=salt),
        rules.seal("Hej", [("ab", "annan")], salt=salt),
        rules.seal("Hejab", [("", "en bild")], salt=salt),
        rules.seal("Hej", [("ab", "en bild")], salt=b"t" * 16),
    ]
    assert sealed not in others and len(set(others)) == len(others)


@pytest.mark.parametrize(
    ("state", "same", "me", "may", "why"),
    [
        pytest.param("open", True, 2, True, None, id="the one who is asked approves"),
        pytest.param("open", True, 1, True, "own_draft", id="nobody approves their own"),
        pytest.param("open", True, 2, False, "not_asked", id="nor without being asked or having the right"),
        pytest.param("open", False, 2, True, "draft_changed", id="nor another text than was asked about"),
        pytest.param("approved", True, 2, True, "already_decided", id="nor twice"),
        pytest.param("retired", True, 2, True, "already_decided", id="nor after another answer went out"),
    ],
)
def test_why_no_decision(state: str, same: bool, me: int, may: bool, why: str | None) -> None:
    assert rules.why_no_decision(state, same=same, me=me, author=1, may=may) == why


@pytest.mark.parametrize(
    ("send_at", "undo", "leaves"),
    [
        pytest.param(None, 0, None, id="at once where nothing is to be taken back"),
        pytest.param(None, 30, MONDAY.replace(second=30), id="after half a minute"),
        pytest.param(MONDAY.replace(hour=12), 30, MONDAY.replace(hour=12), id="when it was meant for"),
        pytest.param(MONDAY.replace(second=5), 30, MONDAY.replace(second=30), id="but never before one can undo"),
        pytest.param(MONDAY.replace(hour=8), 0, None, id="a moment that has been is now"),
    ],
)
def test_leaves_at(send_at: datetime | None, undo: int, leaves: datetime | None) -> None:
    assert rules.leaves_at(MONDAY, send_at=send_at, undo_seconds=undo) == leaves


WEEK = [
    rules.Turn(1, time(8), time(12), weekday=0),
    rules.Turn(2, time(12), time(16, 30), weekday=0),
    rules.Turn(3, time(8), time(16), day=date(2026, 11, 23)),
]


@pytest.mark.parametrize(
    ("moment", "closed", "who"),
    [
        pytest.param(MONDAY, set(), [1], id="in the morning the one of the morning"),
        pytest.param(MONDAY.replace(hour=11), set(), [2], id="at twelve the next one"),
        pytest.param(MONDAY.replace(hour=16), set(), [], id="in the evening nobody"),
        pytest.param(datetime(2026, 11, 23, 9, tzinfo=UTC), set(), [3], id="a day of its own stands for the week"),
        pytest.param(datetime(2026, 11, 17, 9, tzinfo=UTC), set(), [], id="on a day without turns nobody"),
        pytest.param(MONDAY, {date(2026, 11, 16)}, [], id="nobody on a closed day"),
        pytest.param(
            datetime(2026, 11, 23, 9, tzinfo=UTC), {date(2026, 11, 23)}, [3], id="unless put there for that day"
        ),
    ],
)
def test_on_duty(moment: datetime, closed: set[date], who: list[int]) -> None:
    assert [turn.user for turn in rules.on_duty(WEEK, moment, closed)] == who


@pytest.mark.parametrize(
    ("moment", "closed", "may"),
    [
        pytest.param(MONDAY, set(), True, id="on a working day at ten"),
        pytest.param(MONDAY.replace(hour=6), set(), False, id="not before the desk opens"),
        pytest.param(MONDAY.replace(hour=17), set(), False, id="nor after it closes"),
        pytest.param(datetime(2026, 11, 15, 10, tzinfo=UTC), set(), False, id="nor on a Sunday"),
        pytest.param(MONDAY, {date(2026, 11, 16)}, False, id="nor on a closed day"),
    ],
)
def test_may_mail(moment: datetime, closed: set[date], may: bool) -> None:
    assert rules.may_mail(moment, opens=time(8), closes=time(16, 30), closed_days=closed) is may


def test_all_kinds_have_words() -> None:
    from torget.team import words

    assert set(words.NOTICES) == {kind.value for kind in rules.Kind}
    assert set(words.ASKED) == {state.value for state in rules.Asked}
