"""SAML after Sweden Connect's profile, with a provider made here: it signs with its own key what each test wants it to say."""

from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zlib import decompress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from django.test import Client
from lxml import etree

from tests.support import making
from torget.accounts import actions
from torget.accounts.models import Event, Policy, RoleRule
from torget.organisations.models import User
from torget.organisations.rules import Role

IDP = "https://idp.exempel.se"
LOA = "http://id.elegnamnden.se/loa/1.0/loa3"
PERSON = {
    "urn:oid:1.2.752.201.3.1": "kim@5560000000",
    "urn:oid:2.16.840.1.113730.3.1.241": "Kim Påhittad",
    "urn:oid:0.9.2342.19200300.100.1.3": "kim@exempel.se",
    "urn:oid:1.2.752.29.4.13": "191212121212",
}


def _pair() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    )  # fmt: skip
    return (
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
        certificate.public_bytes(serialization.Encoding.PEM).decode(),
    )


KEY, CERTIFICATE = _pair()
STRANGER = _pair()


@pytest.fixture
def saml(town: making.Town, tmp_path: Path, settings: Any) -> None:
    body = "".join(CERTIFICATE.split("\n")[1:-2])
    (tmp_path / "idp.xml").write_text(
        f'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'
        f' entityID="{IDP}"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
        f"<md:KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{body}</ds:X509Certificate></ds:X509Data>"
        f'</ds:KeyInfo></md:KeyDescriptor><md:SingleSignOnService Location="{IDP}/sso"'
        f' Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"/></md:IDPSSODescriptor></md:EntityDescriptor>'
    )
    settings.TORGET_SAML_METADATA = str(tmp_path / "idp.xml")
    settings.TORGET_SAML_NAME = "Sweden Connect"
    settings.TORGET_SAML_LOA = LOA
    town.user(Role.ADMINISTRATOR)
    RoleRule.objects.create(claim="orgAffiliation", value="kim@5560000000", role="registrar")


def begin(client: Client) -> str:
    """The id of the request that the browser takes to the provider."""
    answer = client.get("/konto/saml/", {"next": "/disk/?ko=new"})
    assert answer.status_code == 302, answer.content.decode()
    assert str(answer["Location"]).startswith(f"{IDP}/sso?")
    sent = decompress(b64decode(parse_qs(urlsplit(answer["Location"]).query)["SAMLRequest"][0]), -15)
    asked = etree.fromstring(sent)
    assert LOA in sent.decode()
    return str(asked.get("ID"))


def said(
    request: str, *, audience: str = "http://127.0.0.1:8000/konto/saml/metadata/", loa: str = LOA, age: int = 0,
    person: dict[str, str] = PERSON, pair: tuple[str, str] = (KEY, CERTIFICATE), sign: bool = True, after: str = "",
) -> str:  # fmt: skip
    """The provider's answer, signed over the whole message, as the form carries it."""
    from onelogin.saml2.utils import OneLogin_Saml2_Utils

    now = datetime.now(UTC) - timedelta(seconds=age)
    stamp, until = (moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in (now, now + timedelta(minutes=5)))
    there = "http://127.0.0.1:8000/konto/saml/svar/"
    attributes = "".join(
        f'<saml:Attribute Name="{name}" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri">'
        f"<saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>"
        for name, value in person.items()
    )
    xml = (
        f'<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"'
        f' ID="_r1" Version="2.0" IssueInstant="{stamp}" Destination="{there}" InResponseTo="{request}">'
        f"<saml:Issuer>{IDP}</saml:Issuer><samlp:Status>"
        f'<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>'
        f'<saml:Assertion ID="_a1" Version="2.0" IssueInstant="{stamp}"><saml:Issuer>{IDP}</saml:Issuer>'
        f"<saml:Subject><saml:NameID>kim</saml:NameID><saml:SubjectConfirmation"
        f' Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="{until}"'
        f' Recipient="{there}" InResponseTo="{request}"/></saml:SubjectConfirmation></saml:Subject>'
        f'<saml:Conditions NotBefore="{stamp}" NotOnOrAfter="{until}"><saml:AudienceRestriction>'
        f"<saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>"
        f'<saml:AuthnStatement AuthnInstant="{stamp}" SessionIndex="_s1"><saml:AuthnContext>'
        f"<saml:AuthnContextClassRef>{loa}</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>"
        f"<saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion></samlp:Response>"
    )
    done = OneLogin_Saml2_Utils.add_sign(xml, *pair) if sign else xml.encode()
    done = done if isinstance(done, bytes) else done.encode()
    return b64encode(done.replace(b"kim@exempel.se", after.encode()) if after else done).decode()


def post(client: Client, response: str) -> Any:
    return client.post("/konto/saml/svar/", {"SAMLResponse": response}, headers={"origin": IDP})


def test_log_in_by_the_profile(saml: None, client: Client) -> None:
    assert "Logga in med Sweden Connect" in client.get("/konto/login/").content.decode()
    answer = post(Client(), said(begin(client)))
    assert answer.status_code == 303, answer.content.decode()
    done = client.get(answer["Location"])
    assert (done.status_code, done["Location"]) == (302, "/disk/?ko=new")
    user = User.objects.get(email="kim@exempel.se")
    assert (user.name, user.role) == ("Kim Påhittad", "registrar")
    assert client.get("/disk/").status_code == 200
    # The number is in nothing that is stored, since the affiliation says who it is.
    assert "191212121212" not in making.everything()


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"pair": STRANGER}, id="signed by somebody else"),
        pytest.param({"sign": False}, id="not signed"),
        pytest.param({"after": "chefen@exempel.se"}, id="changed after it was signed"),
        pytest.param({"audience": "https://annan.exempel.se"}, id="for somebody else"),
        pytest.param({"age": 3600}, id="an hour old"),
        pytest.param({"age": -3600}, id="of the future"),
        pytest.param({"loa": "http://id.elegnamnden.se/loa/1.0/loa2"}, id="not strong enough"),
        pytest.param({"person": {}}, id="about nobody"),
    ],
)
def test_what_is_refused(saml: None, client: Client, more: dict[str, Any]) -> None:
    request = begin(client)
    assert post(client, said(request, **more)).status_code == 400
    assert not User.objects.filter(email="kim@exempel.se").exists()
    assert Event.objects.filter(kind="staff.provider_refused").count() == 1
    # What was not the provider's has not taken the place of what is.
    assert post(client, said(request)).status_code == 303


def test_an_answer_is_used_once(saml: None, client: Client) -> None:
    answer = said(begin(client))
    there = post(client, answer)["Location"]
    assert post(client, answer).status_code == 400
    assert client.get(there).status_code == 302
    assert client.get(there).status_code == 400


def test_an_answer_to_nothing_and_in_another_browser(saml: None, client: Client) -> None:
    assert post(client, said("_hittepa")).status_code == 400
    there = post(client, said(begin(client)))["Location"]
    assert Client().get(there).status_code == 400
    assert client.get(there).status_code == 302


@pytest.mark.parametrize(
    "text", ["", "%%%", b64encode(b"<a/>").decode(), b64encode(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>').decode()]
)
def test_what_is_no_answer(saml: None, client: Client, text: str) -> None:
    assert post(client, text).status_code == 400


def test_the_metadata_say_who_we_are(saml: None, client: Client) -> None:
    told = client.get("/konto/saml/metadata/").content.decode()
    assert "http://127.0.0.1:8000/konto/saml/svar/" in told


def test_without_settings_there_is_nothing(town: making.Town, client: Client) -> None:
    for path in ("/konto/saml/", "/konto/saml/klart/", "/konto/saml/metadata/"):
        assert client.get(path).status_code == 404
    assert actions.sweep_handshakes() == 0


def elsewhere(number: int) -> Client:
    """A browser at an address of its own, so that what other tests begin does not count here."""
    return Client(REMOTE_ADDR=f"192.0.2.{number}")


def test_an_account_that_is_here_is_not_given_away_by_an_address(saml: None) -> None:
    client = elsewhere(41)
    there = User.objects.create_user("kim@exempel.se", "ett långt lösenord", name="Kim", role="expert")
    answer = client.get(post(client, said(begin(client)))["Location"])
    assert answer.status_code == 400
    assert "redan ett konto" in answer.content.decode()
    assert not there.identities.exists()
    there.refresh_from_db()
    assert there.role == "expert"


def test_the_organisations_own_directory_ties_an_account_and_then_the_subject_alone_counts(
    saml: None,
) -> None:
    boss, admin, client = User.objects.get(role="administrator"), Client(), elsewhere(42)
    admin.force_login(boss)
    there = User.objects.create_user("kim@exempel.se", "ett långt lösenord", name="Kim", role="expert")
    assert "saml_owns_addresses" in admin.get("/installningar/konton/").content.decode()
    asked = {"second_factor": "everyone", "passwords": "on", "saml_owns_addresses": "on"}
    assert admin.post("/installningar/konton/regler/", asked).status_code == 302
    assert "saml addresses" in Event.objects.get(kind="login.policy_changed").detail
    assert client.get(post(client, said(begin(client)))["Location"]).status_code == 302
    assert there.identities.get().subject == "kim@5560000000"
    # Without the setting, and with another address: it is the one that is known.
    actions.change_policy(second_factor="everyone", passwords=True, saml_owns_addresses=False, by=boss)
    another = PERSON | {"urn:oid:0.9.2342.19200300.100.1.3": boss.email}
    again = elsewhere(42)
    assert again.get(post(again, said(begin(again), person=another))["Location"]).status_code == 302
    assert again.session["_auth_user_id"] == str(there.pk)
    assert User.objects.count() == 2


def test_what_is_said_of_saml_stays_while_saml_is_off(saml: None, settings: Any) -> None:
    boss, admin = User.objects.get(role="administrator"), Client()
    admin.force_login(boss)
    actions.change_policy(second_factor="everyone", passwords=True, saml_owns_addresses=True, by=boss)
    settings.TORGET_SAML_METADATA = ""
    assert "saml_owns_addresses" not in admin.get("/installningar/konton/").content.decode()
    admin.post("/installningar/konton/regler/", {"second_factor": "administrators", "passwords": "on"})
    assert (Policy.current().second_factor, Policy.current().saml_owns_addresses) == ("administrators", True)
