"""The posts that messages are said about: made where they are new, found by what a message brought or answers."""

from collections.abc import Mapping, Sequence

from torget.channels import base as channel
from torget.channels.base import Incoming
from torget.conversations.models import Account, Context


def contexts_of(account: Account, incoming: Sequence[Incoming]) -> dict[str, Context]:
    """The posts that the messages were said about, made where they are new; by external id."""
    given: dict[str, channel.Context] = {}
    for item in incoming:
        # One that brings the post's words before one that only names it, in whatever order they come.
        if item.context and (item.context.text or item.context.external_id not in given):
            given[item.context.external_id] = item.context
    # A comment may name our post only as what it answers: a post of ours that has gone out is known by that id.
    named = {name for item in incoming if not item.context for name in (*item.thread, item.in_reply_to) if name}
    if not given and not named:
        return {}
    Context.objects.bulk_create(
        (
            Context(
                account=account, external_id=key, text=c.text, author=c.author[:200], url=c.url, posted_at=c.posted_at
            )
            for key, c in sorted(given.items(), key=lambda pair: pair[0])
        ),
        ignore_conflicts=True,
    )
    found = {c.external_id: c for c in Context.objects.filter(account=account, external_id__in={*given, *named})}
    for key, context in found.items():
        told = given.get(key)
        if told and told.text and not context.text:
            # A comment that came before its thread named the post without its words.
            context.text, context.author, context.url = told.text, told.author[:200], told.url
            context.posted_at = told.posted_at
            context.save(update_fields=["text", "author", "url", "posted_at"])
    return found


def context_of(item: Incoming, contexts: Mapping[str, Context]) -> Context | None:
    """The post that a message was said about, by what it brought or else by what it answers."""
    if item.context:
        return contexts.get(item.context.external_id)
    return next((contexts[name] for name in (item.in_reply_to, *reversed(item.thread)) if name in contexts), None)
