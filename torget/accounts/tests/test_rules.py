"""The policy of log-in as a table, without a database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from torget.accounts import rules
from torget.accounts.rules import Grant, Rule

pytestmark = pytest.mark.once
NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
TABLE = (
    Rule("groups", "chefer", "manager", 2),
    Rule("groups", "kom", "communicator", 1),
    Rule("realm.roles", "a", "expert"),
)


@pytest.mark.parametrize(
    ("claims", "given"),
    [
        pytest.param({"groups": ["kom"]}, Grant("communicator", 1), id="one group gives its role and unit"),
        pytest.param(
            {"groups": ["kom", "chefer"]}, Grant("manager", 2), id="the first row goes before, not the first group"
        ),
        pytest.param({"groups": "kom"}, Grant("communicator", 1), id="a claim may be one text"),
        pytest.param({"groups": "komma"}, None, id="a part of a value is not the value"),
        pytest.param({"groups": ["Kom"]}, None, id="another case is another group"),
        pytest.param({"realm": {"roles": ["a"]}}, Grant("expert"), id="a claim deeper down is reached by dots"),
        pytest.param({"realm.roles": ["a"]}, Grant("expert"), id="a claim with dots in its name is found as it is"),
        pytest.param({"realm": ["roles"]}, None, id="what is no object has nothing deeper down"),
        pytest.param({"groups": [{"name": "kom"}, None, 3]}, None, id="what is no text fits nothing"),
        pytest.param({"groups": {"kom": True}}, None, id="nor does an object"),
        pytest.param({}, None, id="no claim, no role"),
    ],
)
def test_what_claims_give(claims: dict[str, Any], given: Grant | None) -> None:
    assert rules.grant(claims, TABLE) == given


def test_an_empty_value_in_the_table_fits_nobody() -> None:
    assert rules.grant({"groups": [""]}, [Rule("groups", "", "administrator")]) is None


@pytest.mark.parametrize(
    ("began", "seen", "why"),
    [
        pytest.param(10, 0, "", id="somebody who is here stays"),
        pytest.param(200, 119, "", id="a break shorter than the limit ends nothing"),
        pytest.param(200, 120, "idle", id="two hours of nothing end it"),
        pytest.param(12 * 60, 0, "absolute", id="twelve hours end it, however busy"),
        pytest.param(-5, -5, "", id="a clock that was moved back ends nothing"),
    ],
)
def test_when_a_log_in_ends(began: int, seen: int, why: str) -> None:
    told = rules.why_ended(
        began=NOW - timedelta(minutes=began), seen=NOW - timedelta(minutes=seen), now=NOW,
        idle=timedelta(minutes=120), absolute=timedelta(hours=12),
    )  # fmt: skip
    assert told == why


def test_a_limit_of_nothing_is_no_limit() -> None:
    long = NOW - timedelta(days=9)
    assert rules.why_ended(began=long, seen=long, now=NOW, idle=timedelta(), absolute=timedelta()) == ""


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
            ("Edge", "Windows"),
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", ("Firefox", "Linux")),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1",
            ("Safari", "iPhone"),
        ),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", ("Chrome", "Android")),
        ("<script>", ("", "")),
        ("", ("", "")),
    ],
)
def test_devices_in_words(agent: str, said: tuple[str, str]) -> None:
    assert rules.device(agent) == said


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://login.exempel.se/realms/ekevik", ""),
        ("http://login.exempel.se", "not_https"),
        ("https://login.exempel.se/?x=1", "has_more"),
        ("https://a:b@login.exempel.se", "has_more"),
        ("https://login.exempel.se/.well-known/openid-configuration", "has_more"),
        ("https://[x", "not_web"),
        ("https://exempel.se:port", "not_web"),
        ("javascript:alert(1)", "not_web"),
        ("file:///etc/passwd", "not_web"),
    ],
)
def test_addresses_of_issuers(url: str, why: str) -> None:
    assert rules.why_no_issuer(url) == why


@pytest.mark.parametrize(
    ("given", "tidy", "masked"),
    [
        ("191212121212", "191212121212", "19121212-****"),
        ("19121212-1212", "191212121212", "19121212-****"),
        ("121212+1212", "1212121212", "121212-****"),
        ("Signe", "", ""),
        ("1912121212123", "", ""),
    ],
)
def test_numbers_are_shown_without_their_end(given: str, tidy: str, masked: str) -> None:
    assert rules.tidy_number(given) == tidy
    assert rules.masked(tidy) == masked


@pytest.mark.parametrize(
    ("works", "administrators", "why"),
    [(False, 3, "no_provider"), (True, 0, "no_administrator"), (True, 1, "")],
)
def test_when_passwords_can_be_turned_off(works: bool, administrators: int, why: str) -> None:
    assert rules.why_passwords_stay(provider_works=works, administrators_by_provider=administrators) == why
