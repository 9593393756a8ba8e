"""A post from draft to register: approval by a colleague, versions, deliveries that leave once, what is unknown."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.support.making import MONDAY
from torget.conversations.models import Account, Context
from torget.conversations.rules import Sending
from torget.core import clock
from torget.core.errors import Refused
from torget.files import actions as files
from torget.files.rules import Showing
from torget.journal.models import Entry
from torget.posts import actions, words
from torget.posts.actions import Chosen, Written
from torget.posts.models import Delivery, Post
from torget.posts.rules import planning
from torget.posts.rules.planning import Stage
from torget.posts.tests.conftest import Planning
from torget.register.models import Record

MINUTE = MONDAY + timedelta(minutes=1)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef"
    "0000000049454e44ae426082"
)


def refused(code: str) -> "pytest.RaisesExc[Refused]":
    return pytest.raises(Refused, match=rf"^{code}(:|$)")


def fresh(post: Post) -> Post:
    return Post.objects.select_related("current", "approved_by").get(pk=post.pk)


def send(at: object = MINUTE) -> int:
    with clock.at(at):  # type: ignore[arg-type]
        return actions.send_waiting()


def only(post: Post) -> Delivery:
    return Delivery.objects.select_related("record", "account").get(post=post)


# ---- writing and approving ------------------------------------------------------------------------------------------


def test_each_save_is_a_version_and_a_save_without_changes_is_none(plan: Planning) -> None:
    post = plan.post("Ett.")
    actions.edit(post, Written("Två.", accounts=(plan.mastodon.pk,)), seen=1, by=plan.boel)
    actions.edit(post, Written("Två.", accounts=(plan.mastodon.pk,)), seen=2, by=plan.anna)
    assert [(v.number, v.text, v.author) for v in post.versions.all()] == [
        (1, "Ett.", plan.anna),
        (2, "Två.", plan.boel),
    ]
    with refused("changed_since"):
        actions.edit(post, Written("Tre.", accounts=(plan.mastodon.pk,)), seen=1, by=plan.anna)
    assert fresh(post).now.text == "Två."


def test_who_wrote_does_not_approve_and_a_colleague_does(plan: Planning) -> None:
    post = plan.post()
    with refused("own_post"):
        actions.approve(post, seen=1, by=plan.anna)
    actions.edit(post, Written("Nya ord.", accounts=(plan.mastodon.pk,)), seen=1, by=plan.boel)
    with refused("own_post"):
        actions.approve(post, seen=2, by=plan.boel)
    with refused("own_post"):
        actions.approve(post, seen=2, by=plan.anna)
    assert not Delivery.objects.exists()
    plan.settings(needs_approval=False)
    actions.approve(post, seen=2, by=plan.anna)
    assert fresh(post).stage == Stage.PLANNED


def test_two_approvers_at_once_make_one_delivery(plan: Planning) -> None:
    post = plan.post()
    actions.submit(post, seen=1, by=plan.anna)
    stale = fresh(post)
    actions.approve(post, seen=1, by=plan.boel)
    with refused("already_approved"):
        actions.approve(stale, seen=1, by=plan.town.user(name="Cai Testlund"))
    assert Delivery.objects.count() == 1
    send()
    assert len(plan.channels["mastodon"].calls) == 1


def test_what_was_not_read_is_not_approved(plan: Planning) -> None:
    post = plan.post()
    actions.submit(post, seen=1, by=plan.anna)
    actions.edit(post, Written("Andra ord.", accounts=(plan.mastodon.pk,)), seen=1, by=plan.anna)
    assert fresh(post).stage == Stage.WAITING
    with refused("changed_since"):
        actions.approve(post, seen=1, by=plan.boel)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        pytest.param({"accounts": ()}, "no_account", id="nowhere to go"),
        pytest.param({"text": "å" * 501}, "too_long", id="a sign too many for the channel"),
        pytest.param({"link": "exempel"}, "bad_link", id="an address that leads nowhere"),
    ],
)
def test_what_is_not_ready_is_not_approved(plan: Planning, changed: dict[str, object], code: str) -> None:
    given = {"text": "Isbanan öppnar.", "accounts": (plan.mastodon.pk,)} | changed
    post = actions.write(Written(**given), by=plan.anna)  # type: ignore[arg-type]
    for deed in (actions.submit, actions.approve):
        with refused("not_ready") as said:
            deed(post, seen=1, by=plan.boel)
        assert said.value.detail == code
    assert code in words.FAULTS


def test_a_picture_without_words_stops_a_post(plan: Planning) -> None:
    blob = files.keep(PNG)
    post = plan.post(pictures=[Chosen(blob, "isbana.png")])
    with refused("not_ready") as said:
        actions.approve(post, seen=1, by=plan.boel)
    assert said.value.detail == "needs_alt"
    written = Written(
        "Isbanan.", accounts=(plan.mastodon.pk,), pictures=[Chosen(blob, "isbana.png", "En isbana i sol.")]
    )
    actions.edit(post, written, seen=1, by=plan.anna)
    actions.approve(post, seen=2, by=plan.boel)
    # The picture is not re-encoded yet: the post waits for it, and no attempt is counted.
    send()
    assert (only(post).state, only(post).problem, only(post).attempts) == ("approved", "pictures_waiting", 0)
    blob.showing, blob.rendition = Showing.READY.value, None
    blob.save()
    send(MINUTE + timedelta(seconds=10))
    [outgoing] = plan.channels["mastodon"].out.values()
    assert [(picture.alt, picture.body) for picture in outgoing.pictures] == [("En isbana i sol.", PNG)]
    record = only(post).record
    assert record is not None
    assert [attachment.filename for attachment in record.attachments.all()] == ["isbana.png"]
    assert "En isbana i sol." in record.latest.whole


def test_changed_words_need_a_new_approval(plan: Planning) -> None:
    post = plan.approved(planned_at=MONDAY + timedelta(hours=2))
    key = only(post).key
    actions.edit(fresh(post), Written("Nya ord.", accounts=(plan.mastodon.pk,)), seen=1, by=plan.anna)
    assert (fresh(post).stage, fresh(post).approved_by, only(post).state) == (Stage.DRAFT, None, Sending.WITHDRAWN)
    assert send(MONDAY + timedelta(hours=3)) == 0
    actions.approve(post, seen=2, by=plan.boel)
    assert only(post).key != key
    send(MONDAY + timedelta(hours=3))
    assert [outgoing.text for outgoing in plan.channels["mastodon"].out.values()] == ["Nya ord."]


def test_another_time_alone_keeps_the_approval_but_not_by_who_wrote(plan: Planning) -> None:
    post = plan.approved(planned_at=MONDAY + timedelta(hours=2))
    sooner = Written(post.now.text, accounts=(plan.mastodon.pk,), planned_at=MONDAY + timedelta(hours=1))
    with refused("own_time"):
        actions.edit(post, sooner, seen=1, by=plan.anna)
    actions.edit(post, sooner, seen=1, by=plan.boel)
    assert (fresh(post).stage, only(post).not_before) == (Stage.PLANNED, MONDAY + timedelta(hours=1))


def test_nothing_leaves_without_a_name_on_it(plan: Planning) -> None:
    post = plan.post()
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.filter(pk=post.pk).update(stage=Stage.PLANNED.value)


def test_sent_back_with_words_and_asked_for_again(plan: Planning) -> None:
    post = plan.post()
    actions.submit(post, seen=1, by=plan.anna)
    with refused("empty"):
        actions.send_back(post, wanted="  ", by=plan.boel)
    actions.send_back(post, wanted="Skriv vilken tid.", by=plan.boel)
    assert (fresh(post).stage, fresh(post).wanted) == (Stage.DRAFT, "Skriv vilken tid.")
    actions.submit(post, seen=1, by=plan.anna)
    assert fresh(post).wanted == ""


def test_a_draft_comes_back_and_what_is_planned_is_not_thrown_away(plan: Planning) -> None:
    post = plan.post()
    actions.delete(post, by=plan.anna)
    assert not Post.objects.kept().exists()
    with refused("deleted"):
        actions.approve(post, seen=1, by=plan.boel)
    actions.restore(post, by=plan.anna)
    actions.approve(post, seen=1, by=plan.boel)
    with refused("is_approved"):
        actions.delete(post, by=plan.anna)


def test_a_copy_is_a_draft_with_the_same_words_and_no_time(plan: Planning) -> None:
    post = plan.approved(variants={plan.mastodon.pk: "Egna ord."}, warning="Is", planned_at=MONDAY + timedelta(days=1))
    copy = actions.duplicate(fresh(post), by=plan.boel)
    assert (copy.stage, copy.planned_at, copy.author, copy.copied_from) == (Stage.DRAFT, None, plan.boel, post)
    assert copy.now.document() == post.now.document()


def test_every_deed_is_in_the_journal_and_has_words(plan: Planning) -> None:
    post = plan.approved()
    send()
    kinds = list(Entry.objects.about(post.ref).values_list("kind", "actor_ref"))
    assert kinds == [("post.written", plan.anna.ref), ("post.approved", plan.boel.ref), ("post.out", "system")]
    assert {kind for kind, _ in kinds} <= set(words.JOURNAL)


# ---- leaving --------------------------------------------------------------------------------------------------------


def test_it_leaves_once_in_each_channel_as_that_channel_takes_it(plan: Planning) -> None:
    post = plan.approved(
        accounts=(plan.mastodon, plan.bluesky), warning="Is", link="https://ekevik.example/is", language="sv"
    )
    assert send(MONDAY + timedelta(seconds=29)) == 0
    assert send() == 2
    assert send(MINUTE + timedelta(hours=5)) == 0
    [ours], [theirs] = plan.channels["mastodon"].out.values(), plan.channels["bluesky"].out.values()
    assert (ours.text, ours.warning) == ("Isbanan öppnar på lördag.\n\nhttps://ekevik.example/is", "Is")
    assert (theirs.text, theirs.warning) == ("[Is]\n\nIsbanan öppnar på lördag.\n\nhttps://ekevik.example/is", "")
    assert fresh(post).stage == Stage.OUT


def test_what_is_out_is_a_record_and_the_context_of_what_is_said_about_it(plan: Planning) -> None:
    post = plan.approved()
    send()
    delivery = only(post)
    record = delivery.record
    assert record is not None
    assert (record.kind, record.state, record.channel) == ("dispatched", "ordered", "mastodon")
    assert (record.confirmed_by, record.latest.text) == (plan.boel, "Isbanan öppnar på lördag.")
    context = Context.objects.get(account=plan.mastodon, external_id=delivery.remote_id)
    assert (context.text, context.url) == ("Isbanan öppnar på lördag.", delivery.remote_url)
    assert list(Entry.objects.about(record.ref).values_list("kind", flat=True)) == [
        "record.drawn_up",
        "record.dispatched",
    ]


def test_it_can_be_taken_back_until_it_leaves(plan: Planning) -> None:
    post = plan.approved()
    actions.withdraw(post, by=plan.anna)
    assert send() == 0
    assert (fresh(post).stage, fresh(post).approved_by) == (Stage.DRAFT, None)
    actions.approve(post, seen=1, by=plan.boel)
    send()
    with refused("already_leaving"):
        actions.withdraw(post, by=plan.anna)


def test_a_channel_that_asks_for_patience_is_tried_again_when_it_said(plan: Planning) -> None:
    plan.channels["mastodon"].mood = ["retry", "well"]
    post = plan.approved()
    send()
    assert only(post).next_attempt_at == MINUTE + timedelta(seconds=300)
    assert send(MINUTE + timedelta(seconds=299)) == 0
    assert send(MINUTE + timedelta(seconds=301)) == 1
    assert (only(post).state, only(post).attempts) == (Sending.SENT, 2)


def test_a_channel_that_says_no_wants_a_person_and_delays_no_other(plan: Planning) -> None:
    plan.channels["mastodon"].mood = ["refused", "well"]
    post = plan.approved(accounts=(plan.mastodon, plan.bluesky))
    send()
    states = dict(Delivery.objects.values_list("account__channel", "state"))
    assert states == {"mastodon": "refused", "bluesky": "sent"}
    assert fresh(post).stage == Stage.TROUBLE
    with refused("partly_out"):
        actions.edit(post, Written("Nytt.", accounts=(plan.mastodon.pk,)), seen=1, by=plan.anna)
    actions.decide(Delivery.objects.get(account=plan.mastodon), decision="again", by=plan.anna)
    send(MINUTE + timedelta(minutes=2))
    assert fresh(post).stage == Stage.OUT
    assert len(plan.channels["bluesky"].calls) == 1


def test_what_was_refused_is_not_sent_with_the_old_words_once_they_are_changed(plan: Planning) -> None:
    plan.channels["mastodon"].mood = ["refused", "well"]
    post = plan.approved()
    send()
    actions.edit(fresh(post), Written("Kortare.", accounts=(plan.mastodon.pk,)), seen=1, by=plan.anna)
    actions.decide(only(post), decision="again", by=plan.anna)
    assert send(MINUTE + timedelta(hours=2)) == 0
    actions.approve(post, seen=2, by=plan.boel)
    send(MINUTE + timedelta(hours=3))
    assert [outgoing.text for outgoing in plan.channels["mastodon"].out.values()] == ["Kortare."]


def test_a_worker_that_dies_between_sent_and_noted_is_found_out_by_a_look(plan: Planning) -> None:
    plan.channels["mastodon"].mood = ["dies"]
    post = plan.approved()
    with clock.at(MINUTE), pytest.raises(SystemExit):
        actions.send_waiting()
    assert only(post).state == Sending.SENDING
    # Nobody touches it while its worker may live.
    assert send(MINUTE + planning.LEASE - timedelta(seconds=1)) == 0
    send(MINUTE + planning.LEASE)
    assert (only(post).state, only(post).found) == (Sending.SENT, "there")
    assert len(plan.channels["mastodon"].calls) == 1
    assert Record.objects.filter(post_delivery__post=post).count() == 1
    assert fresh(post).stage == Stage.OUT


@pytest.mark.parametrize(
    ("decision", "stage", "calls"), [("again", Stage.OUT, 2), ("leave", Stage.DRAFT, 1), ("out", Stage.OUT, 1)]
)
def test_what_is_not_found_a_person_decides(plan: Planning, decision: str, stage: Stage, calls: int) -> None:
    plan.channels["mastodon"].mood = ["lost", "well"]
    post = plan.approved()
    send()
    delivery = only(post)
    assert (delivery.state, delivery.found, fresh(post).stage) == (Sending.UNKNOWN, "not_there", Stage.TROUBLE)
    # No machine repeats it, however often it sweeps.
    assert send(MINUTE + timedelta(days=1)) == 0
    actions.decide(delivery, decision=decision, by=plan.boel)
    actions.decide(delivery, decision="again", by=plan.anna)  # a colleague a second later changes nothing
    send(MINUTE + timedelta(days=1))
    assert (fresh(post).stage, len(plan.channels["mastodon"].calls)) == (stage, calls)


def test_a_channel_that_cannot_be_looked_at_says_so_and_is_looked_at_again_when_asked(plan: Planning) -> None:
    channel = plan.channels["mastodon"]
    channel.mood, channel.sight = ["cut"], "later"
    post = plan.approved()
    send()
    assert only(post).looked_at is None
    channel.sight = "blind"
    send(MINUTE + timedelta(minutes=3))
    assert only(post).found == "cannot_see"
    channel.sight = "well"
    actions.ask_to_look(only(post), by=plan.anna)
    send(MINUTE + timedelta(minutes=4))
    assert (only(post).state, len(channel.calls)) == (Sending.SENT, 1)


def test_an_account_that_is_not_connected_is_for_a_hand(plan: Planning) -> None:
    facebook = Account.objects.create(channel="facebook", handle="ekevik", name="Ekevik", authority=plan.town.authority)
    post = plan.approved(accounts=(facebook,))
    assert send() == 0
    assert (only(post).state, fresh(post).stage) == (Sending.NO_WAY_OUT, Stage.PLANNED)
    actions.decide(only(post), decision="out", url="https://facebook.example/1", by=plan.anna)
    assert (fresh(post).stage, only(post).remote_url) == (Stage.OUT, "https://facebook.example/1")
    assert only(post).record is not None
    assert not Context.objects.exists()


def test_who_has_lost_the_lease_writes_nothing(plan: Planning, monkeypatch: pytest.MonkeyPatch) -> None:
    post = plan.approved()
    channel = plan.channels["mastodon"]
    original = channel.send

    def slow(*given: object) -> object:
        with clock.at(MINUTE + planning.LEASE):
            actions.send_waiting()  # another worker sees a lease that is out, and finds the post at the channel
        return channel.sent(given[1])  # type: ignore[arg-type]

    monkeypatch.setattr(channel, "send", lambda *given: (original(*given), slow(*given))[1])
    send()
    assert only(post).state == Sending.SENT
    assert Record.objects.filter(post_delivery__post=post).count() == 1
    assert len(channel.calls) == 1


def test_the_calendar_secret_is_stored_hashed_and_a_new_one_ends_the_old(plan: Planning) -> None:
    from torget.posts.models import CalendarLink

    old, new = actions.make_link(by=plan.anna), actions.make_link(by=plan.anna)
    assert CalendarLink.of(old) is None
    assert CalendarLink.of(new) is not None
    assert new not in str(CalendarLink.objects.values_list())
    plan.anna.is_active = False
    plan.anna.save()
    assert CalendarLink.of(new) is None


def test_a_comment_that_was_quicker_than_our_own_note_has_the_same_context(plan: Planning) -> None:
    post = plan.approved()
    url = f"https://social.example/@ekevik/{only(post).key}"
    quick = Context.objects.create(account=plan.mastodon, external_id="https://social.example/users/ekevik/1", url=url)
    send()
    quick.refresh_from_db()
    assert quick.text == "Isbanan öppnar på lördag."
    assert Context.objects.count() == 1
