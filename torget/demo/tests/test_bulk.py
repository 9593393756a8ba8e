"""The bulk writer's rows are the actions' own: the same plan is played through both, and every table is compared."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Sum

from torget.conversations import actions, priority
from torget.conversations.actions import account_for
from torget.conversations.actions.taking import Taking
from torget.conversations.models import Account, Conversation, Message, Receipt
from torget.core import clock
from torget.demo import build, bulk, story
from torget.demo.bulk import byhand, plan, writing
from torget.demo.happenings import Said
from torget.journal import actions as journal
from torget.journal import checks as journal_checks
from torget.journal.models import Entry
from torget.organisations import actions as organisations
from torget.organisations.models import Authority, Organisation, User
from torget.register import checks as register_checks
from torget.register import reading as register_reading
from torget.register import rules as register
from torget.register.actions import cases, deciding, showing
from torget.register.looking import Filters
from torget.register.models import Record, Shown
from torget.results import actions as results
from torget.results.models import DailyRollup
from torget.search import actions as search
from torget.search import reading as finding
from torget.search.models import Entry as Indexed

START, END = datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 10, 16, tzinfo=UTC)
MESSAGES = 300


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> None:
    settings.TORGET_HOME = tmp_path


@pytest.fixture
def staff(db: None) -> list[User]:
    Organisation.objects.create(name="Ekeviks kommun", short_name="Ekevik", demo=True)
    Authority.objects.create(name="Kommunstyrelsen", prefix="KS", archive_creator="Ekevik", is_default=True)
    organisations.add_public_holidays(2026)
    return [
        User.objects.create(email=f"a{n}@exempel.se", name=f"Anna {n} Exempel", role="communicator") for n in range(3)
    ]


@pytest.fixture
def accounts(staff: list[User]) -> dict[str, Account]:
    return {channel: account_for(channel, "" if channel == "web" else "ekevik") for channel in set(plan.CHANNELS)}


@pytest.fixture
def even_chance(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Randomness that is the same each time it is begun anew: salts, and the names of answers."""
    drawn = 0

    def urandom(size: int) -> bytes:
        nonlocal drawn
        drawn += 1
        return hashlib.sha256(drawn.to_bytes(8)).digest()[:size]

    def anew() -> None:
        nonlocal drawn
        drawn = 0

    monkeypatch.setattr("os.urandom", urandom)
    return anew


def _chapters() -> list[list[plan.Event]]:
    return list(plan.chapters(MESSAGES, start=START, end=END, size=MESSAGES // 3))


def _by_actions(accounts: dict[str, Account], staff: list[User]) -> None:
    """Play the plan as it would have happened: each thing at its moment, through the actions."""
    for chapter in _chapters():
        for event in chapter:
            with clock.at(event.at), transaction.atomic():
                if isinstance(event, plan.Came):
                    _come(event, accounts)
                    continue
                name = event.to if isinstance(event, plan.Answered) else event.of
                conversation = Message.objects.get(account=accounts[event.channel], external_id=name).conversation
                _deal(event, conversation, staff)
        with clock.at(chapter[-1].at):
            journal.sequence(limit=10_000)


def _come(event: plan.Came, accounts: dict[str, Account]) -> None:
    if event.nonce:
        written = actions.Written(text=event.incoming.text, subject=event.incoming.subject, nonce=event.nonce)
        actions.post_form(written)
    else:
        Taking(accounts[event.channel]).take([(event.incoming, ())])


def _deal(event: plan.Event, conversation: Conversation, staff: list[User]) -> None:
    if isinstance(event, plan.Closed):
        actions.close(conversation, reason="no_question", by=staff[event.by])
    elif isinstance(event, plan.Answered):
        actions.reply(conversation, text=event.text, seen=conversation.message_count, by=staff[event.by])
    elif isinstance(event, plan.Judged):
        actions.say_helped(conversation.receipts.get(), event.helped)
    elif isinstance(event, plan.Confirmed):
        for message in conversation.messages.order_by("pk"):
            deciding.confirm_many([message.record], state=None, by=staff[event.by])
        if event.shut and conversation.case:
            cases.close_case(conversation.case, working=[], keep=[], by=staff[event.by])


# Who numbers entries just now is no part of what happened.
NOT_COMPARED = {"journal.SequencerLease", "core.Heartbeat"}


def _stored() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table of ours, as the models read it."""
    return {
        model._meta.label: [_plain(row) for row in model._default_manager.order_by("pk").values()]
        for model in apps.get_models(include_auto_created=True)
        if model.__module__.startswith("torget") and model._meta.label not in NOT_COMPARED
    }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: bytes(value) if isinstance(value, memoryview) else value for name, value in row.items()}


def _undone(do: Any) -> dict[str, list[dict[str, Any]]]:
    """What is stored when `do` has been done; afterwards all is as before. The keys begin where the rows end."""
    with connection.cursor() as cursor:
        # PostgreSQL counts on over what was undone.
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models(include_auto_created=True)):
            cursor.execute(statement)
    with transaction.atomic():
        do()
        stored = _stored()
        transaction.set_rollback(True)
    return stored


@pytest.mark.django_db
def test_rows_are_those_that_the_actions_write(
    accounts: dict[str, Account], staff: list[User], even_chance: Any
) -> None:
    journal.signing_key()
    even_chance()
    acted = _undone(lambda: _by_actions(accounts, staff))
    even_chance()
    written = _undone(lambda: bulk.write(_chapters(), accounts=accounts, staff=staff))
    assert len(acted["conversations.Message"]) == MESSAGES
    assert {label for label, rows in acted.items() if len(rows) > 40} >= {
        "people.Contact", "register.Case", "register.Record", "register.RecordVersion", "conversations.Conversation",
        "conversations.Message", "conversations.Outbox", "journal.Entry", "journal.Node",
        "register.Shown",
    }  # fmt: skip
    assert sum(bool(row["helped"]) for row in acted["conversations.Receipt"]) > 5
    assert sum(bool(row["closed_at"]) for row in acted["register.Case"]) > 30
    for label, rows in acted.items():
        assert len(written[label]) == len(rows), label
        for ours, theirs in zip(written[label], rows, strict=True):
            assert ours == theirs, label


@pytest.mark.django_db
def test_the_journal_verifies_and_goes_on(accounts: dict[str, Account], staff: list[User]) -> None:
    bulk.write(_chapters(), accounts=accounts, staff=staff)
    size = journal.audit()
    assert size == Entry.objects.count()
    proof = journal.prove(Entry.objects.order_by("pk")[size // 2])
    assert proof.size == size
    with clock.at(END), transaction.atomic():
        taking = Taking(accounts["mail"])
        came = next(one for one in _chapters()[0] if isinstance(one, plan.Came) and one.channel == "mail")
        taking.take([(came.incoming, ())])
        assert taking.counts["had"] == 1
    message = Message.objects.filter(direction="in").order_by("-pk")[0]
    with clock.at(END):
        conversation = message.conversation
        actions.reply(conversation, text="Tack.", seen=conversation.message_count, by=staff[0])
        assert journal.sequence() == 1
    assert journal.audit() == size + 1


@pytest.mark.django_db
def test_a_written_town_is_whole(
    accounts: dict[str, Account], staff: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What holds in a town that was played holds here: doctor, journal, register, search, results. With deeds by hand."""
    bulk.write(_chapters(), accounts=accounts, staff=staff)
    for name, every in (("PUBLISHED", 7), ("SECRET", 23), ("NOTED", 11), ("TAGGED", 9)):
        monkeypatch.setattr(byhand, name, every)
    with clock.at(END):
        assert byhand.touch((1, Conversation.objects.count()), staff) > 40
        journal.sequence(limit=10_000)
        assert journal.audit() == Entry.objects.count()
        said = [*register_checks.all_versions(), *journal_checks.whole(), *journal_checks.examine()]
        assert said and all(check.ok for check in said), said
        _the_register_reads_it()
        _search_finds_it(staff[0])
        _results_are_a_recount()


def _the_register_reads_it() -> None:
    """Its index is what the actions make of the records, and the pages show all of them once."""
    before = {row["record_id"]: row for row in Shown.objects.values()}
    showing.show(list(before))
    assert {row["record_id"]: row for row in Shown.objects.values()} == before
    public, found, after = Record.objects.for_public(), list[int](), ""
    while True:
        page = register_reading.find(Filters(), after=after)
        found += [row.key for row in page.rows]
        if not (after := page.after):
            break
    assert sorted(found) == sorted(public.values_list("pk", flat=True))
    word = Shown.objects.exclude(words="").values_list("words", flat=True)[0].split()[0]
    assert register_reading.find(Filters(text=f"{word}*")).rows


def _search_finds_it(user: User) -> None:
    assert search.rebuild() == Indexed.objects.count() >= MESSAGES
    assert search.index(list(Conversation.objects.values_list("pk", flat=True))) == 0
    assert finding.find(user, "gäller").hits
    assert finding.find(user, '"det gäller"').hits


def _results_are_a_recount() -> None:
    results.catch_up()
    sums = DailyRollup.objects.aggregate(
        *map(Sum, ("received", "answered", "helped_yes", "helped_partly", "helped_no"))
    )
    answered = Conversation.objects.filter(first_answered_at__isnull=False).count()
    assert (sums["received__sum"], sums["answered__sum"]) == (Conversation.objects.count(), answered)
    for helped in ("yes", "partly", "no"):
        assert sums[f"helped_{helped}__sum"] == Receipt.objects.filter(helped=helped).count()
    assert results.catch_up() == 0


def test_what_is_added_to_a_text_changes_nothing_that_the_rules_say() -> None:
    """The writer judges a text without what is added: that holds for what the plan makes."""
    chapters = plan.chapters(3000, start=START, end=END, size=1000)
    came = [event for chapter in chapters for event in chapter if isinstance(event, plan.Came)]
    assert len({event.incoming.text for event in came}) > 1200
    for event in came:
        item, body = event.incoming, event.body
        for in_case in (False, True):
            whole = register.propose(f"{item.subject}\n{item.text}", addressed=True, in_case=in_case)
            assert whole == writing.judged(item.subject, body, True, in_case), item.text
        assert priority.signs_of(f"{item.subject}\n{item.text}") == writing.signs(item.subject, body), item.text
        assert writing.named(item.subject, item.text) == writing.named(item.subject, body), item.text


def test_the_plan_has_as_many_messages_as_were_asked_for_and_in_order() -> None:
    for total in (1, 7, 250):
        chapters = list(plan.chapters(total, start=START, end=END, size=100))
        events = [event for chapter in chapters for event in chapter]
        assert sum(isinstance(event, plan.SAID) for event in events) == total
        assert [event.at for event in events] == sorted(event.at for event in events)
        assert events[0].at >= START and events[-1].at < END


@pytest.mark.django_db
def test_a_town_may_have_a_past(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """`torget demo --messages N` with more than the month has; the month itself is left out here to save time."""
    settings.MAIL_FOLDER = tmp_path / "utgaende-post"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    month = [event for event in story.events() if isinstance(event, Said)][:3]
    monkeypatch.setattr(story, "events", lambda: month)
    said: list[str] = []
    build.ekevik(63, said.append)
    assert Message.objects.count() == 63
    assert journal.audit() == Entry.objects.count()
    assert Message.objects.filter(captured_at__lt=build.FOUNDED).count() == 60
    assert list(Conversation.objects.order_by("number").values_list("number", flat=True)) == list(
        range(1, Conversation.objects.count() + 1)
    )
    assert Entry.objects.filter(sequence=None).count() == 0
    assert Indexed.objects.count() == 63
