"""All channels by name. A new channel is a file and a line here."""

from functools import cache
from importlib import import_module

from torget.channels.base import Channel
from torget.channels.bluesky import Bluesky
from torget.channels.facebook import Facebook
from torget.channels.feed import Feed
from torget.channels.jsonl import Jsonl
from torget.channels.live import Live
from torget.channels.mail import Mail
from torget.channels.mastodon import Mastodon
from torget.channels.program import Program
from torget.channels.tabular import Csv
from torget.channels.web import Web

_ALL: tuple[Channel, ...] = (Web(), Mail(), Mastodon(), Bluesky(), Facebook(), Feed(), Csv(), Jsonl(), Program())

CHANNELS: dict[str, Channel] = {channel.name: channel for channel in _ALL}

# Channels with a connection, by name: where their code lies. Imported when first used: some of it is heavy.
_LIVE = {
    "mail": "torget.channels.maillive:MailLive",
    "mastodon": "torget.channels.mastodonlive:MastodonLive",
    "bluesky": "torget.channels.blueskylive:BlueskyLive",
    "feed": "torget.channels.feedlive:FeedLive",
    "api": "torget.channels.programlive:ProgramLive",
}


@cache
def live(name: str) -> Live | None:
    """The connected side of a channel, or None where it only takes files."""
    if name not in _LIVE:
        return None
    module, attribute = _LIVE[name].split(":")
    made: Live = getattr(import_module(module), attribute)()
    return made
