"""Times, numbers and labels as people read them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from django.template import Context, Template
from django.utils.translation import override

from torget.core import clock, dates
from torget.core.icons import ICONS
from torget.core.templatetags import torget as tags

WINTER = datetime(2026, 11, 16, 13, 7, 31, tzinfo=UTC)
SUMMER = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
MONDAY_NOON = datetime(2026, 11, 16, 11, 0, tzinfo=UTC)


def render(source: str, language: str = "sv", **context: Any) -> str:
    """The template's text in one language."""
    with override(language):
        return Template("{% load torget %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("source", "value", "swedish", "english"),
    [
        pytest.param("klock", WINTER, "14.07", "14:07", id="time in winter is UTC + 1"),
        pytest.param("klock", SUMMER, "00.30", "00:30", id="time in summer is UTC + 2, past midnight"),
        pytest.param("klock", time(8, 30), "08.30", "08:30", id="a time of no day, as a shift has it"),
        pytest.param("sekund", WINTER, "14.07.31", "14:07:31", id="time to the second"),
        pytest.param("datum", WINTER, "16 november 2026", "16 November 2026", id="date in full"),
        pytest.param("datum", SUMMER, "2 juli 2026", "2 July 2026", id="the date is Stockholm's, not UTC's"),
        pytest.param("datum", date(2026, 3, 1), "1 mars 2026", "1 March 2026", id="a date without time"),
        pytest.param("datum_kort", WINTER, "16 nov", "16 Nov", id="short date"),
        pytest.param("datum_kort", SUMMER, "2 juli", "2 Jul", id="Swedish months of four letters are not cut"),
        pytest.param("datumtid", WINTER, "16 november 2026 kl. 14.07", "16 November 2026 at 14:07", id="date and time"),
        pytest.param("iso", WINTER, "2026-11-16T14:07:31+01:00", "2026-11-16T14:07:31+01:00", id="for machines"),
        pytest.param("heltal", 18204, "18\u00a0204", "18,204", id="thousands"),
        pytest.param("heltal", 999, "999", "999", id="no separator below a thousand"),
        pytest.param("heltal", -1234567, "\u22121\u00a0234\u00a0567", "\u22121,234,567", id="minus is a minus sign"),
        pytest.param("heltal", 2.5, "3", "3", id="half is rounded up, as in school"),
        pytest.param("decimal", 3.2, "3,2", "3.2", id="one decimal"),
        pytest.param("decimal", 0.25, "0,3", "0.3", id="a decimal's half is rounded up"),
        pytest.param("decimal:2", 1234.5, "1\u00a0234,50", "1,234.50", id="two decimals when asked"),
        pytest.param(
            "decimal", 1e12, "1\u00a0000\u00a0000\u00a0000\u00a0000,0", "1,000,000,000,000.0", id="no exponent"
        ),
        pytest.param("heltal", None, "", "", id="no number, no text"),
        pytest.param("datumtid", None, "", "", id="no time, no text"),
    ],
)
def test_filters(source: str, value: object, swedish: str, english: str) -> None:
    """One row per rule of the house style."""
    assert render("{{ value|" + source + " }}", value=value) == swedish
    assert render("{{ value|" + source + " }}", "en", value=value) == english


def test_a_time_without_zone_is_refused() -> None:
    """A naive datetime has no moment, and showing it would be a guess."""
    with pytest.raises(ValueError, match="time zone"):
        dates.time_of_day(datetime(2026, 11, 16, 14, 7), "sv")


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        pytest.param(datetime(2026, 11, 16, 15, 0, tzinfo=UTC), "i dag 16.00", id="today"),
        pytest.param(datetime(2026, 11, 17, 11, 0, tzinfo=UTC), "i morgon 12.00", id="tomorrow"),
        pytest.param(datetime(2026, 11, 15, 11, 0, tzinfo=UTC), "i går 12.00", id="yesterday"),
        pytest.param(datetime(2026, 11, 18, 11, 0, tzinfo=UTC), "onsdag 12.00", id="within the week by its name"),
        pytest.param(datetime(2026, 11, 23, 11, 0, tzinfo=UTC), "23 nov 12.00", id="the same weekday is a date"),
        pytest.param(datetime(2026, 11, 12, 11, 0, tzinfo=UTC), "12 nov 12.00", id="long past is a date"),
        pytest.param(datetime(2026, 11, 16, 23, 30, tzinfo=UTC), "i morgon 00.30", id="midnight is Stockholm's"),
    ],
)
def test_due(moment: datetime, text: str) -> None:
    """A limit is told the way one says it."""
    assert dates.due(moment, MONDAY_NOON, "sv") == text


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        pytest.param(datetime(2026, 11, 16, 7, 15, tzinfo=UTC), "08.15", id="today by the clock"),
        pytest.param(datetime(2026, 11, 13, 7, 15, tzinfo=UTC), "fre", id="this week by the day"),
        pytest.param(datetime(2026, 11, 9, 7, 15, tzinfo=UTC), "9 nov", id="a week ago by the date"),
        pytest.param(datetime(2026, 11, 17, 7, 15, tzinfo=UTC), "17 nov", id="the future by the date"),
    ],
)
def test_age_of_a_row(moment: datetime, text: str) -> None:
    """A queue has room for few letters."""
    assert dates.when_in_list(moment, MONDAY_NOON, "sv") == text


def test_filters_that_need_the_time_take_it_from_the_clock() -> None:
    """The demo and tests set the clock."""
    limit = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)
    with clock.at(MONDAY_NOON):
        assert render("{{ value|frist }} {% if value|snart %}nu{% endif %}", value=limit) == "i dag 16.00 nu"
    with clock.at(datetime(2026, 11, 15, 12, 0, tzinfo=UTC)):
        assert render("{{ value|frist }}{% if value|snart %}nu{% endif %}", value=limit) == "i morgon 16.00"


@pytest.mark.parametrize("code", [*tags.STATES])
def test_each_state_is_an_icon_and_a_word(code: str) -> None:
    """Colour is never alone."""
    label = render("{% state code %}", code=code)
    assert "<svg" in label
    assert label.endswith(f"{tags.STATES[code][2]}</span>")


@pytest.mark.parametrize("table", [tags.STATES, tags.REGISTER_STATES], ids=["states", "register"])
def test_no_two_states_share_icon_and_word(table: dict[str, tuple[str, str, object]]) -> None:
    """One state, one label."""
    words = [str(word) for _, _, word in table.values()]
    assert len(set(words)) == len(words)
    assert all(drawing in ICONS for _, drawing, _ in table.values())


def test_a_name_follows_the_state_and_is_escaped() -> None:
    """Names are what people call themselves."""
    label = render('{% state "assigned" name %}', name="<b>Amina")
    assert "Tilldelad &lt;b&gt;Amina" in label


def test_an_unknown_state_is_shown_as_it_is() -> None:
    """A page does not fall over on a state that a later version wrote."""
    assert "parked" in render('{% state "parked" %}')


def test_channel_mark() -> None:
    """The letters are for the eye, the name for all."""
    mark = render('{% channel_mark "facebook" %}')
    assert '<span class="chan" aria-hidden="true">Fb</span>' in mark
    assert '<span class="sr">Facebook</span>' in mark
    assert 'class="sr"' not in render('{% channel_mark "facebook" name=True %}')


def test_an_unknown_icon_is_a_fault_in_the_template() -> None:
    """Found by the first test that renders the page."""
    with pytest.raises(KeyError):
        render('{% icon "unicorn" %}')


@pytest.mark.parametrize(
    ("language", "path"), [("sv", "/kanaler/"), ("en", "/en/kanaler/")], ids=["Swedish without prefix", "English"]
)
def test_site_path(language: str, path: str) -> None:
    """Links stay in the language that is read."""
    assert render('{% site_path "/kanaler/" %}', language) == path


def test_a_phone_number_is_dialled_by_its_digits() -> None:
    """As in `<a href="tel:…">`."""
    assert render("{{ phone|tel }}", phone="+46 (0)00-12 34") == "+460001234"
