"""Connecting to Mastodon by OAuth: our app at the server, the page where a person agrees, the code for a token.

With PKCE (S256), which servers since 4.3 check and older ones pass over. https://docs.joinmastodon.org/methods/oauth/
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from urllib.parse import urlencode

from torget.channels import outside, text
from torget.channels.live import Connection, GiveUp, NeedsLogin, Retry
from torget.channels.mastodonserver import Server, instance_of, me, number_of, only_problems, server_address
from torget.channels.payload import table

# Read it all (notifications, threads, search), write posts and pictures, and nothing else: no follows, no profile.
SCOPES = "read write:statuses write:media"
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"


@dataclass(frozen=True, slots=True)
class Begun:
    """A log-in on its way: kept by us until the person comes back. Holds secrets."""

    server: str
    client_id: str
    client_secret: str
    redirect_uri: str
    state: str
    verifier: str

    def agree_url(self, *, out_of_band: bool = False) -> str:
        """The server's page where a person agrees; `out_of_band`: it shows a code instead of leading back to us."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": OUT_OF_BAND if out_of_band else self.redirect_uri,
            "scope": SCOPES,
            "state": self.state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self.server}/oauth/authorize?{urlencode(query)}"


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """What came of it: the connection's handle ("name@host"), the name shown there, its id, its token, what it takes."""

    server: str
    handle: str
    name: str
    account_id: str
    token: str
    limits: dict[str, int]


def begin(address: str, *, redirect_uri: str, name: str, website: str, timeout: float = 10.0) -> Begun:
    """Make ourselves known to a server. Errors: GiveUp("not_web", "inside", "no_such_host", "not_mastodon"), Retry."""
    server = server_address(address)
    if not server or (why := outside.why_not(server)):
        raise GiveUp(why if server else "not_web")
    with only_problems(Retry), Server(Connection("", {"server": server}, timeout=timeout)) as asked:
        words = {
            "client_name": name[:60],
            "redirect_uris": f"{redirect_uri}\n{OUT_OF_BAND}",
            "scopes": SCOPES,
            "website": website,
        }
        try:
            app = table(asked.ask("POST", "/api/v1/apps", json=words).data)
        except (GiveUp, NeedsLogin):
            raise GiveUp("not_mastodon") from None
        client_id, client_secret = text.line(app.get("client_id"), 500), text.line(app.get("client_secret"), 500)
        if not client_id or not client_secret:
            raise GiveUp("not_mastodon")
    return Begun(server, client_id, client_secret, redirect_uri, secrets.token_urlsafe(24), secrets.token_urlsafe(48))


def finish(begun: Begun, code: str, *, out_of_band: bool = False, timeout: float = 10.0) -> LoggedIn:
    """The code for a token, and whose it is. Errors: GiveUp("code_refused"), Retry, NeedsLogin."""
    connection = Connection("", {"server": begun.server}, timeout=timeout)
    with only_problems(Retry), Server(connection) as asked:
        words = {
            "grant_type": "authorization_code",
            "code": code.strip()[:500],
            "client_id": begun.client_id,
            "client_secret": begun.client_secret,
            "redirect_uri": OUT_OF_BAND if out_of_band else begun.redirect_uri,
            "code_verifier": begun.verifier,
            "scope": SCOPES,
        }
        try:
            said = table(asked.ask("POST", "/oauth/token", data=words).data)
        except (GiveUp, NeedsLogin):
            raise GiveUp("code_refused") from None
        token = text.line(said.get("access_token"), 1_000)
        if not token:
            raise GiveUp("code_refused")
    with only_problems(Retry), Server(Connection("", {"server": begun.server}, {"token": token}, timeout)) as asked:
        number, handle, shown = me(asked)
        takes = instance_of(asked)
    limits = {"text": takes.text, "pictures": takes.pictures, "alt": takes.alt}
    return LoggedIn(begun.server, handle, shown or handle, number_of(number), token, limits)


def revoke(server: str, client_id: str, client_secret: str, token: str) -> None:
    """Take the token back at the server, as well as it goes. Never raises."""
    words = {"client_id": client_id, "client_secret": client_secret, "token": token}
    try:
        with Server(Connection("", {"server": server}, timeout=5.0)) as asked:
            asked.ask("POST", "/oauth/revoke", data=words)
    except Exception:
        # It may be refused or gone already; our own copy is taken away either way.
        return
