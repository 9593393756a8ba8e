"""The relying party: authorisation code with PKCE, state and nonce; every token's signature, issuer, audience and time.

OpenID Connect Core 1.0 (3.1), Discovery 1.0, RFC 7636, RFC 9700. Every call goes by the guarded way out.
"""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import jwt

from torget.accounts import rules
from torget.channels import outside
from torget.core.errors import Refused

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""By which a token may be signed: with the provider's own key. Never "none", never with a secret that we have too."""
SKEW = 60
"""Seconds by which the provider's clock may differ from ours."""
MAX_BODY = 512 * 1024
KEPT = 600
_documents: dict[str, tuple[float, dict[str, Any]]] = {}


@dataclass(frozen=True, slots=True)
class Party:
    """What we are to a provider, without its database row."""

    issuer: str
    client_id: str
    secret: str
    scopes: str
    redirect: str


def _read(answer: httpx.Response) -> dict[str, Any]:
    """A JSON object of bounded size. Errors: Refused("not_json")."""
    body = bytearray()
    for part in answer.iter_bytes():
        body += part
        if len(body) > MAX_BODY:
            raise Refused("not_json")
    try:
        found = json.loads(bytes(body))
    except (ValueError, RecursionError):
        raise Refused("not_json") from None
    if not isinstance(found, dict):
        raise Refused("not_json")
    return found


def _ask(method: str, url: str, **more: Any) -> tuple[int, dict[str, Any]]:
    """One call to a provider: status and body. Errors: Refused("unreachable" | "not_json")."""
    try:
        with outside.client(timeout=10.0) as client, client.stream(method, url, **more) as answer:
            try:
                return answer.status_code, _read(answer)
            except Refused:
                # A page that says 404 in words is no document, and not one that cannot be read.
                if answer.status_code == 200:
                    raise
                return answer.status_code, {}
    except outside.FAILURES as error:
        raise Refused("unreachable", type(error).__name__) from None


def plain_allowed() -> bool:
    """Whether a provider may be asked without https: where addresses of our own network are allowed at all (demo, tests)."""
    return outside.private_allowed()


def discover(issuer: str, *, fresh: bool = False) -> dict[str, Any]:
    """What a provider says of itself. Errors: Refused("not_web" | "not_https" | "has_more" | "unreachable" | "not_json" |
    "no_document" | "other_issuer" | "no_code_flow").
    """
    if why := rules.why_no_issuer(issuer, plain_allowed=plain_allowed()):
        raise Refused(why)
    kept = _documents.get(issuer)
    if kept and not fresh and time.monotonic() - kept[0] < KEPT:
        return kept[1]
    status, found = _ask("GET", issuer.rstrip("/") + "/.well-known/openid-configuration")
    if status != 200:
        raise Refused("no_document", str(status))
    # Discovery 4.3: sign by sign, else one provider could speak for another.
    if found.get("issuer") != issuer:
        raise Refused("other_issuer")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        _endpoint(found, name)
    if "code" not in found.get("response_types_supported", ["code"]):
        raise Refused("no_code_flow")
    _documents[issuer] = (time.monotonic(), found)
    return found


def _endpoint(document: Mapping[str, Any], name: str) -> str:
    url = document.get(name)
    parts = urlsplit(url) if isinstance(url, str) else None
    if parts is None or parts.scheme not in (("https", "http") if plain_allowed() else ("https",)) or not parts.netloc:
        raise Refused("no_code_flow", name)
    return str(url)


def forget(issuer: str) -> None:
    """Ask anew next time, when the settings are changed."""
    _documents.pop(issuer, None)
    _documents.pop(f"keys {issuer}", None)


def challenge(verifier: str) -> str:
    """RFC 7636 4.2, S256."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def address(party: Party, *, state: str, nonce: str, verifier: str) -> str:
    """Where the browser goes to log in. Errors: those of `discover`."""
    endpoint = _endpoint(discover(party.issuer), "authorization_endpoint")
    asked = {
        "response_type": "code",
        "client_id": party.client_id,
        "redirect_uri": party.redirect,
        "scope": party.scopes,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
    }
    return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"


def exchange(party: Party, *, code: str, verifier: str, nonce: str) -> dict[str, Any]:
    """The claims of whoever comes back with `code`: those of the token, and those of userinfo where there is such.

    Errors: Refused("no_token") when the provider takes the code, the secret or the verifier for wrong; those of `verify`.
    """
    document = discover(party.issuer)
    body = {"grant_type": "authorization_code", "code": code, "redirect_uri": party.redirect, "code_verifier": verifier}
    ways = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    more: dict[str, Any] = {}
    if party.secret and "client_secret_basic" in ways:
        # RFC 6749 2.3.1: both parts are form-encoded before they are put together.
        more["auth"] = tuple(urlencode({"": part})[1:] for part in (party.client_id, party.secret))
    else:
        body["client_id"] = party.client_id
        if party.secret:
            body["client_secret"] = party.secret
    status, given = _ask("POST", _endpoint(document, "token_endpoint"), data=body, **more)
    token = given.get("id_token")
    if status != 200 or not isinstance(token, str):
        raise Refused("no_token", str(given.get("error", status))[:80])
    claims = _trusted(party, token, nonce)
    access = given.get("access_token")
    if isinstance(access, str) and isinstance(document.get("userinfo_endpoint"), str):
        url = _endpoint(document, "userinfo_endpoint")
        status, told = _ask("GET", url, headers={"Authorization": f"Bearer {access}"})
        # Core 5.3.2: what is about somebody else is not used. What the token says goes before.
        if status == 200 and told.get("sub") == claims["sub"]:
            claims = told | claims
    return claims


def _trusted(party: Party, token: str, nonce: str) -> dict[str, Any]:
    """The token's claims by the provider's keys, which are fetched anew once when the key is not among those we have."""
    try:
        return verify(token, _keys(party.issuer), issuer=party.issuer, audience=party.client_id, nonce=nonce)
    except Refused as refused:
        if refused.code != "unknown_key":
            raise
    keys = _keys(party.issuer, fresh=True)
    return verify(token, keys, issuer=party.issuer, audience=party.client_id, nonce=nonce)


def _keys(issuer: str, *, fresh: bool = False) -> dict[str, Any]:
    name = f"keys {issuer}"
    kept = _documents.get(name)
    if kept and not fresh and time.monotonic() - kept[0] < KEPT:
        return kept[1]
    status, found = _ask("GET", _endpoint(discover(issuer), "jwks_uri"))
    if status != 200 or not isinstance(found.get("keys"), list):
        raise Refused("no_keys")
    _documents[name] = (time.monotonic(), found)
    return found


def verify(token: str, keys: Mapping[str, Any], *, issuer: str, audience: str, nonce: str) -> dict[str, Any]:
    """The claims of an ID token (Core 3.1.3.7). `keys`: the provider's JWKS.

    Errors: Refused("bad_token" | "unknown_key" | "bad_signature" | "other_issuer" | "other_audience" | "too_old" |
    "too_early" | "other_nonce").
    """
    try:
        head = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        raise Refused("bad_token") from None
    if head.get("alg") not in ALGORITHMS:
        raise Refused("bad_signature", str(head.get("alg"))[:20])
    key = _key(keys, head)
    required = ["exp", "iat", "sub", "aud", "iss"]
    try:
        claims: dict[str, Any] = jwt.decode(
            token, key.key, algorithms=[str(head["alg"])], audience=audience, issuer=issuer, leeway=SKEW,
            options={"require": required},
        )  # fmt: skip
    except jwt.ExpiredSignatureError:
        raise Refused("too_old") from None
    except jwt.ImmatureSignatureError:
        raise Refused("too_early") from None
    except jwt.InvalidIssuerError:
        raise Refused("other_issuer") from None
    except jwt.InvalidAudienceError:
        raise Refused("other_audience") from None
    except jwt.InvalidSignatureError:
        raise Refused("bad_signature") from None
    except (jwt.PyJWTError, TypeError, ValueError):
        raise Refused("bad_token") from None
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (several or "azp" in claims) and claims.get("azp") != audience:
        raise Refused("other_audience")
    if claims.get("nonce") != nonce:
        raise Refused("other_nonce")
    if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
        raise Refused("bad_token")
    return claims


def _key(keys: Mapping[str, Any], head: Mapping[str, Any]) -> jwt.PyJWK:
    """The key that a token names; where it names none, the only one there is that fits. Errors: Refused("unknown_key")."""
    found = []
    for given in keys.get("keys", []):
        if not isinstance(given, dict) or given.get("use", "sig") != "sig":
            continue
        if "kid" in head and given.get("kid") != head["kid"]:
            continue
        try:
            found.append(jwt.PyJWK(given, algorithm=str(head["alg"])))
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            continue
    if len(found) != 1:
        raise Refused("unknown_key")
    return found[0]
