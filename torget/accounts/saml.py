"""Log-in by SAML 2.0 after Sweden Connect's deployment profile, where the extra `saml` is installed and the settings are given.

python3-saml checks signature, audience, destination, times and which request is answered; what it cannot know, whether an
answer has been used before and whether the log-in was strong enough, is checked here. docs/rules/accounts.md
"""

from base64 import b64decode
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from lxml import etree

from torget.accounts import sealing
from torget.core.errors import Refused

# Sweden Connect, attribute specification: the names under which attributes come, as they are called in the table of roles.
ATTRIBUTES = {
    "urn:oid:1.2.752.29.4.13": "personalIdentityNumber",
    "urn:oid:1.2.752.201.3.1": "orgAffiliation",
    "urn:oid:1.2.752.201.3.4": "prid",
    "urn:oid:2.5.4.97": "organizationIdentifier",
    "urn:oid:2.5.4.10": "organizationName",
    "urn:oid:2.5.4.11": "organizationalUnitName",
    "urn:oid:2.16.840.1.113730.3.1.241": "displayName",
    "urn:oid:2.5.4.42": "givenName",
    "urn:oid:2.5.4.4": "sn",
    "urn:oid:0.9.2342.19200300.100.1.3": "mail",
}
PROTOCOL = "{urn:oasis:names:tc:SAML:2.0:protocol}"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
MAX_BODY = 1_000_000


def on() -> bool:
    """Whether SAML is set and can run: metadata are named, and the extra is installed."""
    return bool(settings.TORGET_SAML_METADATA) and find_spec("onelogin") is not None


def name() -> str:
    """What the button calls the provider."""
    return str(settings.TORGET_SAML_NAME or "SAML")


def entity() -> str:
    """Who we are to the provider: the address of our metadata."""
    return f"{settings.TORGET_URL}/konto/saml/metadata/"


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8") if path else ""
    except (OSError, UnicodeError) as error:
        raise Refused("saml_settings", type(error).__name__) from None


def config() -> dict[str, Any]:
    """The settings that python3-saml takes. Errors: Refused("saml_settings")."""
    from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser

    try:
        found = OneLogin_Saml2_IdPMetadataParser.parse(_read(settings.TORGET_SAML_METADATA))
    except Exception as error:
        raise Refused("saml_settings", type(error).__name__) from None
    key, certificate = _read(settings.TORGET_SAML_KEY), _read(settings.TORGET_SAML_CERTIFICATE)
    loa = str(settings.TORGET_SAML_LOA)
    return {
        "strict": True,
        "idp": found.get("idp", {}),
        "sp": {
            "entityId": entity(),
            "assertionConsumerService": {
                "url": f"{settings.TORGET_URL}/konto/saml/svar/",
                "binding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
            },
            "NameIDFormat": PERSISTENT,
            "x509cert": certificate,
            "privateKey": key,
        },
        "security": {
            "authnRequestsSigned": bool(key),
            "signMetadata": bool(key),
            # The profile asks for a signed message; other providers often sign the assertion alone. One of them is asked of all.
            "wantMessagesSigned": bool(loa),
            "wantAssertionsSigned": not loa,
            "wantNameId": False,
            "requestedAuthnContext": [loa] if loa else False,
            "requestedAuthnContextComparison": "exact",
            "signatureAlgorithm": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            "digestAlgorithm": "http://www.w3.org/2001/04/xmlenc#sha256",
            "rejectDeprecatedAlgorithm": True,
            "allowSingleLabelDomains": True,
            "allowRepeatAttributeName": True,
        },
    }


def _auth(path: str, posted: Mapping[str, str] | None = None) -> Any:
    from onelogin.saml2.auth import OneLogin_Saml2_Auth

    ours = urlsplit(settings.TORGET_URL)
    # By our own address, not by what a request says: behind a proxy, and in a forged one, that is another.
    about = {
        "https": "on" if ours.scheme == "https" else "off",
        "http_host": ours.netloc,
        "script_name": path,
        "get_data": {},
        "post_data": dict(posted or {}),
    }
    try:
        return OneLogin_Saml2_Auth(about, config())
    except Refused:
        raise
    except Exception as error:
        raise Refused("saml_settings", type(error).__name__) from None


def request() -> tuple[str, str]:
    """Where the browser goes, and the id of the request that is to be answered. Errors: Refused("saml_settings")."""
    auth = _auth("/konto/saml/")
    address = auth.login(return_to=f"{settings.TORGET_URL}/disk/", force_authn=False)
    return str(address), str(auth.get_last_request_id())


def metadata() -> bytes:
    """What the provider is to know of us. Errors: Refused("saml_settings")."""
    told = _auth("/konto/saml/metadata/").get_settings().get_sp_metadata()
    return told if isinstance(told, bytes) else str(told).encode()


def answers(response: str) -> str:
    """Which request a response says it answers; nothing of it is believed yet. Errors: Refused("saml_bad")."""
    if len(response) > MAX_BODY:
        raise Refused("saml_bad", "size")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(b64decode(response, validate=False), parser)
    except (ValueError, etree.XMLSyntaxError):
        raise Refused("saml_bad", "xml") from None
    if root.getroottree().docinfo.doctype or root.tag != f"{PROTOCOL}Response":
        raise Refused("saml_bad", "root")
    return str(root.get("InResponseTo") or "")


def read(response: str, request_id: str) -> dict[str, Any]:
    """The claims of a response: attributes by their names, `sub`. Errors: Refused("saml_bad" | "loa" | "no_subject")."""
    auth = _auth("/konto/saml/svar/", {"SAMLResponse": response})
    try:
        auth.process_response(request_id=request_id)
    except Exception as error:
        raise Refused("saml_bad", type(error).__name__) from None
    if auth.get_errors() or not auth.is_authenticated():
        raise Refused("saml_bad", str(auth.get_last_error_reason() or "")[:120])
    if settings.TORGET_SAML_LOA and settings.TORGET_SAML_LOA not in (auth.get_last_authn_contexts() or []):
        raise Refused("loa")
    claims: dict[str, Any] = {}
    for given, found in auth.get_attributes().items():
        claims[ATTRIBUTES.get(given, given)] = [str(one) for one in found if one]
    claims["sub"] = _subject(claims, auth)
    return claims


def _subject(claims: Mapping[str, Any], auth: Any) -> str:
    """By what somebody is known again: who they are in the organisation, else a lasting name, else the number as a hash."""
    if claims.get("orgAffiliation"):
        return str(claims["orgAffiliation"][0])[:255]
    if auth.get_nameid() and auth.get_nameid_format() == PERSISTENT:
        return str(auth.get_nameid())[:255]
    if claims.get("personalIdentityNumber"):
        return sealing.derived("subject", str(claims["personalIdentityNumber"][0]))
    raise Refused("no_subject")


def issuer() -> str:
    """Who the provider is. Errors: Refused("saml_settings")."""
    return str(config()["idp"].get("entityId", ""))[:300]
