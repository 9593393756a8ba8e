"""The desk as a page: the queue with its groups, a conversation open beside it, and what stands around them."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import CharField, QuerySet
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from torget.channels.registry import CHANNELS
from torget.conversations import health, permissions, rules
from torget.conversations.models import Conversation, ConversationQuerySet, Draft, Outbox, Receipt, Tag
from torget.core.kept import kept, together
from torget.core.rows import find
from torget.desk import forms, panels
from torget.desk.views import colleagues, queues, reading
from torget.desk.views import rows as as_html
from torget.desk.words import BULK, EMPTY, GROUPS, QUEUES, THREAD, WAITING
from torget.experts.permissions import can_ask
from torget.journal.actions import latest_checkpoint
from torget.organisations.models import Organisation, Unit, User
from torget.organisations.rules import Role
from torget.register import actions as register
from torget.register.rules import mask_identity_numbers
from torget.team import actions as team
from torget.team.actions.notices import WANT_A_PERSON
from torget.team.models import Preferences, SavedView
from torget.team.permissions import can_change_view, can_see_log

RELATED = (
    "account__authority", "case__authority", "context", "contact", "assigned_to", "lease_owner", "unit", "merged_into"
)  # fmt: skip
"""What the page shows of a conversation besides itself."""
SHORT_TABS = ("now", "mine", "free")


def around(user: User, beside: queues.Around) -> dict[str, Any]:
    """What every page of the desk has in its bar: who has the desk now, unread notices, whether single keys work."""
    return {
        "on_duty": colleagues.named(beside.on_duty),
        "unread": beside.counts["unread"],
        "keys_on": Preferences.of(user).keys,
        "keys_dialog": as_html.keys(get_language() or "sv"),
    }


def queue_context(
    request: HttpRequest, current: int | None = None, beside: queues.Around | None = None
) -> dict[str, Any]:
    """The queue that the request asks for, and the foot with the channels' health."""
    user: Any = request.user
    wanted = queues.wanted(request, user)
    minutes = 60 if request.GET.get("timme") == "1" else 0
    beside = beside or queues.look_around(user)
    page = queues.queue(wanted, user, request.GET.get("efter", ""), minutes=minutes, around=beside)
    counts = beside.counts
    about = as_html.Around(wanted.query, current, request.GET.get("valj") == "1", marks(page.rows, beside.unread))
    groups = [
        {
            "label": GROUPS.get(group.code, ""),
            "rows": [as_html.row(c, user, about) for c in group.rows],
            "count": group.count or len(group.rows),
            "more": group.more,
            "takes_new": group.code in ("first", ""),
        }
        for group in page.groups
    ]
    views = _views(user.pk, role=user.role)
    return around(user, beside) | {
        "organisation": beside.organisation,
        "queue": page,
        "wanted": wanted,
        "groups": groups,
        "has_rows": any(group["rows"] for group in groups),
        "counts": counts,
        "title": next((view.name for view in views if view.pk == wanted.view), QUEUES[wanted.name]),
        "tabs": [_tab(name, wanted, counts) for name in SHORT_TABS],
        "more_tabs": [_tab(name, wanted, counts) for name in queues.QUEUES if name not in SHORT_TABS],
        "views": [
            {"view": view, "current": view.pk == wanted.view, "may": can_change_view(user, view)} for view in views
        ],
        "picking": about.pick,
        "empty": EMPTY["filtered" if wanted.filtered else wanted.name],
        "choices": queues.choices(),
        "channels": _health(),
        "overdue": panels.overdue()[:4],
        "unknown": counts["unknown"],
        "quarantine_count": counts["quarantine"],
        "checkpoint": latest_checkpoint(),
        "can_classify": user.may("classify"),
        "can_answer": user.may("answer"),
        "may_log": can_see_log(user),
        "bulk_verbs": _verbs(wanted.name),
    }


@kept
def _views(user: int, *, role: str) -> QuerySet[SavedView]:
    return SavedView.objects.visible_to(User(pk=user, role=role))[:24]


def _health() -> list[dict[str, Any]]:
    """The foot: each channel by its name, with the account's where there are several of one."""
    found = health.footer()
    several = {name for name, count in Counter(one.channel for one in found).items() if count > 1}
    return [
        {
            "level": one.level,
            "says": one.says,
            "label": _channel(one.channel, one.name if one.channel in several else ""),
        }
        for one in found
    ]


def _channel(channel: str, name: str) -> str:
    label = str(CHANNELS[channel].label) if channel in CHANNELS else channel
    return f"{label} {name}".rstrip()


def _verbs(name: str) -> list[tuple[str, Any]]:
    """What may be done to many of a queue at once."""
    here = {"snoozed": ("wake",), "spam": ("not_spam",), "answered": ("tag", "assign")}
    verbs = here.get(name, ("assign", "tag", "snooze", "close", "spam", "answer"))
    return [(verb, BULK[verb]) for verb in verbs]


def _tab(name: str, wanted: queues.Wanted, counts: dict[str, str]) -> dict[str, Any]:
    current = name == wanted.name and not wanted.view and not wanted.filtered
    shown = counts.get({"now": "all"}.get(name, name), "")
    return {
        "name": name,
        "label": QUEUES[name],
        "count": shown if shown != "0" else "",
        "current": current,
        "query": f"?ko={name}" if name != "now" else "",
    }


@together
def _begun(open_ones: list[int], keys: list[int]) -> list[QuerySet[Any, Any]]:
    drafts = Draft.objects.filter(conversation__pk__in=open_ones).order_by()
    decide = Outbox.objects.filter(state__in=WANT_A_PERSON, message__conversation__pk__in=keys).order_by()
    return [drafts.values_list("conversation", "author__name"), decide.values_list("message__conversation", "state")]


def marks(rows: list[Conversation], unread: Iterable[tuple[int | None, str]] = ()) -> dict[int, tuple[str, str]]:
    """What rows say in place of their state: a draft begun, with an expert, to be approved, an outcome to decide.

    With the notices that somebody has not read also what waits for that person, as a word beside the state.
    """
    keys = [row.pk for row in rows]
    # The newest notice comes first and has the word.
    told = {key: kind for key, kind in reversed(list(unread)) if key is not None and kind in WAITING}
    found = {key: ("", str(WAITING[told[key]])) for key in keys if key in told}
    begun, decide = _begun([row.pk for row in rows if row.state not in as_html.DONE], keys)
    for key, author in begun:
        found[key] = ("draft", author.split()[0] if author else "")
    found |= panels.marks(keys)
    for key, state in decide:
        found[key] = (state, _("Titta i kanalen först") if state == rules.Sending.UNKNOWN.value else "")
    return found


class Whole:
    """Conversations with all that the page shows of them, for the door (`allow`)."""

    class objects:
        """Its manager."""

        @staticmethod
        def visible_to(user: User) -> ConversationQuerySet:
            """Those that somebody may see."""
            return Conversation.objects.visible_to(user).select_related(*RELATED)


@kept
def _open(number: int, user: int, unit: int | None, authority: int | None, *, role: str) -> QuerySet[Conversation]:
    who = User(pk=user, role=role, unit=Unit(pk=unit, authority_id=authority) if unit else None)
    return Whole.objects.visible_to(who).filter(number=number)


def find_open(number: int, user: User) -> Conversation | None:
    """The conversation with that number, with all that the page shows of it, where `user` may open it."""
    # Only a registrar's reading hangs on the authority, and a value that is not asked for is none.
    authority = user.unit.authority_id if user.unit and user.role == Role.REGISTRAR else None
    return next(iter(_open(number, user.pk, user.unit_id, authority, role=user.role)), None)


def show_anew(request: HttpRequest, conversation: Conversation, *, status: int = 200, **changed: Any) -> HttpResponse:
    """The desk with `conversation` open as it stands now, after something has been done or refused."""
    user: Any = request.user
    return show(request, Whole.objects.visible_to(user).get(pk=conversation.pk), status=status, **changed)


@together
def _names(conversation: int) -> list[QuerySet[Any, Any]]:
    merged = Conversation.objects.filter(merged_into=conversation)
    return [
        Tag.objects.filter(conversations=conversation).values_list("pk", "name"),
        merged.values_list("pk", Cast("number", CharField()))[:20],
    ]


def show(request: HttpRequest, conversation: Conversation, *, status: int = 200, **changed: Any) -> HttpResponse:
    """The desk with a conversation of `Whole` open; `changed` replaces parts (a form with errors, a refusal's words)."""
    user: Any = request.user
    notices = queues.unread(user)
    if len(notices) == queues.MOST_UNREAD or any(key == conversation.pk for key, _ in notices):
        team.mark_read(user, conversation=conversation)
        notices = queues.unread(user)
    beside = queues.look_around(user, notices)
    before = request.GET.get("fore", "")
    rows, earlier = reading.thread(
        conversation, int(before) if before.isascii() and before.isdecimal() and len(before) < 18 else None
    )
    if conversation.sealed:
        register.note_reading([row["message"].record for row in rows if "message" in row], by=user)
    preview = reading.public_preview(conversation) if _is_previewed(request, conversation, user) else None
    tags, merged = _names(conversation.pk)
    context = queue_context(request, conversation.pk, beside) | {
        "conversation": conversation,
        "thread": [row | {"html": as_html.message(row, nobody=_("Ej angiven"))} for row in rows],
        "earlier": earlier,
        "in_the_past": bool(before),
        "journal": reading.journal_of(conversation, rows),
        "mini": _way(conversation),
        "public_preview": preview,
        "asks_to_publish": request.GET.get("publicera") == "1",
        "preview": as_html.preview(preview.rows, beside.organisation.short_name) if preview else "",
        "feedback": [one for one in reversed(find(Receipt, conversation=conversation.pk)) if one.helped or one.thanks][
            :5
        ],
        "context_url": reading.safe_url(conversation.context.url) if conversation.context else "",
        "tags": [name for _, name in tags],
        "merged": sorted(int(number) for _, number in merged),
        "side_panels": panels.panels(request, conversation, user, [row["message"] for row in rows if "message" in row]),
        "parts": reading.parts(rows),
        "leaving": reading.leaving(rows),
        "at": address(conversation, request) if request.method == "POST" else "",
    }
    context |= _may(conversation, user) | colleagues.context(conversation, user, beside.organisation)
    context |= _forms(conversation, user, rows, beside.organisation)
    return render(request, "desk/desk.html", context | changed, status=status)


def _is_previewed(request: HttpRequest, conversation: Conversation, user: User) -> bool:
    """Whether what everyone would read stands ready beside the conversation; of a long one first when it is asked for."""
    short = conversation.message_count <= reading.THREAD
    return permissions.can_publish(user, conversation) and (short or request.GET.get("publicera") == "1")


def _may(conversation: Conversation, user: User) -> dict[str, Any]:
    return {
        "mine": conversation.holder_id == user.pk,
        "holder": conversation.lease_owner if conversation.holder_id not in (None, user.pk) else None,
        "may_reply": permissions.can_reply(user, conversation) and conversation.merged_into_id is None,
        "may_note": permissions.can_note(user, conversation),
        "may_ask_expert": can_ask(user, conversation),
        "may_classify": permissions.can_classify(user, conversation),
        "may_publish": permissions.can_publish(user, conversation),
        "needs_review": conversation.sealed,
    }


def _forms(
    conversation: Conversation, user: User, rows: list[dict[str, Any]], organisation: Organisation
) -> dict[str, Any]:
    panel = reading.register_panel(conversation, rows)
    draft, others = reading.drafts_of(conversation, user)
    retired = reading.is_retired(draft, rows, user)
    text = draft.record.latest.text if draft and not retired else ""
    address = conversation.contact.address if conversation.contact else ""
    email = address if conversation.channel == "web" else ""
    return {
        "panel": panel,
        "draft": draft,
        "retired": retired,
        "draft_files": reading.draft_files(draft),
        "other_drafts": others,
        "way": rules.way_out(conversation.channel, email, connected=conversation.account.is_live).value,
        "reply_form": forms.ReplyForm(initial={"text": text, "seen": conversation.message_count}),
        "classify_form": _classify_form(panel),
        "secrecy_form": forms.SecrecyForm(),
        "close_form": forms.CloseForm(),
        "snooze_times": colleagues.snooze_times(organisation),
        "publish_form": forms.PublishForm(
            initial={"title": conversation.public_title or mask_identity_numbers(conversation.subject)}
        ),
    }


def _classify_form(panel: reading.RegisterPanel | None) -> forms.ClassifyForm | None:
    if panel is None:
        return None
    record = panel.record
    state = record.state if record.confirmed_at else record.proposed_state
    return forms.ClassifyForm(initial={"state": state, "subject": mask_identity_numbers(record.subject)})


def _way(conversation: Conversation) -> list[dict[str, str]]:
    """The five stones: in, handle, out, keep, count."""
    answered = conversation.first_answered_at is not None or conversation.state == rules.State.CLOSED
    states = (
        "done",
        "done" if answered else ("now" if conversation.taken_at else "later"),
        "done" if answered else "later",
        "done" if conversation.case_id or answered else "later",
        "done" if answered else "later",
    )
    return [{"label": str(label), "state": state} for label, state in zip(THREAD, states, strict=True)]


def address(conversation: Conversation, request: HttpRequest, anchor: str = "#samtal") -> str:
    """The conversation's address in the queue that the user stands in."""
    user: Any = request.user
    query = queues.wanted(request, user).query
    found = reverse("desk:conversation", kwargs={"number": conversation.number})
    return found + (f"?{query}" if query else "") + anchor
