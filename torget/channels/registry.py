"""All channels by name. A new channel is a file and a line here."""

from torget.channels.base import Channel
from torget.channels.facebook import Facebook
from torget.channels.jsonl import Jsonl
from torget.channels.mail import Mail
from torget.channels.mastodon import Mastodon
from torget.channels.tabular import Csv
from torget.channels.web import Web

_ALL: tuple[Channel, ...] = (Web(), Mail(), Mastodon(), Facebook(), Csv(), Jsonl())

CHANNELS: dict[str, Channel] = {channel.name: channel for channel in _ALL}
