"""Facebook: answers of the Graph API (pages, posts, comments, conversations) and webhook bodies.

An answer seldom says what its nodes are, so the kind is told by the fields, and where two kinds share their fields
(a post and a comment with default fields) by the edge that the address or the paging links name.
"""

import re
from collections.abc import Iterator
from typing import Any

from torget.channels import graph, instagram, payload, text, webhooks
from torget.channels.base import Broken, Context, Ignored, Incoming, Item, Raw, Visibility, gather
from torget.channels.graph import Node, Place, ident, is_own
from torget.channels.payload import each, rows, table

# Only one way leads to the first digit, so that a long key that is none takes no longer than its length.
_ID = re.compile(r"(?:[^\W\d]|[.:$-])*\d[\w.:$=-]*")
_COMMENT_ONLY = {"comment_count", "can_reply_privately", "can_hide", "can_remove", "is_private", "user_likes", "parent"}
_POST_ONLY = {
    "story",
    "full_picture",
    "shares",
    "is_published",
    "status_type",
    "actions",
    "updated_time",
    "attachments",
}
_KINDS = {
    "access_token": "token",  # nosec B105  # a name or a sentence, no password
    "scopes": "token",
    "is_silhouette": "picture",
    "quota_usage": "quota",
    "media_url": "media",
    "product_id": "product",
    "catalog_id": "product",
    "fan_count": "page",
    "category": "page",
    "first_name": "user",
    "member_count": "group",
    "embed_html": "video",
    "length": "video",
    "period": "figures",
    "status_code": "container",
    "verification_status": "business",
    "username": "user",
}


class Facebook:
    """The channel; see the module for how kinds are told apart."""

    name = "facebook"
    label = "Facebook"
    mark = "Fb"
    default_visibility = Visibility.PUBLIC

    def split(self, body: bytes, source: str) -> Iterator[Raw]:
        """A JSON body is one delivery; a cassette is one for each answer."""
        return payload.split_answers(body, source)

    def read(self, raw: Raw, *, own: str) -> list[Item]:
        """The items of one answer or webhook body; `own` is the page's id, user name or name."""
        return gather(lambda one: _answer(one, own), [raw])


def _answer(raw: Raw, own: str) -> list[Item]:
    data = payload.parse(raw)
    if isinstance(data, (Ignored, Broken)):
        return [data]
    place = Place(own=own, edge=_edge(raw.url))
    if isinstance(data, list):
        # A batch request gives a list of {"code", "body"}; its bodies are JSON in text.
        return gather(lambda row: _top(row, place), data) or [Ignored("empty_answer")]
    return _top(data, place) or [Ignored("empty_answer")]


def _edge(url: str) -> str:
    """The last part of the path: "comments", "feed", "posts", …; ids and versions are no edges."""
    last = text.parts(url).path.rstrip("/").rpartition("/")[2]
    return last.lower() if last.isalpha() else ""


def _top(data: Any, place: Place) -> list[Item]:
    if not isinstance(data, dict):
        return [Ignored("not_a_message")]
    if not data:
        return [Ignored("empty_answer")]
    if isinstance(data.get("error"), dict) and not rows(data.get("data")):
        return [Ignored("error_answer", detail=text.line(data["error"].get("code"), 20))]
    if isinstance(data.get("body"), str) and "code" in data:
        inner = payload.parse(Raw(data["body"].encode("utf-8", "replace"), "batch"))
        return [inner] if isinstance(inner, (Ignored, Broken)) else _top(inner, place)
    if isinstance(data.get("entry"), list):
        return webhooks.entries(data, place.own)
    if "data" in data and "id" not in data:
        return _list(data, place)
    for wrapper in ("mentioned_comment", "mentioned_media"):
        if isinstance(data.get(wrapper), dict):
            read = instagram.comment if wrapper == "mentioned_comment" else instagram.mention
            return read(data[wrapper], place)
    if "business_discovery" in data:
        return [Ignored("not_a_message", detail="discovery")]
    if all(_is_id(key) for key in data) and any(isinstance(value, dict) for value in data.values()):
        return gather(lambda key: _mapped(key, data[key], place), data)
    return _node(data, place)


def _is_id(key: str) -> bool:
    return len(key) <= text.ID and bool(_ID.fullmatch(key))


def _mapped(key: str, node: Any, place: Place) -> list[Item]:
    """An entry of {id: node}; only nodes of the map that are no lists themselves lack an id of their own."""
    if not isinstance(node, dict):
        # Taken away meanwhile, or not for us to see.
        return [Ignored("not_a_message", text.external_id(key))]
    return _top(node, place) if "data" in node and "id" not in node else _node({"id": key} | node, place)


def _list(data: Node, place: Place) -> list[Item]:
    held = data["data"]
    if isinstance(held, dict):
        return _node(held, place)
    if not isinstance(held, list) or not held:
        return [Ignored("empty_answer")]
    paging = table(data.get("paging"))
    link = paging.get("next") or paging.get("previous")
    edge = place.edge or _edge(link if isinstance(link, str) else "")
    inside = Place(place.own, edge, place.post, place.parent)
    return gather(lambda row: _node(row, inside) if isinstance(row, dict) else [Ignored("not_a_message")], held)


def _node(node: Node, place: Place) -> list[Item]:
    """One node, and the comments or messages nested in it."""
    key = ident(node)
    if "access_token" in node or "scopes" in node:
        return [Ignored("token", key)]
    if "is_silhouette" in node:
        return [Ignored("picture", key)]
    if key.startswith(("m_", "mid.")) or ("to" in node and "from" in node and "message" in node):
        return [_message(node, place)]
    if isinstance(node.get("messages"), dict) or key.startswith("t_"):
        return _conversation(node, place)
    if instagram.is_thread(node):
        return instagram.thread(node, place)
    if instagram.is_comment(node):
        return instagram.comment(node, place)
    if _is_comment(node, place):
        return _comment(node, place)
    if "media_type" in node and "message" not in node:
        return instagram.media(node, place)
    if _is_post(node, place):
        return _post(node, place)
    return _other(node, place)


def _is_comment(node: Node, place: Place) -> bool:
    if "message" not in node and "attachment" not in node:
        return False
    if place.edge in ("comments", "replies") or graph.position(node).comment or not _COMMENT_ONLY.isdisjoint(node):
        return True
    # With default fields only `from` differs: somebody's words about a post whose id does not start with theirs.
    return False


def _is_post(node: Node, place: Place) -> bool:
    page, _, post = ident(node).partition("_")
    named = place.edge in ("feed", "posts", "tagged", "visitor_posts") or (page.isdigit() and post.isdigit())
    return named and ("message" in node or "created_time" in node or not _POST_ONLY.isdisjoint(node))


def _other(node: Node, place: Place) -> list[Item]:
    """A picture, film, event, page, person…: no message, but comments may be nested in it."""
    found = _comments_below(node, place)
    kind = next((kind for key, kind in _KINDS.items() if key in node), place.edge)
    if (
        isinstance(node.get("message"), str)
        and node["message"].strip()
        and not {"from", "created_time"}.isdisjoint(node)
    ):
        # Somebody has written something, and nothing says where: a person looks at it.
        own = is_own(node, place.own)
        return [Ignored("own_post", ident(node)) if own else Broken("unreadable", "words of an unknown kind"), *found]
    if found:
        return [Ignored("context", ident(node), kind), *found]
    return [Ignored("favourite" if place.edge in ("likes", "reactions") else "not_a_message", ident(node), kind)]


def _comments_below(node: Node, place: Place, post: Context | None = None, parent: str = "") -> list[Item]:
    if not rows(node.get("comments")):
        return []
    inside = Place(place.own, "comments", post or graph.as_context(node), parent)
    return each(lambda row: _comment(row, inside), node.get("comments"))


def _post(node: Node, place: Place) -> list[Item]:
    """A post by the page is context; one by somebody else on our wall is a message to us."""
    key, found = ident(node) or graph.stable_id(node), _comments_below(node, place)
    who = graph.author(node).address
    if is_own(node, place.own) or (not who and place.own and key.startswith(f"{place.own}_")):
        return [Ignored("own_post", key), *found]
    if not who or key.startswith(f"{who}_") or not (node.get("message") or rows(node.get("attachments"))):
        return [Ignored("context", key), *found]
    plain, whole = graph.words(text.clean(node.get("message")), node)
    return [
        Incoming(
            external_id=key,
            sender=graph.author(node),
            text=plain,
            whole=whole,
            sent_at=text.time(node.get("created_time")),
            visibility=graph.visibility(node),
            url=text.link(node.get("permalink_url")),
        ),
        *found,
    ]


def _comment(node: Node, place: Place) -> list[Item]:
    """A comment and the replies below it."""
    at = graph.position(node)
    # The answer for a single comment has the id post_comment; the same is made from the address when it is left out.
    last = at.reply or at.comment
    key = ident(node) or (f"{at.post}_{last}" if at.post and last else graph.stable_id(node))
    parent = text.external_id(table(node.get("parent")).get("id")) or place.parent
    if not parent and at.reply and at.comment != at.reply:
        parent = f"{at.post}_{at.comment}"
    post = place.post
    if not post and at.post:
        address = text.link(node.get("permalink_url")).partition("?")[0]
        post = Context(f"{at.page}_{at.post}" if at.page else at.post, "", address)
    return [_written(node, key, place.own, post, parent), *_comments_below(node, place, post, key)]


def _written(node: Node, key: str, own: str, post: Context | None, parent: str) -> Item:
    if is_own(node, own):
        return Ignored("own_post", key)
    plain, whole = graph.words(text.clean(node.get("message")), node)
    return Incoming(
        external_id=key,
        sender=graph.author(node),
        text=plain,
        whole=whole,
        sent_at=text.time(node.get("created_time")),
        visibility=graph.visibility(node),
        in_reply_to=parent,
        thread=(parent,) if parent else (),
        context=post,
        url=text.link(node.get("permalink_url")),
    )


def _conversation(node: Node, place: Place) -> list[Item]:
    inside = Place(place.own, "messages", parent=ident(node))
    found = each(lambda row: [_message(row, inside)], node.get("messages"))
    return found or [Ignored("notice_only", ident(node), "conversation")]


def _message(node: Node, place: Place) -> Item:
    """A direct message; the conversation's id leads its thread."""
    key = ident(node) or graph.stable_id(node)
    if is_own(node, place.own):
        return Ignored("own_post", key)
    if "message" not in node and not node.get("attachments"):
        return Ignored("notice_only", key)
    plain, whole = graph.words(text.clean(node.get("message")), node)
    return Incoming(
        external_id=key,
        sender=graph.author(node),
        text=plain,
        whole=whole,
        sent_at=text.time(node.get("created_time")),
        visibility=Visibility.DIRECT,
        thread=(place.parent,) if place.parent else (),
    )
