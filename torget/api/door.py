"""Who may ask: tokens with scopes, signatures, and how often. What opens nothing says so by RFC 9457."""

from collections.abc import Mapping

from django.http import HttpRequest

from torget.api import actions
from torget.api.answers import Problem
from torget.api.models import Program, Token
from torget.api.rules import Scope
from torget.channels import signing
from torget.conversations.models import Account
from torget.core import clock
from torget.core.errors import Refused


def token_of(request: HttpRequest, scope: Scope) -> Token:
    """The token of a request that opens `scope`. Errors: Problem no_token | bad_token | no_scope."""
    given = request.headers.get("Authorization", "")
    if not given:
        raise Problem("no_token")
    kind, _, secret = given.partition(" ")
    token = Token.of(secret.strip()[:200]) if kind.lower() == "bearer" else None
    if token is None or not token.is_good(clock.now()):
        raise Problem("bad_token")
    if not token.may(scope):
        raise Problem("no_scope", scope.value)
    actions.token_used(token)
    return token


def program_called(handle: str) -> Program | None:
    """The connected program of that short name."""
    found = Program.objects.select_related("account__authority").filter(account__handle=handle[:200])
    return found.exclude(account__state=Account.OFF).first()


def signed(program: Program, request: HttpRequest) -> str:
    """The id of a request that the program has signed. Errors: Problem not_signed, with the reason's code."""
    heads: Mapping[str, str] = request.headers
    try:
        return signing.verify(actions.secrets_for(program, "in"), heads, request.body, clock.now().timestamp())
    except signing.NotSigned as error:
        raise Problem("not_signed", error.why) from None
    except Refused:
        raise Problem("not_signed", "key_broken") from None
