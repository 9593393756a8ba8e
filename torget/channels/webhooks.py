"""What Meta pushes: {"object": …, "entry": [{"changes": […], "messaging": […]}]}.

From the vendor's documented examples (Webhooks for Pages, Messenger and Instagram): none was recorded.
"""

from typing import Any

from torget.channels import text
from torget.channels.base import Broken, Context, Deleted, Ignored, Incoming, Item, Sender, Visibility
from torget.channels.graph import Node, author, is_own, words
from torget.channels.payload import each, table

_EDITED = {"edit", "edited", "update"}


def entries(data: Node, own: str) -> list[Item]:
    """All that one delivery tells; an entry's id is the page's, so our own posts are known even without `own`."""

    def read(entry: Node) -> list[Item]:
        ours = [name for name in (own, text.line(entry.get("id"))) if name]
        found = each(lambda change: [_change(change, entry, ours)], entry.get("changes"))
        for name in ("messaging", "standby"):
            found += each(lambda event: [_direct(event, ours)], entry.get(name))
        return found or [Ignored("empty_answer")]

    return each(read, data.get("entry")) or [Ignored("empty_answer")]


def _change(change: Node, entry: Node, ours: list[str]) -> Item:
    field, value = text.line(change.get("field"), 40), table(change.get("value"))
    if field == "feed":
        return _feed(value, entry, ours)
    if field in ("comments", "live_comments", "mentions", "replies", "mention"):
        return _instagram(value, entry, ours)
    return Ignored("not_a_message", detail=f"field {field}")


def _feed(value: Node, entry: Node, ours: list[str]) -> Item:
    """A change on the page: `item` says of what, `verb` says which."""
    kind, verb = text.line(value.get("item"), 40), text.line(value.get("verb"), 40)
    post = text.external_id(value.get("post_id"))
    key = text.external_id(value.get("comment_id")) if kind == "comment" else post
    if kind in ("reaction", "like"):
        return Ignored("favourite", post)
    if kind not in ("comment", "post", "status", "photo", "video", "share", "link", "mention", "note"):
        return Ignored("not_a_message", post, f"item {kind}")
    if not key:
        return Broken("no_id", f"item {kind}")
    at = text.time(value.get("created_time")) or text.time(entry.get("time"))
    if verb in ("remove", "delete"):
        return Deleted(key, at)
    if verb in ("hide", "unhide", "block", "unblock", "mute", "follow"):
        return Ignored("hidden" if "hide" in verb else "not_a_message", key, f"verb {verb}")
    if any(is_own(value, mine) for mine in ours):
        return Ignored("own_post", key)
    parent = text.external_id(value.get("parent_id"))
    parent = "" if parent in (post, key) else parent
    plain, whole = words(text.clean(value.get("message")), value)
    return Incoming(
        external_id=key,
        sender=author(value),
        text=plain,
        whole=whole,
        sent_at=None if verb in _EDITED else at,
        edited_at=at if verb in _EDITED else None,
        in_reply_to=parent,
        thread=(parent,) if parent else (),
        context=_post(value, post) if kind == "comment" and post else None,
        url=text.link(value.get("permalink_url")),
    )


def _post(value: Node, post: str) -> Context:
    told = table(value.get("post"))
    return Context(post, text.clean(told.get("message")), text.link(told.get("permalink_url")))


def _instagram(value: Node, entry: Node, ours: list[str]) -> Item:
    key = text.external_id(value.get("id") or value.get("comment_id") or value.get("media_id"))
    if not key:
        return Broken("no_id", "comment")
    if "text" not in value:
        return Ignored("notice_only", key)
    if any(is_own(value, mine) for mine in ours):
        return Ignored("own_post", key)
    media = text.external_id(table(value.get("media")).get("id"))
    parent = text.external_id(value.get("parent_id"))
    plain, whole = words(text.clean(value["text"]), value)
    return Incoming(
        external_id=key,
        sender=author(value),
        text=plain,
        whole=whole,
        sent_at=text.time(value.get("timestamp")) or text.time(entry.get("time")),
        in_reply_to=parent,
        thread=(parent,) if parent else (),
        context=Context(media, "") if media else None,
        url=text.link(value.get("permalink")),
    )


def _direct(event: Node, ours: list[str]) -> Item:
    """A Messenger or Instagram conversation: one message, or what happened to one."""
    message, edit = table(event.get("message")), table(event.get("message_edit"))
    held: dict[str, Any] = message or edit
    key = text.external_id(held.get("mid"))
    at = text.time(event.get("timestamp"))
    if not held:
        kinds = {"reaction": "favourite", "read": "receipt", "delivery": "receipt"}
        kind = next((name for name in (*kinds, "postback", "referral", "optin") if name in event), "")
        return Ignored(kinds.get(kind, "not_a_message"), detail=kind)
    if not key:
        return Broken("no_id", "message")
    if held.get("is_deleted"):
        return Deleted(key, at)
    writer = text.line(table(event.get("sender")).get("id"), text.ADDRESS)
    if held.get("is_echo") or writer in ours:
        return Ignored("own_post", key)
    parent = text.external_id(table(held.get("reply_to")).get("mid"))
    plain, whole = words(text.clean(held.get("text")), held)
    return Incoming(
        external_id=key,
        sender=Sender(writer),
        text=plain,
        whole=whole,
        sent_at=None if edit else at,
        edited_at=at if edit else None,
        visibility=Visibility.DIRECT,
        in_reply_to=parent,
        # A conversation is with one person: the thread is theirs even when no message names another.
        thread=tuple(filter(None, (f"with:{writer}", parent))) if writer else (),
    )
