"""Policy of the record: what is proposed and why, which numbers are found, what the public may see."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.making import PERSON, made_up_number
from torget.register import rules
from torget.register.rules import Kind, State, Why

COORDINATION = made_up_number("121272121")
IMPOSSIBLE_DAY = made_up_number("121332121")
ORGANISATION = made_up_number("212000000")


@pytest.mark.parametrize(
    ("text", "given", "state", "why"),
    [
        pytest.param("Hur går det?", {}, State.ORDERED, Why.PUBLIC_COMMENT, id="a public comment is kept in order"),
        pytest.param(
            "Hur går det?",
            {"addressed": True},
            State.REGISTERED,
            Why.ADDRESSED_TO_US,
            id="what is sent to us is registered",
        ),
        pytest.param(
            "Hur går det?", {"in_case": True}, State.REGISTERED, Why.ADDS_TO_CASE, id="what joins a case is registered"
        ),
        pytest.param(
            "Tack så mycket!", {"addressed": True}, State.TRIVIAL, Why.THANKS_OR_SIGN, id="thanks are trivial"
        ),
        pytest.param("👍", {}, State.TRIVIAL, Why.THANKS_OR_SIGN, id="a thumb is trivial"),
        pytest.param("Bra!", {"files": 1}, State.ORDERED, Why.PUBLIC_COMMENT, id="praise with a file is not trivial"),
        pytest.param("Tack, men när?", {}, State.ORDERED, Why.PUBLIC_COMMENT, id="thanks that ask are not trivial"),
        pytest.param(
            "Tack, men bron är trasig och farlig nu", {}, State.ORDERED, Why.PUBLIC_COMMENT, id="nor thanks that tell"
        ),
        pytest.param("Jag är ledig", {"automatic": True}, State.TRIVIAL, Why.AUTOMATIC, id="an auto-reply is trivial"),
        pytest.param(
            "Jag vill ta del av avtalet om bussen",
            {},
            State.REGISTERED,
            Why.ASKS_FOR_DOCUMENT,
            id="a request for a record",
        ),
        pytest.param(
            "Gäller en orosanmälan", {}, State.REGISTERED, Why.MAY_BE_SECRET, id="what may be secret is registered"
        ),
        pytest.param(
            "Om FAMILJEHEMMET",
            {"automatic": True},
            State.REGISTERED,
            Why.MAY_BE_SECRET,
            id="also when it came by itself",
        ),
        pytest.param(
            f"Tack {PERSON}", {}, State.REGISTERED, Why.IDENTITY_NUMBER, id="also thanks with a personal number"
        ),
        pytest.param("", {"addressed": True}, State.TRIVIAL, Why.THANKS_OR_SIGN, id="nothing at all is trivial"),
    ],
)
def test_propose(text: str, given: dict[str, bool], state: State, why: Why) -> None:
    assert rules.propose(text, **({"addressed": False} | given)) == rules.Proposal(state, why)


def test_every_reason_has_its_sentence() -> None:
    from torget.register.words import STATES, WHY

    assert set(WHY) == {why.value for why in Why}
    assert set(STATES) == {state.value for state in State}


@pytest.mark.parametrize("state", list(State), ids=lambda state: f"secret and {state}")
def test_secrecy_forces_registration(state: State) -> None:
    refused = rules.why_not_state(state, secret=True)
    assert (refused == "secret_must_be_registered") is (state in (State.ORDERED, State.TRIVIAL))
    assert rules.why_not_state(state, secret=False) is None


@pytest.mark.parametrize(
    "number",
    [
        pytest.param("19121212-1212", id="twelve digits"),
        pytest.param("121212-1212", id="ten digits"),
        pytest.param("1212121212", id="without a dash"),
        pytest.param("191212121212", id="twelve without a dash"),
        pytest.param("121212+1212", id="over a hundred years old"),
        pytest.param("121212 1212", id="with a space"),
        pytest.param("121212 - 1212", id="with spaces around the dash"),
        pytest.param("121212\u20131212", id="with an en dash"),
        pytest.param("121212\u22121212", id="with a minus"),
        pytest.param("121212\u00a01212", id="with a no-break space"),
        pytest.param("12\u200b12\u200d12-12\ufeff12", id="with zero-width signs in it"),
        pytest.param("1212\u00ad12-1212", id="with a soft hyphen in it"),
        pytest.param("121212\u200e-1212", id="with a direction mark in it"),
        pytest.param("\u2066121212\u2069-1212", id="in an isolate, as Arabic text is pasted"),
        pytest.param("١٢١٢١٢-١٢١٢", id="in Arabic digits"),
        pytest.param("𝟏𝟐𝟏𝟐𝟏𝟐-𝟏𝟐𝟏𝟐", id="in mathematical bold"),
        pytest.param("１２１２１２-１２１２", id="in full width"),
        pytest.param(COORDINATION, id="a coordination number"),
        pytest.param(ORGANISATION, id="an organisation number is caught too"),
    ],
)
@pytest.mark.parametrize("around", ["{}", "Mitt nummer är {}.", "x{}y", "({})\n", "2026 {} 2026"])
def test_numbers_that_are_masked(number: str, around: str) -> None:
    text = around.format(number)
    assert len(rules.find_identity_numbers(text)) == 1
    masked = rules.mask_identity_numbers(text)
    assert rules.MASK in masked
    assert not rules.find_identity_numbers(masked)
    # Only the number goes; what stands around it stays.
    before, _, after = around.partition("{}")
    assert masked.startswith(before) and masked.endswith(after)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("121212-1213", id="a wrong check digit"),
        pytest.param(IMPOSSIBLE_DAY, id="month thirteen of a person"),
        pytest.param("012345678901234567890", id="a long run of digits"),
        pytest.param("9121212121212", id="a number inside a longer one"),
        pytest.param("121212-12123", id="a digit too many"),
        pytest.param("121212----1212", id="too far apart"),
        pytest.param("2026-11-16 09:00", id="a date and a time"),
        pytest.param("KS 2026/0412-98", id="a diary number"),
        pytest.param("0123-456 78 90", id="a telephone number"),
        pytest.param("½²³", id="signs that are numbers and no digits"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_is_no_number(text: str) -> None:
    assert rules.find_identity_numbers(text) == []
    assert rules.mask_identity_numbers(text) == text


DIGITS = st.text(st.sampled_from("0123456789١٢-+ ./–\u200b\u200e\u00adx*\n"), max_size=60)
NUMBERED = st.lists(st.sampled_from([PERSON, "121212-1212", COORDINATION, ORGANISATION, "1", "-", " ", "\u200b"])).map(
    "".join
)


@given(st.one_of(st.text(max_size=200), DIGITS, NUMBERED))
def test_masking_leaves_no_number_and_never_fails(text: str) -> None:
    found = rules.find_identity_numbers(text)
    assert all(0 <= start < end <= len(text) for start, end in found)
    assert rules.find_identity_numbers(rules.mask_identity_numbers(text)) == []


@given(st.text(max_size=200), st.booleans(), st.booleans())
def test_every_text_gets_a_proposal(text: str, addressed: bool, automatic: bool) -> None:
    proposal = rules.propose(text, addressed=addressed, automatic=automatic)
    assert proposal.state is not State.UNCLASSIFIED


@pytest.mark.parametrize(
    ("record", "words"),
    [
        pytest.param(None, "KS 2026/0412", id="a case"),
        pytest.param(98, "KS 2026/0412-98", id="a record in it"),
    ],
)
def test_diary_number(record: int | None, words: str) -> None:
    assert rules.dnr("KS", 2026, 412, record) == words


def _row(**changed: object) -> rules.PublicRow:
    given: dict[str, object] = {
        "day": date(2026, 11, 16),
        "number": "KS 2026/0001-1",
        "authority": "Kommunstyrelsen",
        "channel": "web",
        "subject": "Bron i Ekevik",
        "kind": Kind.RECEIVED.value,
        "state": State.REGISTERED.value,
        "confirmed": True,
        "secret": False,
    }
    return rules.public_row(**(given | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "subject"),
    [
        pytest.param({}, "Bron i Ekevik", id="a confirmed subject is shown"),
        pytest.param({"confirmed": False}, None, id="an unconfirmed one is not"),
        pytest.param({"secret": True}, None, id="nor that of a secret record"),
        pytest.param({"secret": True, "confirmed": False}, None, id="nor of one that is both"),
        pytest.param({"state": State.UNCLASSIFIED.value}, None, id="nor of one without a state"),
        pytest.param({"subject": f"Om {PERSON}"}, f"Om {rules.MASK}", id="a personal number in it is masked"),
    ],
)
def test_the_public_row_shows_no_subject_before_its_time(changed: dict[str, object], subject: str | None) -> None:
    assert _row(**changed).subject == subject


def test_the_public_row_says_nothing_of_a_state_that_nobody_confirmed() -> None:
    assert _row(confirmed=False).state == State.UNCLASSIFIED
    assert not _row(confirmed=False, secret=True).secret


@pytest.mark.parametrize(
    ("kind", "from_us"),
    [(Kind.RECEIVED, False), (Kind.DISPATCHED, True), (Kind.DRAWN_UP, True), (Kind.WORKING, False)],
    ids=lambda value: str(value),
)
def test_whose_words_a_row_is_about(kind: Kind, from_us: bool) -> None:
    assert _row(kind=kind.value).from_us is from_us


@pytest.mark.parametrize(
    ("given", "reads"),
    [
        pytest.param({"guarded": False}, True, id="what is open is read by all"),
        pytest.param({}, False, id="what is guarded by nobody else"),
        pytest.param({"in_circle": True}, True, id="by the circle"),
        pytest.param({"registrar": True, "own_authority": True}, True, id="by a registrar of its authority"),
        pytest.param({"registrar": True}, False, id="not by a registrar of another"),
        pytest.param({"administrator": True}, False, id="not by an administrator outside the circle"),
        pytest.param({"circle_empty": True}, False, id="an empty circle lets nobody in by itself"),
        pytest.param({"circle_empty": True, "registrar": True}, True, id="but any registrar of the house"),
        pytest.param({"circle_empty": True, "administrator": True}, True, id="and its administrators"),
    ],
)
def test_who_may_read(given: dict[str, bool], reads: bool) -> None:
    plain = {
        "guarded": True, "registrar": False, "administrator": False, "own_authority": False, "in_circle": False,
        "circle_empty": False,
    }  # fmt: skip
    assert rules.may_read(**(plain | given)) is reads


@pytest.mark.parametrize(
    ("reasons", "may"),
    [
        pytest.param([], True, id="nothing"),
        pytest.param(["public_comment", "thanks_or_sign"], True, id="what is not secret"),
        pytest.param(["may_be_secret", "identity_number", "protected"], True, id="what may be secret by itself"),
        pytest.param(["may_be_secret", "public_comment"], False, id="never both"),
    ],
)
def test_what_may_be_decided_together(reasons: list[str], may: bool) -> None:
    assert rules.may_decide_together(reasons) is may


@pytest.mark.parametrize(
    ("given", "why"),
    [
        pytest.param({}, None, id="two of one authority"),
        pytest.param({"same": True}, "same_case", id="not with itself"),
        pytest.param({"source_merged": True}, "case_merged", id="not what is joined already"),
        pytest.param({"target_merged": True}, "case_merged", id="nor into that"),
        pytest.param({"target_closed": True}, "case_closed", id="nor into a closed one"),
        pytest.param({"same_authority": False}, "other_authority", id="nor across authorities"),
    ],
)
def test_why_not_merge(given: dict[str, bool], why: str | None) -> None:
    plain = {
        "same": False, "source_merged": False, "target_merged": False, "target_closed": False, "same_authority": True
    }  # fmt: skip
    assert rules.why_not_merge(**(plain | given)) == why


@pytest.mark.parametrize(
    ("given", "why"),
    [
        pytest.param({}, None, id="all is done"),
        pytest.param({"unconfirmed": 1}, "case_has_unconfirmed", id="not with something unconfirmed"),
        pytest.param({"leaving": 1, "anyway": True}, "case_has_leaving", id="not with an answer on its way"),
        pytest.param({"unanswered": 1}, "case_has_unanswered", id="not unanswered"),
        pytest.param({"unanswered": 1, "anyway": True}, None, id="but for a decision"),
    ],
)
def test_why_not_close(given: dict[str, int], why: str | None) -> None:
    plain = {"unconfirmed": 0, "leaving": 0, "unanswered": 0, "anyway": False}
    assert rules.why_not_close(**(plain | given)) == why  # type: ignore[arg-type]


def test_who_is_protected_is_registered_whatever_they_say() -> None:
    assert rules.propose("Tack!", addressed=False, protected=True) == rules.Proposal(State.REGISTERED, Why.PROTECTED)
