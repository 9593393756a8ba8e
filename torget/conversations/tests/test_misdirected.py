"""What could go to the wrong person, or change what we wrote: names that are ours, and threads of two channels."""

import pytest

from tests.support.making import MONDAY, Town, first, fresh, incoming
from torget.channels.base import Sender
from torget.conversations import actions
from torget.conversations.actions import joining
from torget.conversations.models import Account, Conversation, Message, Outbox
from torget.conversations.tests.standin import StandIn
from torget.core import clock
from torget.core.errors import Refused
from torget.organisations.models import User

OURS = "0f1e2d3c4b5a69788796a5b4c3d2e1f0.torget@exempel.se"
ANNA, HANDLE = Sender("anna@exempel.se", "Anna"), Sender("anna@annan.example", "Anna")


def _connected(town: Town, channel: str, handle: str) -> Account:
    account = town.account(channel, handle)
    Account.objects.filter(pk=account.pk).update(state=Account.GOOD)
    account.refresh_from_db()
    return account


def _answer(conversation: Conversation, by: User) -> Outbox:
    with clock.at(MONDAY):
        seen = fresh(conversation).message_count
        return actions.reply(fresh(conversation), text="På måndag.", seen=seen, by=by).outbox


def _from(town: Town, account: Account, name: str, sender: Sender) -> Conversation:
    town.take(incoming(name, "När öppnar badet?", sender=sender), account=account)
    return Message.objects.get(external_id=name).conversation


def test_what_comes_under_the_name_of_our_answer_changes_nothing_of_it(
    town: Town, user: User, service: StandIn
) -> None:
    mail = _connected(town, "mail", "info@exempel.se")
    asked = _from(town, mail, "q@exempel.se", ANNA)
    answer = _answer(asked, user).message
    Message.objects.filter(pk=answer.pk).update(alias=OURS)
    again = incoming(OURS, "Ni har fel, säger jag", sender=ANNA)
    assert town.take(again, account=mail)["new"] == 1
    assert answer.record.latest.text == "På måndag." and answer.record.versions.count() == 1
    [theirs] = Message.objects.filter(external_id__startswith=f"{OURS}#")
    assert theirs.direction == Message.IN and theirs.record.latest.text == "Ni har fel, säger jag"
    assert theirs.conversation.state == "new"
    # The same once more is the same; under our own name nothing is ever overwritten.
    assert town.take(again, account=mail)["new"] == 0
    assert Message.objects.filter(external_id__startswith=OURS).count() == 1


@pytest.mark.parametrize("by_mail", [True, False], ids=["into the mail", "into the post"])
def test_an_answer_in_a_thread_of_two_channels_goes_to_whom_its_own_channel_knows(
    town: Town, user: User, service: StandIn, by_mail: bool
) -> None:
    mail, fediverse = _connected(town, "mail", "info@exempel.se"), _connected(town, "mastodon", "@ekevik")
    by_account = {mail: ("q@exempel.se", ANNA), fediverse: ("https://annan.example/1", HANDLE)}
    # What is joined into another comes after it: the newest in the thread is never what its own channel answers.
    into, joined = (mail, fediverse) if by_mail else (fediverse, mail)
    asked, other = (_from(town, account, *by_account[account]) for account in (into, joined))
    joining.merge(other, into=asked, by=user, same_person=True)
    outbox, (name, sender) = _answer(asked, user), by_account[into]
    assert (outbox.account_id, outbox.address, outbox.reply_to) == (into.pk, sender.address, name)


def test_who_wrote_without_an_address_is_answered_on_the_receipt_and_never_by_anothers_mail(
    town: Town, user: User, service: StandIn
) -> None:
    _, asked = town.written("När öppnar badet?")
    post = _from(town, _connected(town, "mastodon", "@ekevik"), "https://annan.example/1", HANDLE)
    joining.merge(post, into=asked, by=user, same_person=True)
    outbox = _answer(asked, user)
    assert (outbox.way, outbox.address) == ("receipt", "")


def test_a_mailbox_on_a_domain_with_swedish_letters_names_its_answers_in_ascii(town: Town, user: User) -> None:
    mail = _connected(town, "mail", "kommun@öppenstad.se")
    outbox = _answer(_from(town, mail, "q@exempel.se", ANNA), user)
    assert outbox.mail_id.endswith(".torget@xn--ppenstad-m4a.se") and outbox.message.alias == outbox.mail_id
    assert first(outbox.message.conversation).direction == Message.IN


def test_two_whom_nobody_knows_are_joined_only_when_staff_say_that_they_are_one(town: Town, user: User) -> None:
    (_, one), (_, other) = town.written("Första frågan"), town.written("Andra frågan")
    with pytest.raises(Refused, match="other_person"):
        joining.merge(one, into=other, by=user)
    joining.merge(one, into=other, by=user, same_person=True)
    assert fresh(one).merged_into == other


def test_a_draft_is_kept_whole_though_no_answer_is_so_long(town: Town, user: User) -> None:
    draft = actions.keep_draft(town.given(), text="ord " * 6_250, by=user)
    assert draft and len(draft.record.latest.text) == 25_000
