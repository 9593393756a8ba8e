"""ID tokens that are forged, for another, of another time: each is refused with its own reason."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from torget.accounts import oidc
from torget.core.errors import Refused

pytestmark = pytest.mark.once
ISSUER, CLIENT, NONCE = "https://login.exempel.se", "torget", "n-1"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CURVE = ec.generate_private_key(ec.SECP256R1())


def jwk(key: Any, kid: str, **more: str) -> dict[str, Any]:
    algorithm = (
        jwt.algorithms.ECAlgorithm if isinstance(key, ec.EllipticCurvePrivateKey) else jwt.algorithms.RSAAlgorithm
    )
    return dict(json.loads(algorithm.to_jwk(key.public_key()))) | {"kid": kid, "use": "sig"} | more


KEYS = {"keys": [jwk(KEY, "a"), jwk(CURVE, "c"), {"kty": "oct", "kid": "s", "k": "aGVtbGlndA"}, "skräp"]}


def token(key: Any = KEY, alg: str = "RS256", kid: str | None = "a", **claims: Any) -> str:
    now = int(time.time())
    given = {"iss": ISSUER, "aud": CLIENT, "sub": "kim", "nonce": NONCE, "iat": now, "exp": now + 300} | claims
    # Times are told as seconds from now, since a test may wait long for its turn.
    given |= {name: now + value for name in ("exp", "iat", "nbf") if isinstance(value := claims.get(name), int)}
    given = {name: value for name, value in given.items() if value is not None}
    return jwt.encode(given, key, algorithm=alg, headers={"kid": kid} if kid else {})


def verify(given: str, keys: dict[str, Any] = KEYS) -> dict[str, Any]:
    return oidc.verify(given, keys, issuer=ISSUER, audience=CLIENT, nonce=NONCE)


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({}, id="a token as it should be"),
        pytest.param({"aud": [CLIENT]}, id="an audience of one as a list"),
        pytest.param({"aud": [CLIENT, "annan"], "azp": CLIENT}, id="several audiences, and we are the one it is for"),
        pytest.param({"exp": -30}, id="half a minute old by our clock: the clocks differ"),
        pytest.param({"iat": 30}, id="half a minute ahead"),
        pytest.param({"key": CURVE, "alg": "ES256", "kid": "c"}, id="signed by a curve"),
        pytest.param({"kid": None}, id="by a key without a name, where one alone fits"),
    ],
)
def test_what_is_believed(more: dict[str, Any]) -> None:
    assert verify(token(**more))["sub"] == "kim"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        pytest.param({"key": OTHER}, "bad_signature", id="signed by somebody else under the same name"),
        pytest.param({"key": OTHER, "kid": "b"}, "unknown_key", id="by a key that the provider has not"),
        pytest.param(
            {"key": "aGVtbGlndC1vY2gtbGFuZy1ub2ctZm9yLWhzMjU2", "alg": "HS256", "kid": "s"},
            "bad_signature",
            id="a secret",
        ),
        pytest.param({"key": None, "alg": "none"}, "bad_signature", id="not signed at all"),
        pytest.param({"iss": "https://annan.exempel.se"}, "other_issuer", id="another issuer"),
        pytest.param({"aud": "annan"}, "other_audience", id="for another client"),
        pytest.param({"aud": [CLIENT, "annan"]}, "other_audience", id="for several, without saying which"),
        pytest.param({"azp": "annan"}, "other_audience", id="asked for by another client"),
        pytest.param({"exp": -90}, "too_old", id="a minute and a half too old"),
        pytest.param({"iat": 300}, "too_early", id="of the future"),
        pytest.param({"nbf": 300}, "too_early", id="not to be used yet"),
        pytest.param({"nonce": "n-2"}, "other_nonce", id="of another log-in"),
        pytest.param({"nonce": None}, "other_nonce", id="of no log-in"),
        pytest.param({"sub": ""}, "bad_token", id="about nobody"),
        pytest.param({"sub": None}, "bad_token", id="without a subject"),
        pytest.param({"exp": None}, "bad_token", id="without an end"),
    ],
)
def test_what_is_refused(more: dict[str, Any], why: str) -> None:
    with pytest.raises(Refused) as refused:
        verify(token(**more))
    assert refused.value.code == why


@pytest.mark.parametrize("given", ["", "a.b", "a.b.c", "é.é.é", token() + "x", "." * 50])
def test_what_is_no_token(given: str) -> None:
    with pytest.raises(Refused) as refused:
        verify(given)
    assert refused.value.code in ("bad_token", "bad_signature")


def test_a_key_without_a_name_is_not_guessed_among_several() -> None:
    with pytest.raises(Refused, match="unknown_key"):
        verify(token(kid=None), {"keys": [jwk(KEY, "a"), jwk(OTHER, "b")]})


def test_a_public_key_is_no_secret() -> None:
    """The classic: an RSA key's own text as the secret of HS256."""
    parts = [
        urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in ({"alg": "HS256", "kid": "a"}, {"sub": "x"})
    ]
    mac = hmac.digest(json.dumps(jwk(KEY, "a")).encode(), b".".join(parts), "sha256")
    with pytest.raises(Refused, match="bad_signature"):
        verify(b".".join([*parts, urlsafe_b64encode(mac).rstrip(b"=")]).decode())


def test_the_challenge_is_that_of_the_standard() -> None:
    """RFC 7636, appendix B."""
    assert (
        oidc.challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )
