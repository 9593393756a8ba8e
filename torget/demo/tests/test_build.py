"""The town as it is built: the same each time, all or nothing, and as the story tells it."""

from __future__ import annotations

import re
import stat
from collections import Counter
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from torget.channels.registry import CHANNELS
from torget.conversations.models import (
    Account,
    Conversation,
    Gap,
    Message,
    Note,
    Outbox,
    Quarantined,
    RawEvent,
    Receipt,
)
from torget.demo import build, payloads, pictures, playing, story, town
from torget.demo.happenings import Closed, Delivered, Posted, Said
from torget.demo.texts.posts import PICTURES
from torget.experts.models import ExpertRequest
from torget.files import rules as file_rules
from torget.files.models import Blob
from torget.journal import actions as journal
from torget.journal.models import Checkpoint, Entry
from torget.moderation.models import Evidence, Removal
from torget.moderation.models import Notice as ModerationNotice
from torget.organisations.models import Organisation, UnitCost, User
from torget.organisations.rules import Role
from torget.posts.models import Post
from torget.register.models import Record
from torget.results.report import week_report
from torget.team.models import Approval

STORY = story.events()
CODES = ["no_question", "already_answered", "not_for_us", "harassment"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Path:
    """A data folder of its own, and hashing that takes no time."""
    settings.TORGET_HOME, settings.MAIL_FOLDER = tmp_path, tmp_path / "utgaende-post"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return tmp_path


def built(messages: int | None) -> list[str]:
    lines: list[str] = []
    build.ekevik(messages, lines.append)
    return lines


def told() -> list[object]:
    """Everything that two builds have in common: no keys, salts, passwords or row numbers."""
    found: list[object] = []
    for one in Conversation.objects.order_by("number").select_related("assigned_to", "case__authority", "context"):
        found += [
            [one.number, one.channel, one.subject, one.state, one.closed_reason, one.public_title, one.published_at],
            [one.first_received_at, one.taken_at, one.first_answered_at, one.answer_due, one.message_count],
            [str(one.assigned_to), one.case and one.case.dnr, one.context and one.context.text],
        ]
        for message in one.messages.order_by("id").select_related("record__case__authority", "sender"):
            record = message.record
            found += [
                [message.direction, str(message.sender), message.visibility, message.sent_at, message.deleted_at],
                [record.dnr, record.kind, record.state, record.subject, record.secret, record.occurred_at],
                [(version.subject, version.text, version.whole) for version in record.versions.order_by("number")],
            ]
            if message.direction == Message.IN:
                found.append(message.external_id)
    found += Note.objects.order_by("id").values_list("author__name", "at", "record__versions__text")
    found += Outbox.objects.order_by("id").values_list("way", "state", "address", "sent_at")
    found += Receipt.objects.order_by("id").values_list("helped", "thanks", "made_at")
    found += Entry.objects.order_by("id").values_list("kind", "at", "sequence")
    found += Checkpoint.objects.order_by("size").values_list("size", "signed_at")
    found += Quarantined.objects.order_by("id").values_list("reason", "at")
    found += RawEvent.objects.order_by("id").values_list("delivery", "state")
    return found


def test_the_first_messages_come_with_all_that_hangs_on_them() -> None:
    some = build.chosen(STORY, 40)
    said = [event for event in some if isinstance(event, Said)]
    keys = {event.key for event in said}
    assert said == [event for event in STORY if isinstance(event, Said)][:40]
    assert [event for event in STORY if event.key in keys] == [
        event for event in some if not isinstance(event, Posted | Delivered)
    ]
    assert build.chosen(STORY, None) == STORY
    assert build.chosen(STORY, 0) == []


@pytest.mark.parametrize(
    ("topic", "question", "answer", "title"),
    [
        pytest.param(
            "Bad", "Hej, är simhallen öppen på söndagar? Mvh", "Ja.", "Är simhallen öppen på söndagar?", id="hello"
        ),
        pytest.param(
            "Bad", "öppet på julafton?", "Nej, inte då.", "Bad: öppet på julafton?", id="a short one needs more"
        ),
        pytest.param(
            "Bad", "Jag undrar. Någon som vet?", "Ja, på fredag.", "Bad: ja, på fredag", id="no real question"
        ),
        pytest.param("Bad", "Stängt igen.", "Det är fel. Pumpen är trasig.", "Bad: pumpen är trasig", id="a statement"),
        pytest.param("Bad", "Vet Amina när ni öppnar?", "Snart.", "Bad", id="never a name"),
        pytest.param("Bad", "Hallå?", "Ja!", "Bad", id="nothing said"),
    ],
)
def test_titles_of_what_is_published(topic: str, question: str, answer: str, title: str) -> None:
    assert playing.title_of(topic, question, answer) == title


def test_every_way_to_close_in_the_story_is_one_of_the_desk() -> None:
    reasons = {event.reason for event in STORY if isinstance(event, Closed)}
    assert reasons == playing.CLOSED_AS.keys()
    assert set(playing.CLOSED_AS.values()) <= set(CODES)


@pytest.mark.parametrize("key", [picture.key for picture in PICTURES])
def test_pictures_are_what_their_names_say(key: str) -> None:
    picture = payloads.SHOWN[key]
    body = pictures.draw(picture)
    assert file_rules.sniff(body).media_type == picture.media_type
    assert body == pictures.draw(picture)
    assert len(body) < 100_000


@pytest.mark.once
@pytest.mark.django_db
def test_two_builds_tell_the_same() -> None:
    towns = []
    for _ in range(2):
        with transaction.atomic():
            built(40)
            towns.append(told())
            transaction.set_rollback(True)
    assert len(towns[0]) > 300
    assert towns[0] == towns[1]


@pytest.mark.django_db
def test_whoever_builds_can_log_in_as_each_role_and_nobody_else_reads_how(home: Path, client: Client) -> None:
    lines = built(3)
    path = home / "demo-inloggning.txt"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() in lines
    rows = [line.split() for line in path.read_text().splitlines() if "@ekevik.example" in line]
    assert len(rows) == len(Role)
    for row in rows:
        address, password = row[-2:]
        assert len(password) >= 12
        answer = client.post("/konto/login/", {"login": address, "password": password})
        assert answer.status_code == 302
        assert client.get("/disk/").status_code == 200
        client.logout()
    addresses = {row[-2] for row in rows}
    assert set(User.objects.filter(email__in=addresses).values_list("role", flat=True)) == {role.value for role in Role}
    assert not any(user.has_usable_password() for user in User.objects.exclude(email__in=addresses))


@pytest.mark.django_db
def test_the_town_has_its_own_figures_and_no_default() -> None:
    built(1)
    organisation = Organisation.current()
    assert (organisation.name, organisation.demo, organisation.register_public) == (town.NAME, True, True)
    figures = dict(UnitCost.objects.values_list("key", "value"))
    assert figures == {cost.key: float(cost.value) for cost in town.UNIT_COSTS}
    assert not UnitCost.objects.filter(is_default=True).exists()


@pytest.mark.django_db
def test_a_build_that_breaks_off_leaves_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> str:
        raise OSError("no space left")

    monkeypatch.setattr(build, "_keep_logins", full)
    with pytest.raises(OSError, match="no space"):
        built(20)
    assert not Organisation.objects.exists()
    assert not Conversation.objects.exists()
    assert not (home / "utgaende-post").exists()
    assert not list(home.glob(".demo-*"))


@pytest.mark.django_db
def test_an_action_that_does_something_else_than_the_story_says_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payloads, "mail", lambda *_: b"")
    with pytest.raises(playing.OutOfStory, match="not new"):
        built(3)


@pytest.mark.django_db
def test_mail_stays_in_the_folder_even_where_a_server_is_set(home: Path, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    built(20)
    sent = list(Outbox.objects.filter(way="email").order_by("sent_at"))
    assert sent
    assert {outbox.state for outbox in sent} == {"sent"}
    mails = sorted((home / "utgaende-post").iterdir())
    assert [message_from_bytes(mail.read_bytes())["To"] for mail in mails] == [outbox.address for outbox in sent]
    assert all(mail.name.startswith("2026") for mail in mails)
    assert settings.EMAIL_BACKEND == "django.core.mail.backends.smtp.EmailBackend"


# Pictures are made in child processes, and the whole month takes its time: in `make test`, not in `make check`.
@pytest.mark.once
@pytest.mark.services
@pytest.mark.django_db
def test_the_whole_month_is_as_the_story_tells_it(home: Path, client: Client) -> None:
    built(None)
    _messages_and_states()
    _what_was_hard()
    _journal_and_results()
    # Beside the answers lie what went out by a channel and the letters to experts.
    assert (
        len(list((home / "utgaende-post").iterdir())) >= Outbox.objects.filter(way="email", state="sent").count() > 20
    )
    _morning_after()
    _pages(client, home)


def _messages_and_states() -> None:
    received = Message.objects.filter(direction=Message.IN)
    wanted = Counter(event.channel for event in STORY if isinstance(event, Said))
    wanted["web"] += 1  # the notice of the morning after
    assert Counter(received.values_list("account__channel", flat=True)) == wanted
    # Connected programs come by `api`, and the town has none.
    assert wanted.keys() | {"bluesky", "feed", "api"} == CHANNELS.keys()
    states = Counter(Conversation.objects.values_list("state", flat=True))
    assert states["new"] + states["assigned"] + states["waiting"] == 25
    # One more than in the month: the answer of the morning after that leaves later.
    assert states["answered"] == 239
    published = Conversation.objects.exclude(published_at=None)
    assert published.count() == 25
    assert not {word for one in published for word in re.findall(r"\w+", one.public_title)} & playing.NAMES
    assert sorted(Quarantined.objects.values_list("reason", flat=True)) == ["not_a_mail", "not_json"]
    assert set(Outbox.objects.values_list("state", flat=True)) == {
        "sent", "no_way_out", "approved", "unknown", "bounced",
    }  # fmt: skip
    assert not RawEvent.objects.filter(state=RawEvent.WAITING).exists()
    # Besides the copy that moderation keeps as evidence, which is not for showing, all is ready.
    assert (
        not Blob.objects.exclude(showing="ready")
        .exclude(pk__in=Evidence.objects.exclude(blob=None).values("blob"))
        .exists()
    )
    with_files = Message.objects.filter(record__attachments__isnull=False).distinct()
    assert with_files.count() == sum(
        bool(event.attachments) and event.channel in ("mail", "web") for event in STORY if isinstance(event, Said)
    )


def _morning_after() -> None:
    assert set(Account.objects.exclude(state="off").values_list("channel", "state")) == {
        ("mail", "good"), ("mastodon", "good"), ("bluesky", "failing"),
    }  # fmt: skip
    assert Gap.objects.filter(filled_at=None).count() == 2
    assert Approval.objects.count() == 1
    assert set(ExpertRequest.objects.values_list("state", flat=True)) == {"asked", "answered"}
    assert set(Post.objects.values_list("stage", flat=True)) >= {"draft", "waiting"}
    assert (Removal.objects.count(), ModerationNotice.objects.count()) == (1, 1)
    assert Conversation.objects.filter(snoozed_until__isnull=False).count() == 1


def _what_was_hard() -> None:
    ids = {event.key: event.external_id for event in STORY if isinstance(event, Said)}
    first, second, third = Message.objects.get(external_id=ids["edit"]).record.versions.order_by("number")
    assert first.text == third.text != second.text
    assert Message.objects.exclude(deleted_at=None).get().external_id == ids["deleted"]
    child = Message.objects.get(external_id=ids["child"].strip("<>"))
    assert child.record.secret
    assert child.record.secrecy_provision == "26 kap. 1 § OSL"
    harassed = Message.objects.get(external_id=ids["harass-1"].strip("<>")).conversation
    assert (harassed.message_count, harassed.state, harassed.closed_reason) == (6, "closed", "harassment")
    reply = Message.objects.get(external_id=ids["thread-4"].strip("<>")).record.latest
    assert reply.text == "Perfekt, skissen kommer i veckan. Får värmarna gå på gasol?"
    assert "Skickat: den 11 november" in reply.whole
    assert Record.objects.filter(has_identity_number=True).exists()
    under = Conversation.objects.exclude(context=None)
    assert under.count() >= 40
    assert not under.filter(context__text="").exists()
    late = Conversation.objects.get(subject="Bullerplank vid Norrbyleden")
    assert late.first_answered_at is not None
    assert late.first_answered_at - late.answer_due > timedelta(days=20)


def _journal_and_results() -> None:
    assert not Entry.objects.waiting().exists()
    assert journal.audit() == Entry.objects.count() > 1000
    signed = list(Checkpoint.objects.order_by("size").values_list("signed_at", flat=True))
    assert signed == sorted(signed)
    assert build.FOUNDED <= signed[0] < story.START + timedelta(days=1)
    assert signed[-1] <= story.NOW
    assert len({moment.date() for moment in signed}) > 25
    week = week_report("2026-W46")
    assert week["people_helped"] >= 20
    assert week["answer_time"]["answers"] >= 60
    assert 2 < week["answer_time"]["median_hours"] < 4
    assert week["missing_assumptions"] == []
    assert not any(source["is_default"] for source in week["sources"])


def _pages(client: Client, home: Path) -> None:
    receipt = (home / "demo-inloggning.txt").read_text().rpartition("8000")[2].strip()
    assert receipt.startswith("/kvitto/")
    public = [one.number for one in Conversation.objects.exclude(published_at=None)]
    open_pages = ["/", "/skriv/", "/diarium/", "/kanaler/", "/journal/", receipt]
    for address in (*open_pages, *(f"/samtal/{number}/" for number in public)):
        assert client.get(address).status_code == 200, address
    client.force_login(User.objects.get(email="amina@ekevik.example"))
    queues = [f"/disk/?ko={name}" for name in ("new", "mine", "waiting", "answered")]
    some = Conversation.objects.filter(number__gt=0).order_by("-message_count", "number")[:40]
    for address in ("/disk/", *queues, "/resultat/?vecka=2026-W46", *(f"/disk/{one.number}/" for one in some)):
        assert client.get(address).status_code == 200, address
