"""How the tests of pages get at a link and read what comes."""

import html
from typing import Any

from torget.experts import links
from torget.experts.models import ExpertRequest


def link(request: ExpertRequest, rest: str = "") -> str:
    """The path of a question's link."""
    return f"/expert/{links.secret_of('question', request.nonce)}/{rest}"


def page(response: Any) -> str:
    return html.unescape(response.content.decode())


def is_kept_secret(response: Any) -> bool:
    """Whether an answer stays out of caches, referrers, search engines and cookies."""
    return (
        response["Cache-Control"] == "no-store"
        and response["Referrer-Policy"] == "no-referrer"
        and "noindex" in response["X-Robots-Tag"]
        and not response.cookies
    )
