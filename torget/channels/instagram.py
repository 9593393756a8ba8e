"""Instagram and Threads as they come in Graph answers: comments, replies, mentions. Shapes: Meta's Graph API."""

from torget.channels import text
from torget.channels.base import Context, Ignored, Incoming, Item
from torget.channels.graph import Node, Place, as_context, author, ident, is_own, stable_id, visibility, words
from torget.channels.payload import each, table

_COMMENT = {"timestamp", "username", "from", "parent_id", "like_count", "replies"}


def is_comment(node: Node) -> bool:
    """A comment has `text`, and when or by whom or below what; a picture has `media_type` besides."""
    return "text" in node and "media_type" not in node and not _COMMENT.isdisjoint(node)


def is_thread(node: Node) -> bool:
    """A post of Threads, told from Instagram's pictures by its product type or its reply fields."""
    return node.get("media_product_type") == "THREADS" or ("is_reply" in node and "text" in node)


def comment(node: Node, place: Place) -> list[Item]:
    """A comment and the replies below it."""
    key = ident(node) or stable_id(node)
    media = table(node.get("media"))
    post = place.post or (Context(text.external_id(media["id"]), "") if media.get("id") else None)
    parent = text.external_id(node.get("parent_id")) or place.parent
    below = Place(place.own, "replies", post, key)
    found: list[Item] = [_message(node, key, place.own, post, parent)]
    return found + each(lambda row: _below(row, below), node.get("replies"))


def _below(node: Node, place: Place) -> list[Item]:
    return comment(node, place) if is_comment(node) else [Ignored("not_a_message", ident(node))]


def thread(node: Node, place: Place) -> list[Item]:
    """A post of Threads: a reply or mention by somebody else is a message, the rest is our own feed."""
    key = ident(node) or stable_id(node)
    parent = text.external_id(table(node.get("replied_to")).get("id"))
    if is_own(node, place.own):
        return [Ignored("own_post", key)]
    if not node.get("is_reply") and not parent and not place.own:
        return [Ignored("context", key)]
    root = text.external_id(table(node.get("root_post")).get("id"))
    return [_message(node, key, place.own, Context(root, "") if root else place.post, parent)]


def mention(node: Node, place: Place) -> list[Item]:
    """A post that names us in its caption; who wrote it is mostly not told."""
    return [_message(node | {"text": node.get("caption")}, ident(node) or stable_id(node), place.own, None, "")]


def media(node: Node, place: Place) -> list[Item]:
    """A picture or film with the comments below it; by itself it is no message."""
    below = Place(place.own, "comments", as_context(node))
    found = each(lambda row: _below(row, below), node.get("comments"))
    reason = "own_post" if is_own(node, place.own) else "context" if found else "not_a_message"
    return [Ignored(reason, ident(node), "media"), *found]


def _message(node: Node, key: str, own: str, post: Context | None, parent: str) -> Item:
    if is_own(node, own):
        return Ignored("own_post", key)
    plain, whole = words(text.clean(node.get("text")), node)
    return Incoming(
        external_id=key,
        sender=author(node),
        text=plain,
        whole=whole,
        sent_at=text.time(node.get("timestamp") or node.get("created_time")),
        visibility=visibility(node),
        in_reply_to=parent,
        thread=(parent,) if parent else (),
        context=post,
        url=text.link(node.get("permalink")),
    )
