"""Plays the story's events, each at its own moment, through the actions that residents, channels and staff use."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from torget.channels.registry import CHANNELS
from torget.conversations import actions
from torget.conversations.models import Account, Conversation, Message
from torget.conversations.rules import Sending
from torget.core import clock
from torget.demo import payloads, town
from torget.demo.founding import HANDLES, Town
from torget.demo.happenings import (
    Answered,
    Closed,
    Confirmed,
    Deleted,
    Delivered,
    Drafted,
    Edited,
    Event,
    Helped,
    MarkedSecret,
    Noted,
    Posted,
    Published,
    Repeated,
    Said,
    Took,
    Waited,
)
from torget.demo.people import PEOPLE
from torget.demo.texts.kinds import TRIVIAL
from torget.files import actions as files
from torget.journal import actions as journal
from torget.register.rules import State

# The desk's reasons for closing, by what the story says in words; a new wording in the story must be put here.
CLOSED_AS = {
    TRIVIAL: "no_question",
    "Tack utan ny fråga.": "no_question",
    "Rättad av avsändaren själv.": "no_question",
    "Trakasserier. Polisanmält, besvaras inte.": "harassment",
}
NAMES = {word for person in PEOPLE.values() for word in person.name.split()} | {
    word for staff in town.STAFF for word in staff.name.split()
}


class OutOfStory(Exception):
    """An action gave something else than the story says: there is a fault in one of the two."""


def title_of(topic: str, question: str, answer: str) -> str:
    """What a published conversation is called: its first real question, else its topic with what was answered.

    Never a name, and nothing that only says hello or "does anybody know?".
    """
    question = re.sub(r"^(Hej|Hejsan|Hallå)[,!]? ", "", question)
    asked: list[str] = re.findall(r"[^.!?…\n]+\?", question)
    told: list[str] = re.split(r"(?<=[.!?])\s+", answer)
    for words in (*asked, *told):
        words = words.strip().rstrip(".!")
        if len(words.split()) < 3 or words.startswith(("Det ", "Någon ")) or NAMES & set(re.findall(r"\w+", words)):
            continue
        whole = f"{words[0].upper()}{words[1:]}"
        if not words.endswith("?") or len(words) < 30:
            whole = f"{topic}: {words[0].lower()}{words[1:]}"
        if len(whole) <= 110:
            return whole
    return topic


@dataclass(slots=True)
class Player:
    """Plays events and remembers what became of them. `after_mail` is called when answers have gone out by mail."""

    town: Town
    story: Sequence[Event]
    after_mail: Callable[[], None]
    secrets: dict[str, str] = field(default_factory=dict)
    """Receipts by the key of the message."""
    said: dict[str, Said] = field(default_factory=dict)
    _messages: dict[str, Message] = field(default_factory=dict)
    _posts: dict[str, Posted] = field(default_factory=dict)
    _answers: dict[str, Answered] = field(default_factory=dict)
    _accounts: dict[str, Account] = field(default_factory=dict)
    _mailed: bool = False

    def play(self, say: Callable[[str], None]) -> None:
        """Play it all; tell every tenth of it. Errors: OutOfStory, Refused."""
        handed_over = {event.key for event in self.story if isinstance(event, Helped)}
        told = 0
        for place, event in enumerate(self.story):
            with clock.at(event.at):
                self._play(event, handed_over)
            self._work(event.at, self.story[place + 1].at if place + 1 < len(self.story) else None)
            tenth = (place + 1) * 10 // len(self.story)
            if tenth > told:
                told = tenth
                day = event.at.astimezone(clock.STOCKHOLM)
                say(f"  {told * 10:3} %: {day.day}/{day.month} 2026, {len(self.said)} meddelanden")

    def _work(self, moment: datetime, following: datetime | None) -> None:
        """What the worker does after an event: send the mail that waits; each hour, number and sign the journal.

        A worker signs within seconds. An hour is as good for a story, and a third of the work.
        """
        if self._mailed:
            self._mailed = False
            with clock.at(moment):
                actions.send_waiting()
                self.after_mail()
        if following is None or following.replace(minute=0, second=0) > moment:
            with clock.at(moment):
                journal.sequence()

    def _play(self, event: Event, handed_over: set[str]) -> None:
        match event:
            case Said():
                self._say(event)
            case Delivered():
                self._expect(self._deliver(event.channel, event.body, event.filename), event.expect, event)
            case Posted():
                self._posts[event.key] = event
            case Repeated():
                said = self.said[event.key]
                body = payloads.mail(said, self._thread(said), event.at)
                self._expect(self._deliver(said.channel, body, f"{event.key}-igen.eml"), "had", event)
            case Edited():
                body = self._mastodon(self.said[event.key], event)
                self._expect(self._deliver("mastodon", body, f"{event.key}-update.json"), "changed", event)
            case Deleted():
                body = payloads.facebook_removed(self.said[event.key], event.at)
                self._expect(self._deliver("facebook", body, f"{event.key}-remove.json"), "deleted", event)
            case Helped():
                self._helped(event)
            case Answered():
                self._answer(event, event.key in handed_over)
            case _:
                self._handle(event)

    def _handle(self, event: Event) -> None:
        """What staff do beside answering."""
        conversation = self._conversation(event.key)
        match event:
            case Took():
                actions.take(conversation, by=self.town.staff[event.by])
            case Noted():
                actions.note(conversation, text=event.text, by=self.town.staff[event.by])
            case Drafted():
                actions.keep_draft(conversation, text=event.text, by=self.town.staff[event.by])
            case Waited():
                actions.note(conversation, text=event.reason, by=self.town.staff[event.by])
                actions.wait(conversation, by=self.town.staff[event.by])
            case Confirmed():
                by = self.town.staff[event.by]
                actions.classify(self._message(event.key), state=State(event.state), subject=event.subject, by=by)
            case MarkedSecret():
                actions.mark_secret(self._message(event.key), provision=event.provision, by=self.town.staff[event.by])
            case Published():
                title = title_of(
                    self.said[event.key].topic,
                    self._message(event.key).record.latest.text,
                    self._answers[event.key].text.removeprefix("Hej! "),
                )
                actions.publish(conversation, title=title, by=self.town.staff[event.by])
            case Closed():
                actions.close(conversation, reason=CLOSED_AS[event.reason], by=self.town.staff[event.by])
            case _:
                raise OutOfStory(f"nobody knows how to play {type(event).__name__}")

    # ---- in ---------------------------------------------------------------------------------------------------------

    def _say(self, said: Said) -> None:
        self.said[said.key] = said
        if said.channel == "web":
            self._write(said)
        else:
            body, name = self._payload(said)
            self._expect(self._deliver(said.channel, body, name), "new", said)
        self._messages[said.key] = Message.objects.filter(direction=Message.IN).order_by("-pk")[0]

    def _write(self, said: Said) -> None:
        """By the own form. The nonce is the key, so that the message's id is the same each time the town is built."""
        person = PEOPLE.get(said.person)
        kept = [
            (files.keep(body, filename=name, media_type=media_type), name)
            for name, media_type, body in payloads.files_of(said)
        ]
        self.secrets[said.key] = actions.post_form(
            actions.Written(
                text=said.text,
                subject=said.subject,
                name=person.name if person else "",
                email=person.mail if person and said.answer_by_mail else "",
                nonce=f"ekevik-{said.key}",
                files=kept,
            ),
            authority=self.town.authorities[said.authority],
        )

    def _payload(self, said: Said) -> tuple[bytes, str]:
        post = self._posts[said.context] if said.context else None
        match said.channel:
            case "mail":
                return payloads.mail(said, self._thread(said), said.at), f"{said.key}.eml"
            case "mastodon":
                return self._mastodon(said), f"{said.key}.json"
            case "facebook":
                return payloads.facebook(said, post=post), f"{said.key}.json"
            case "csv":
                return payloads.table(said), f"{said.key}.csv"
            case "jsonl":
                return payloads.line(said), f"{said.key}.jsonl"
        raise OutOfStory(f"nobody knows the channel {said.channel}")

    def _mastodon(self, said: Said, edit: Edited | None = None) -> bytes:
        return payloads.mastodon(
            said,
            parent=self.said[said.reply_to] if said.reply_to else None,
            post=self._posts[said.context] if said.context else None,
            text=edit.text if edit else "",
            edited_at=edit.at if edit else None,
        )

    def _thread(self, said: Said) -> list[Said]:
        """The messages that this one follows, oldest first."""
        found: list[Said] = []
        while said.reply_to:
            said = self.said[said.reply_to]
            found.insert(0, said)
        return found

    def _deliver(self, channel: str, body: bytes, filename: str) -> dict[str, int]:
        """Take in a delivery as a file is taken in; what became of its items."""
        if channel not in self._accounts:
            self._accounts[channel] = actions.account_for(channel, HANDLES[channel])
        account = self._accounts[channel]
        events = actions.store(account, CHANNELS[channel].split(body, filename), sha256(body).hexdigest())
        counts: dict[str, int] = {}
        for event in events:
            for name, count in actions.parse(event).items():
                counts[name] = counts.get(name, 0) + count
        return counts

    def _expect(self, counts: dict[str, int], outcome: str, event: Event) -> None:
        """One item became `outcome`; others were at most posts of our own that came along."""
        others = {name for name, count in counts.items() if count and name not in (outcome, "ignored")}
        if counts.get(outcome) != 1 or others:
            raise OutOfStory(f"{type(event).__name__} {event.key} became {counts}, not {outcome}")

    # ---- out --------------------------------------------------------------------------------------------------------

    def _message(self, key: str) -> Message:
        """The message as it was received; what staff do is done to it as it now stands, so it is read again."""
        return Message.objects.select_related("record").get(pk=self._messages[key].pk)

    def _conversation(self, key: str) -> Conversation:
        return Conversation.objects.get(pk=self._messages[key].conversation_id)

    def _answer(self, event: Answered, hand_over: bool) -> None:
        """Answer as it now stands; who wrote by mail and later says whether it helped is given a receipt with it."""
        by = self.town.staff[event.by]
        # The lease was taken when the reading began and is out after a quarter: the open page renews it.
        conversation = actions.take(self._conversation(event.key), by=by)
        answer = actions.reply(conversation, text=event.text, seen=conversation.message_count, by=by)
        self._answers[event.key] = event
        self._mailed = answer.outbox.state == Sending.APPROVED
        if hand_over and event.key not in self.secrets:
            self.secrets[event.key] = actions.make_receipt(conversation, by=by)

    def _helped(self, event: Helped) -> None:
        receipt = actions.find_receipt(self.secrets[event.key])
        if receipt is None:
            raise OutOfStory(f"the receipt of {event.key} is not there")
        actions.say_helped(receipt, event.helped)
        if event.thanks:
            actions.say_thanks(receipt, event.thanks)
