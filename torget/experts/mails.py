"""Letters to colleagues in words: plain text, one link that answers, nothing of the resident's own words under secrecy."""

from email.utils import format_datetime, formataddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from torget.core import clock
from torget.experts import links, reading, rules
from torget.experts.models import Letter, News, named
from torget.organisations.models import Organisation


def write(letter: Letter) -> EmailMessage:
    """The mail of a letter, in the organisation's language whoever runs this. It reads the rows as they now stand."""
    with override(settings.LANGUAGE_CODE):
        subject, body, headers = _news(letter) if letter.kind == rules.Kind.NEWS else _question(letter)
    organisation = Organisation.current()
    return EmailMessage(
        subject=_header(subject),
        body=body.strip() + "\n",
        from_email=formataddr((_header(organisation.name), settings.DEFAULT_FROM_EMAIL)),
        to=[letter.expert.email],
        headers={
            "Message-ID": letter.mail_id,
            "Date": format_datetime(clock.now()),
            "List-Unsubscribe": f"<{links.stop_link(letter.expert)}>",
            # Machines that answer by themselves have nothing to answer here.
            "X-Auto-Response-Suppress": "All",
            **headers,
        },
        reply_to=[letter.request.asked_by.email] if letter.request else None,
    )


def _header(text: str) -> str:
    """Text that may stand in a mail header."""
    return " ".join(text.replace("<", " ").replace(">", " ").split())[:200]


def _question(letter: Letter) -> tuple[str, str, dict[str, str]]:
    request = letter.request
    if request is None:
        raise ValueError("a question without a question")
    secret = reading.is_secret(request)
    context = {
        "request": request,
        "asker": named(request.asked_by.name, request.asked_by.title),
        "expert": request.expert,
        "kind": letter.kind,
        "secret": secret,
        "question": "" if secret else rules.masked(request.text, reading.names_in(request.conversation)),
        "link": links.request_link(request),
        "stop": links.stop_link(request.expert),
        "organisation": Organisation.current(),
    }
    title = _("en fråga under sekretess") if secret else reading.title_of(request)
    subject = {
        rules.Kind.QUESTION.value: _("%(name)s frågar: %(title)s"),
        rules.Kind.REMINDER.value: _("Påminnelse: %(name)s frågar: %(title)s"),
        rules.Kind.DUE.value: _("Svar behövs nu: %(name)s frågar: %(title)s"),
    }[letter.kind] % {"name": request.asked_by.first_name, "title": title}
    # Written by a person who waits for the answer; what the clock sends says so (RFC 3834).
    by_itself = "no" if letter.kind == rules.Kind.QUESTION else "auto-generated"
    return subject, render_to_string("experts/mail/question.txt", context), {"Auto-Submitted": by_itself}


def _news(letter: Letter) -> tuple[str, str, dict[str, str]]:
    told = stories(letter)
    context = {
        "expert": letter.expert,
        "stories": told,
        "page": links.page_link(letter.expert),
        "stop": links.stop_link(letter.expert),
        "organisation": Organisation.current(),
    }
    thanked = any(story["thanks"] for story in told)
    subject = _("Tack för ditt svar, så här gick det") if not thanked else _("Ett tack till dig som svarade")
    headers = {"Auto-Submitted": "auto-generated", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return subject, render_to_string("experts/mail/news.txt", context), headers


def stories(letter: Letter) -> list[dict[str, Any]]:
    """What a letter tells, question by question: what became of the answer, who was helped, what was said."""
    rows = News.objects.filter(letter=letter).select_related(
        "receipt", "request__conversation", "request__question", "request__answer__outcome__record"
    )
    found: dict[int, dict[str, Any]] = {}
    for row in rows.order_by("pk"):
        request = row.request
        secret = reading.is_secret(request)
        names = reading.names_in(request.conversation)
        story = found.setdefault(
            request.pk,
            {
                "title": "" if secret else reading.title_of(request),
                "secret": secret,
                "outcome": "",
                "helped": 0,
                "thanks": [],
            },
        )
        if row.kind == rules.Tidings.OUTCOME:
            story["out"] = True
            story["outcome"] = "" if secret else reading.outcome_of(request.answer)
        elif row.kind == rules.Tidings.HELPED:
            story["helped"] += 1
        elif row.receipt and row.receipt.thanks:
            story["thanks"].append("" if secret else rules.masked(row.receipt.thanks, names))
        story["inside"] = str(settings.TORGET_URL) + reverse("experts:my_page")
    return list(found.values())
