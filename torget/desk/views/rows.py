"""Rows of the queue and messages of the thread as HTML, each kept by all that it hangs on.

A page of the desk shows some thirty rows and twenty messages, of which hardly one is new since the last page. What
is kept is found by its whole content, so that it can never be out of date; long messages are made anew each time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext

from torget.conversations import rules
from torget.conversations.models import Conversation
from torget.conversations.ordering import words_of
from torget.conversations.words import FIRST
from torget.core import clock, dates
from torget.desk.keys import GROUPS
from torget.desk.views import reading

DONE = (rules.State.ANSWERED, rules.State.CLOSED)
LONG = 4_000


@dataclass(frozen=True, slots=True)
class Row:
    """A conversation in the words that the queue shows: nothing else of it, nor the time of day, changes its HTML."""

    number: int
    channel: str
    who: str
    subject: str
    at: str
    when: str
    state: str
    owner: str
    locked_by: str
    due: str
    due_words: str
    why: tuple[str, ...]
    mark: str
    query: str
    current: bool
    pick: bool
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Around:
    """What is the same for all rows of a page: the queue's query, which conversation is open, whether rows are chosen."""

    query: str = ""
    current: int | None = None
    pick: bool = False
    marks: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    """Key → state shown in place of the conversation's own (approval, unknown, expert, draft) and a word beside it."""


def row(conversation: Conversation, user: Any, around: Around) -> SafeString:
    """The row of a conversation that `queues.with_names` gave, for this user at this moment."""
    c, language, now = conversation, get_language() or "sv", clock.now()
    due = "" if c.state in DONE else reading.due_word(c.answer_due)
    # Who may not open it sees that it is there and when: no sender, no subject, no reason, nothing of what goes on in it.
    hidden = c.hidden
    mark, beside = ("", "") if hidden else around.marks.get(c.pk, ("", ""))
    shown = Row(
        number=c.number,
        channel=c.channel,
        who="" if hidden else getattr(c, "who", "") or "",
        subject="" if hidden else c.subject,
        at=dates.local(c.last_message_at).isoformat(timespec="seconds"),
        when=dates.when_in_list(c.last_message_at, now, language),
        state=mark or ("snoozed" if c.snoozed_until and c.state not in DONE else c.state),
        owner=c.assigned_to.first_name if c.assigned_to and c.state == rules.State.ASSIGNED and not mark else "",
        locked_by=c.lease_owner.first_name if c.lease_owner and c.holder_id not in (None, user.pk) else "",
        due=due,
        due_words=dates.short_date(c.answer_due, language) if due == "late" else dates.due(c.answer_due, now, language),
        why=() if c.state in DONE or hidden else _why(c),
        mark=beside,
        query=f"?{around.query}" if around.query else "",
        current=c.pk == around.current,
        pick=around.pick and not hidden,
        hidden=hidden,
    )
    return _row(shown, language)


def _why(conversation: Conversation) -> tuple[str, ...]:
    """Why it lies where it does, in words. That it is late stands beside it already, and then that it has waited is no news."""
    codes = list(words_of(conversation))
    dull = ("late", "waited") if "late" in codes else ("late",)
    codes = [code for code in codes if code not in dull]
    if not codes:
        return ()
    # The strongest one: a row has room for the day of answer and one reason beside it.
    if codes[0] == "same":
        n = conversation.same_count
        return (ngettext("%(n)s till frågar samma sak", "%(n)s till frågar samma sak", n) % {"n": n},)
    return (str(FIRST.get(codes[0], codes[0])),)


@lru_cache(maxsize=2048)
def _row(row: Row, language: str) -> SafeString:
    return render_to_string("desk/_queue_row.html", {"row": row})


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as `components/message.html` takes it."""

    kind: str
    who: str
    about: str
    channel: str
    when: datetime
    text: str
    flag: bool
    whole: str
    edited: datetime | None
    state: str
    lang: str = ""


def message(row: Mapping[str, Any], *, nobody: str) -> SafeString:
    """A message or note of `reading.thread` as HTML."""
    shown = Shown(
        kind=row["kind"],
        who=row["who"] or nobody,
        about=row["about"],
        channel=row.get("channel", ""),
        when=row["when"],
        text=row["text"],
        flag=row.get("flag", False),
        whole=row.get("whole", ""),
        edited=row.get("edited"),
        state=row.get("state", ""),
        lang=row.get("lang", ""),
    )
    files, language = row.get("files"), get_language() or "sv"
    if files or len(shown.text) + len(shown.whole) > LONG:
        return render_to_string("components/message.html", asdict(shown) | {"files": files})
    # How old it is called changes with the day, so that those words are part of what it is kept by.
    return _message(shown, language, dates.when_in_list(shown.when, clock.now(), language))


@lru_cache(maxsize=1024)
def _message(shown: Shown, language: str, age: str) -> SafeString:
    return render_to_string("components/message.html", asdict(shown))


def preview(rows: Sequence[Mapping[str, Any]], us: str) -> SafeString:
    """What everyone would read of a conversation, as list items; `us` is what the organisation is called."""
    shown = tuple((row["from_us"], row["text"], row["private"]) for row in rows)
    return _preview(shown, us, get_language() or "sv")


@lru_cache(maxsize=64)
def _preview(shown: tuple[tuple[bool, str, bool], ...], us: str, language: str) -> SafeString:
    return render_to_string("desk/_preview.html", {"rows": shown, "us": us})


@lru_cache(maxsize=4)
def keys(language: str) -> SafeString:
    """The dialog with all single keys, the same on each page of the desk."""
    return render_to_string("desk/_keys.html", {"key_groups": GROUPS})
