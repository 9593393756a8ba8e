"""Policy of the record: states, proposals with reasons, identity numbers, what the public may see. docs/rules/register.md"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Kind(StrEnum):
    """What a record is (TF 2 kap.): working material is no official document until it is kept when the case is closed."""

    RECEIVED = "received"
    DISPATCHED = "dispatched"
    DRAWN_UP = "drawn_up"
    WORKING = "working"


class State(StrEnum):
    """How a record is kept (OSL 5:1; RA-FS 2021:6 for what is obviously trivial)."""

    UNCLASSIFIED = "unclassified"
    REGISTERED = "registered"
    ORDERED = "ordered"
    TRIVIAL = "trivial"


class Why(StrEnum):
    """The reason for a proposal; `register.words.WHY` has the sentence that staff read."""

    AUTOMATIC = "automatic"
    MAY_BE_SECRET = "may_be_secret"  # nosec B105  # noqa: S105  a reason, no password
    IDENTITY_NUMBER = "identity_number"
    ASKS_FOR_DOCUMENT = "asks_for_document"
    ADDS_TO_CASE = "adds_to_case"
    ADDRESSED_TO_US = "addressed_to_us"
    THANKS_OR_SIGN = "thanks_or_sign"
    PUBLIC_COMMENT = "public_comment"
    OUR_ANSWER = "our_answer"
    OUR_POST = "our_post"
    PROTECTED = "protected"


SENSITIVE = frozenset({Why.MAY_BE_SECRET, Why.IDENTITY_NUMBER, Why.PROTECTED})
"""Proposals of what may be secret: never decided together with others (JO)."""


class Field(StrEnum):
    """What of a record may be corrected; its words never are."""

    SUBJECT = "subject"
    CORRESPONDENT = "correspondent"
    OCCURRED_AT = "occurred_at"
    AUTHORITY = "authority"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A state and why; staff confirm or change it."""

    state: State
    why: Why


# Words that make secrecy likely (OSL 21, 23, 25, 26 kap.): a hint to staff, never a decision.
SECRET_WORDS = re.compile(
    r"\b(orosanmäl\w*|socialtjänst\w*|soc\b|lvu|lvm|familjehem\w*|diagnos\w*|skyddad(e|s)? (identitet|uppgifter|folkbokföring)"
    r"|hemlig adress|misshandl\w*|far illa|missbruk\w*|elevhälsa\w*|försörjningsstöd\w*|ekonomiskt bistånd|sekretess\w*)",
    re.IGNORECASE,
)
DOCUMENT_WORDS = re.compile(
    r"\b(allmän(na)? handling\w*|begär(a|an)? (att få )?ut\b|lämna ut|utlämnande|offentlighetsprincip\w*"
    r"|ta del av (avtal|handling|beslut|protokoll)\w*)",
    re.IGNORECASE,
)
# Each sign can match in one way only: with two ways for a heart, thirty hearts would take a day.
THANKS_WORDS = re.compile(
    r"^\W*(?:(?:tack\w*|toppen|bra|fint|super|härligt|ok(?:ej)?|ja|nej)\b\W*)+(?:\w+(?:\s+\w+){0,2})?\W*$|^\W+$",
    re.IGNORECASE,
)


def propose(
    text: str,
    *,
    addressed: bool,
    automatic: bool = False,
    in_case: bool = False,
    files: int = 0,
    protected: bool = False,
) -> Proposal:
    """The state a received message should have, with its reason. Docs: docs/rules/register.md.

    `addressed`: the message was sent to us (form, mail, direct message), not said in public; `in_case`: its thread
    already has a case; `protected`: the sender's identity is. Order matters: what may be secret is always registered
    (OSL 5:1).
    """
    if protected:
        return Proposal(State.REGISTERED, Why.PROTECTED)
    if find_identity_numbers(text):
        return Proposal(State.REGISTERED, Why.IDENTITY_NUMBER)
    if SECRET_WORDS.search(text):
        return Proposal(State.REGISTERED, Why.MAY_BE_SECRET)
    if automatic:
        return Proposal(State.TRIVIAL, Why.AUTOMATIC)
    if DOCUMENT_WORDS.search(text):
        return Proposal(State.REGISTERED, Why.ASKS_FOR_DOCUMENT)
    if not files and len(text) < 60 and ("?" not in text) and THANKS_WORDS.match(text or " "):
        return Proposal(State.TRIVIAL, Why.THANKS_OR_SIGN)
    if in_case:
        return Proposal(State.REGISTERED, Why.ADDS_TO_CASE)
    if addressed:
        return Proposal(State.REGISTERED, Why.ADDRESSED_TO_US)
    return Proposal(State.ORDERED, Why.PUBLIC_COMMENT)


def why_not_state(state: State, *, secret: bool) -> str | None:
    """Why a record cannot have `state`: secrecy forces registration (OSL 5:1 first paragraph)."""
    if secret and state in (State.ORDERED, State.TRIVIAL):
        return "secret_must_be_registered"
    return None


def may_read(
    *, guarded: bool, registrar: bool, administrator: bool, own_authority: bool, in_circle: bool, circle_empty: bool
) -> bool:
    """Whether a member of staff may read a record. Docs: docs/rules/secrecy.md.

    `guarded`: secret or with a protected identity. The circle reads it, and the registrars of its authority; where the
    circle is empty, the registrars and administrators of the house and nobody else.
    """
    if not guarded or in_circle:
        return True
    if registrar and own_authority:
        return True
    return circle_empty and (registrar or administrator)


def may_decide_together(reasons: Collection[str]) -> bool:
    """Whether records with these reasons may be confirmed in one go: what may be secret never beside what is not (JO)."""
    sensitive = {reason in SENSITIVE for reason in reasons}
    return len(sensitive) < 2


def why_not_merge(
    *, same: bool, source_merged: bool, target_merged: bool, target_closed: bool, same_authority: bool
) -> str | None:
    """Why one case cannot be joined into another. Each authority has a register of its own (OSL 5 kap.)."""
    if same:
        return "same_case"
    if source_merged or target_merged:
        return "case_merged"
    if target_closed:
        return "case_closed"
    return None if same_authority else "other_authority"


def why_not_close(*, unconfirmed: int, leaving: int, unanswered: int, anyway: bool) -> str | None:
    """Why a case cannot be closed. `leaving`: answers on their way; only what is unanswered may be left by decision."""
    if unconfirmed:
        return "case_has_unconfirmed"
    if leaving:
        return "case_has_leaving"
    return "case_has_unanswered" if unanswered and not anyway else None


def dnr(prefix: str, year: int, number: int, record: int | None = None) -> str:
    """The diary number as it is written: `KS 2026/0412` or, for a record, `KS 2026/0412-98`."""
    text = f"{prefix} {year}/{number:04d}"
    return f"{text}-{record}" if record else text


# Ten or twelve digits with any dash, plus or space where people put one. The lookarounds keep longer numbers whole.
# Signs that show nothing: joiners, direction marks, soft hyphens.
_IGNORED = "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\u00ad"
_NUMBER = re.compile(r"(?<![\d])((?:18|19|20)?\d{6})([-+\s./\u2010-\u2015\u2212]{0,3})(\d{4})(?![\d])")


def _luhn(digits: str) -> bool:
    total = 0
    for place, sign in enumerate(digits):
        value = int(sign) * (2 - place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _plausible(ten: str) -> bool:
    """Month 1–12 with day 1–31 or 61–91 (samordningsnummer), or an organisation number (third digit 2 or more)."""
    month, day = int(ten[2:4]), int(ten[4:6])
    person = 1 <= month <= 12 and (1 <= day <= 31 or 61 <= day <= 91)
    return person or int(ten[2]) >= 2


def find_identity_numbers(text: str) -> list[tuple[int, int]]:
    """Places (start, end) in `text` that look like a personal, coordination or organisation number, by date and Luhn.

    Digits of any script count, and invisible signs between digits do not help. Source: SKV 704; Luhn, ISO/IEC 7812-1.
    Organisation numbers are caught too, which is harmless; names are not caught at all: a person must look.
    """
    if not re.search(r"\d", text):
        return []
    plain: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        if sign in _IGNORED:
            continue
        plain.append(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign)
        places.append(place)
    found = []
    for match in _NUMBER.finditer("".join(plain)):
        ten = match[1][-6:] + match[3]
        if _plausible(ten) and _luhn(ten):
            found.append((places[match.start()], places[match.end() - 1] + 1))
    return found


MASK = "******-****"


def mask_identity_numbers(text: str) -> str:
    """`text` with each number of `find_identity_numbers` replaced by a mask."""
    for start, end in reversed(find_identity_numbers(text)):
        text = text[:start] + MASK + text[end:]
    return text


@dataclass(frozen=True, slots=True)
class PublicRow:
    """What the public register shows of a record; nothing else of it may reach a public page, feed, file or API."""

    day: date
    number: str
    authority: str
    channel: str
    subject: str | None
    """None: the word "Meddelande" (not confirmed) or "visas inte" (secret) stands in its place."""
    from_us: bool
    state: str
    secret: bool


def public_row(
    *,
    day: date,
    number: str,
    authority: str,
    channel: str,
    subject: str,
    kind: str,
    state: str,
    confirmed: bool,
    secret: bool,
    protected: bool = False,
) -> PublicRow:
    """The row of the public register (OSL 5:2 second paragraph): sender never, subject only when staff have confirmed it.

    What somebody with a protected identity is about may tell who or where it is: its subject is not shown either.
    """
    shown = confirmed and not secret and not protected and state != State.UNCLASSIFIED
    return PublicRow(
        day=day,
        number=number,
        authority=authority,
        channel=channel,
        subject=mask_identity_numbers(subject) if shown else None,
        from_us=kind in (Kind.DISPATCHED, Kind.DRAWN_UP),
        state=state if confirmed else State.UNCLASSIFIED.value,
        secret=confirmed and secret,
    )
