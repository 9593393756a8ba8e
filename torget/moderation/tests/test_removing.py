"""Taking away: a copy first, gone from our pages at once, asked away in its channel once, and shown again."""

import json
from datetime import timedelta
from hashlib import sha256

import pytest
from django.db import IntegrityError, transaction

from tests.support.making import MONDAY, Town, first, fresh, incoming
from torget.channels import live
from torget.channels.base import Deleted, Visibility
from torget.conversations import actions as conversations
from torget.conversations.models import Account, Message, Outbox, RawEvent
from torget.core import clock
from torget.core.errors import Refused
from torget.core.models import PublicVersion
from torget.files import actions as files
from torget.journal.models import Entry
from torget.moderation import actions, words
from torget.moderation.models import Evidence, Removal
from torget.moderation.rules.grounds import Ground, How, State, Way
from torget.moderation.tests.told import Told
from torget.register.models import Record


def _remove(message: Message, by: object, **more: object) -> Removal:
    given: dict[str, object] = {"ground": Ground.THREAT, "how": How.REMOVE}
    return actions.remove(message, by=by, **(given | more))  # type: ignore[arg-type]


def _refused(call: object, *given: object, **named: object) -> str:
    with pytest.raises(Refused) as refused:
        call(*given, **named)  # type: ignore[operator]
    return refused.value.code


def _kinds(message: Message) -> list[str]:
    return list(Entry.objects.filter(object_ref=message.ref).order_by("pk").values_list("kind", flat=True))


# ---- evidence -------------------------------------------------------------------------------------------------------


def test_a_copy_is_kept_before_anything_is_taken_away(town: Town, comment: Message) -> None:
    town.take(incoming(comment.external_id, "Jag ska verkligen döda dig", edited_at=MONDAY), account=comment.account)
    removal = _remove(comment, town.user())
    body = files.read_verified(str(removal.evidence.blob_id))
    copy = json.loads(body)
    assert [version["document"]["text"] for version in copy["versions"]] == [
        "Jag ska döda dig",
        "Jag ska verkligen döda dig",
    ]
    assert copy["message"]["external_id"] == comment.external_id
    assert copy["message"]["sender"]["address"] == "signe@social.example"
    assert sha256(body).hexdigest() == removal.evidence.blob_id
    latest = comment.record.versions.order_by("-number")[0]
    assert (removal.evidence.version, bytes(removal.evidence.version_digest)) == (2, bytes(latest.digest))
    entry = Entry.objects.get(object_ref=comment.ref, kind="message.removed")
    assert bytes(entry.digest) == bytes(removal.evidence.digest)


def test_the_deliveries_it_came_in_are_in_the_copy(town: Town) -> None:
    account = conversations.account_for("csv", "enkat")
    table = "id;text;synlighet\n7;Jag vet var du bor;offentlig\n8;Tack;offentlig\n"
    for event in town.store(table.encode(), account=account):
        conversations.parse(event)
    message = Message.objects.get(account=account, record__versions__text__contains="bor")
    message = conversations.publish(message.conversation, title="Fråga", by=town.user()).messages.get()
    removal = _remove(message, town.user())
    copy = json.loads(files.read_verified(str(removal.evidence.blob_id)))
    assert len(copy["raw_events"]) == removal.evidence.raw_events == 1
    assert copy["raw_events"][0]["sha256"] == sha256(table.encode()).hexdigest()


def test_a_delivery_far_back_and_one_that_came_again_are_in_the_copy(town: Town) -> None:
    """A storm brings many before the first is taken in; and a thread is fetched anew with what we have already."""
    account = conversations.account_for("csv", "enkat")
    events = town.store(b"id;text;synlighet\nanka-700012;Jag vet var du bor;offentlig\n", account=account)
    short = town.store(b"id;text;synlighet\n7;Jag vet var du jobbar;offentlig\n", account=account)
    for number in range(60):
        town.store(f"id;text;synlighet\n{number + 100};Hej {number};offentlig\n".encode(), account=account)
    again = town.store(b"id;text;synlighet\nanka-700012;Jag vet var du bor;offentlig\n1;x;offentlig\n", account=account)
    RawEvent.objects.update(captured_at=MONDAY)
    for event in [*events, *short, *again]:
        conversations.parse(event)
    for said, wanted in (("du bor", [*events, *again]), ("jobbar", short)):
        message = Message.objects.get(account=account, record__versions__text__contains=said)
        assert [raw.pk for raw in conversations.deliveries_of(message)] == [raw.pk for raw in wanted]


def test_without_a_copy_nothing_is_taken_away(town: Town, comment: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **more: object) -> None:
        raise Refused("disk_full")

    monkeypatch.setattr(files, "keep", full)
    assert _refused(_remove, comment, town.user()) == "disk_full"
    comment.refresh_from_db()
    assert (comment.removed_at, Removal.objects.count()) == (None, 0)


def test_the_database_takes_no_evidence_without_a_copy(town: Town, comment: Message) -> None:
    removal = _remove(comment, town.user())
    with pytest.raises(IntegrityError), transaction.atomic():
        Evidence.objects.filter(pk=removal.evidence.pk).update(blob=None)


def test_what_may_not_be_copied_is_not(town: Town, comment: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*args: object, **more: object) -> None:
        raise AssertionError("a copy was made")

    monkeypatch.setattr(files, "keep", never)
    removal = _remove(comment, town.user(), ground=Ground.CHILD_ABUSE)
    assert (removal.evidence.blob, removal.state) == (None, "asked")


def test_what_changed_while_it_was_copied_is_read_again(
    town: Town, comment: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = files.keep

    def meanwhile(*args: object, **more: object) -> object:
        town.take(incoming(comment.external_id, "Förlåt", edited_at=MONDAY), account=comment.account)
        return keep(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(files, "keep", meanwhile)
    assert _refused(_remove, comment, town.user()) == "changed_since"
    assert not Removal.objects.exists()


# ---- off our pages ---------------------------------------------------------------------------------------------------


def test_record_and_case_stay_and_the_page_goes_on_without_it(town: Town) -> None:
    by, conversation = town.user(), town.said("Bron är fin")
    town.take(incoming("b", "Idiot", in_reply_to=first(conversation).external_id, visibility=Visibility.PUBLIC))
    conversations.publish(conversation, title="Bron", by=by)
    bad = conversation.messages.order_by("pk")[1]
    records, version = Record.objects.count(), PublicVersion.current()
    removal = _remove(bad, by, ground=Ground.INSULTS, how=How.HIDE)
    bad.refresh_from_db()
    assert (bad.removed_at, bad.published_version) == (MONDAY, None)
    assert (removal.way, removal.state, removal.done_at) == (Way.HERE, State.DONE, MONDAY)
    assert Record.objects.count() == records
    assert fresh(conversation).published_at is not None
    assert fresh(conversation).public_version > conversation.public_version
    assert PublicVersion.current() > version
    assert _kinds(bad) == ["message.hidden"]


def test_with_its_last_message_the_page_is_taken_down_and_comes_back_only_by_publishing(town: Town) -> None:
    by, conversation = town.user(), town.said("Idiot")
    conversations.publish(conversation, title="Bron", by=by)
    removal = _remove(first(conversation), by)
    assert fresh(conversation).published_at is None
    actions.undo(removal, by=by)
    assert first(conversation).published_version is None


def test_what_was_public_is_public_again_when_it_is_shown_again(town: Town) -> None:
    by, conversation = town.user(), town.said("Bron är fin")
    town.take(incoming("b", "Idiot", in_reply_to=first(conversation).external_id, visibility=Visibility.PUBLIC))
    conversations.publish(conversation, title="Bron", by=by)
    bad = conversation.messages.order_by("pk")[1]
    removal = _remove(bad, by)
    actions.undo(removal, by=town.user())
    bad.refresh_from_db()
    assert (bad.removed_at, bad.published_version) == (None, 1)
    assert _kinds(bad) == ["message.removed", "message.shown_again"]
    assert _refused(actions.undo, removal, by=by) == "undone_already"
    assert _remove(bad, by).state == State.DONE


@pytest.mark.parametrize("visibility", [Visibility.DIRECT, Visibility.FOLLOWERS])
def test_what_was_said_to_us_alone_is_not_taken_away(town: Town, visibility: Visibility) -> None:
    account = town.account("mastodon", "ekevik")
    message = first(town.given("Idiot", account=account, visibility=visibility))
    assert _refused(_remove, message, town.user()) == "nobody_sees_it"


def test_once_is_enough_and_its_writer_may_be_first(town: Town, comment: Message) -> None:
    by = town.user()
    removal = _remove(comment, by)
    assert _refused(_remove, comment, by) == "already_removed"
    assert Evidence.objects.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        removal.pk, removal.secret_hash = None, "x"
        removal.evidence = Evidence.objects.get()
        removal.save(force_insert=True)
    other = first(town.given("Idiot", account=comment.account, visibility=Visibility.PUBLIC))
    town.take(Deleted(external_id=other.external_id), account=comment.account)
    assert _refused(_remove, other, by) == "gone_already"


# ---- in the channel --------------------------------------------------------------------------------------------------


def _state(removal: Removal) -> tuple[str, str]:
    removal.refresh_from_db()
    return removal.state, removal.problem


def test_a_connected_channel_is_asked_once(town: Town, channel: type[Told], comment: Message) -> None:
    removal = _remove(comment, town.user())
    assert (removal.way, removal.state) == (Way.CHANNEL, State.ASKED)
    assert actions.remove_waiting() == 1
    assert actions.remove_waiting() == 0
    assert channel.asked == [comment.external_id]
    assert _state(removal) == ("done", "")
    assert _kinds(comment) == ["message.removed", "removal.done"]


@pytest.mark.parametrize(
    ("problem", "state", "why"),
    [
        pytest.param(live.GiveUp("not_ours"), "refused", "not_ours", id="a channel that does not let us"),
        pytest.param(live.Unknown("http_500"), "unknown", "http_500", id="done or not"),
        pytest.param(ValueError("hemligt"), "unknown", "ValueError", id="a fault of ours says its kind only"),
        pytest.param(live.Retry("http_429", 30.0), "asked", "http_429", id="later"),
        pytest.param(live.NeedsLogin("token"), "asked", "needs_login", id="a token that has run out"),
    ],
)
def test_what_the_channel_says_is_what_is_known(
    town: Town, channel: type[Told], comment: Message, problem: Exception, state: str, why: str
) -> None:
    removal = _remove(comment, town.user())
    channel.says = [problem]
    actions.remove_waiting()
    assert _state(removal) == (state, why)
    assert actions.remove_waiting() == 0, "nothing is repeated blindly, nor before its time"
    assert len(channel.asked) == 1


def test_what_is_to_be_tried_later_is_tried_later_and_at_last_a_person_decides(
    town: Town, channel: type[Told], comment: Message
) -> None:
    by = town.user()
    removal = _remove(comment, by)
    channel.says = [live.Retry("http_503") for _ in range(6)]
    for hours in range(6):
        with clock.at(MONDAY + timedelta(hours=3 * hours)):
            actions.remove_waiting()
    assert _state(removal) == ("refused", "http_503")
    actions.decide(removal, gone=False, by=by)
    assert _state(removal) == ("asked", "")
    actions.remove_waiting()
    assert _state(removal) == ("done", "")
    assert len(channel.asked) == 7


def test_a_worker_that_died_in_the_middle_leaves_it_unknown(town: Town, channel: type[Told], comment: Message) -> None:
    by = town.user()
    removal = _remove(comment, by)
    Removal.objects.update(state="doing", lease_owner="other", lease_until=MONDAY + timedelta(minutes=2))
    assert actions.remove_waiting() == 0
    assert _refused(actions.undo, removal, by=by) == "in_hand"
    with clock.at(MONDAY + timedelta(minutes=3)):
        assert actions.remove_waiting() == 1
    assert _state(removal) == ("unknown", "worker_stopped")
    assert channel.asked == []
    actions.decide(removal, gone=True, by=by)
    assert _state(removal) == ("done", "")
    assert _kinds(comment)[-1] == "removal.found_gone"


def test_what_is_shown_again_before_the_channel_was_asked_is_never_asked(
    town: Town, channel: type[Told], comment: Message
) -> None:
    by = town.user()
    actions.undo(_remove(comment, by), by=by)
    assert actions.remove_waiting() == 0
    assert channel.asked == []


def test_where_the_account_is_not_connected_a_person_does_it(town: Town, comment: Message) -> None:
    by = town.user()
    removal = _remove(comment, by)
    assert (removal.way, removal.state) == (Way.BY_HAND, State.ASKED)
    assert actions.remove_waiting() == 0
    actions.decide(removal, gone=False, by=by)
    assert _state(removal)[0] == "asked"
    actions.decide(removal, gone=True, by=by)
    assert _state(removal)[0] == "done"


def test_an_account_that_was_disconnected_meanwhile_asks_nobody(
    town: Town, channel: type[Told], comment: Message
) -> None:
    removal = _remove(comment, town.user())
    Account.objects.update(state=Account.OFF)
    actions.remove_waiting()
    assert _state(removal) == ("refused", "not_connected")


# ---- the writer is told ----------------------------------------------------------------------------------------------


def _statement(ground: Ground = Ground.THREAT) -> str:
    return words.statement(ground=ground, how=How.REMOVE, by_notice=False)


@pytest.mark.parametrize("ground", list(Ground), ids=str)
@pytest.mark.parametrize("how", list(How), ids=str)
def test_a_statement_says_what_why_by_whom_and_how_to_object(ground: Ground, how: How) -> None:
    text = words.statement(ground=ground, how=how, by_notice=True)
    assert words.ground_word(ground).lower() in text
    for part in ("medarbetare", "ingen maskin", words.LINK, "Justitieombudsmannen", "anmälde"):
        assert part in text
    assert ("brottsbalken" in text or "1960:729" in text or "2022:666" in text) == (ground.value in {
        "threat", "privacy", "incitement", "agitation", "child_abuse", "violence", "terrorism", "copyright",
    })  # fmt: skip


def test_the_writer_gets_the_statement_with_a_link_of_its_own(town: Town, comment: Message) -> None:
    by = town.user()
    removal = _remove(comment, by, statement=_statement())
    actions.tell(removal, by=by)
    removal.refresh_from_db()
    assert removal.told is not None
    text = removal.told.record.latest.text
    address = actions.address_of(actions.secret_of(removal))
    assert address in text and words.LINK not in text
    assert actions.find_removal(address.rstrip("/").rpartition("/")[2]) == removal
    assert Outbox.objects.filter(message=removal.told).exists()


def test_in_an_open_thread_the_wrong_person_is_not_told(town: Town, comment: Message) -> None:
    town.take(
        incoming("b", "Så ska man inte skriva", in_reply_to=comment.external_id, sender=_olle()),
        account=comment.account,
    )
    removal = _remove(comment, town.user(), statement=_statement())
    assert _refused(actions.tell, removal, by=town.user()) == "not_the_asker"


def _olle() -> object:
    from torget.channels.base import Sender

    return Sender(address="olle@social.example", name="Olle Testsson")
