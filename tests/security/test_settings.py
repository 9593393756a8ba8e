"""What is set and sent: Django's own checks of a deployment, cookies, headers on every kind of answer, methods, hosts."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.architecture import source
from tests.support import making
from torget.core.pages import HEADERS

pytestmark = [pytest.mark.once]
HTTPS = {"TORGET_URL": "https://torget.example.se"}
ASK = """
import json
from django.conf import settings
import django
django.setup()
names = [n for n in dir(settings) if n.startswith(("SESSION_", "CSRF_", "SECURE", "PASSWORD", "DEBUG", "ALLOWED", "MESSAGE"))]
print(json.dumps({name: getattr(settings, name) for name in names}, default=str))
"""


def python(tmp_path: Path, *given: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A Python of its own with the settings of a real installation."""
    environment = {
        **os.environ,
        **HTTPS,
        "TORGET_HOME": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "torget.settings",
        **more,
    }
    # The browser tests of this process set the second; an installation has neither.
    for name in ("DATABASE_URL", "DJANGO_ALLOW_ASYNC_UNSAFE"):
        environment.pop(name, None)
    return subprocess.run(
        [sys.executable, *given], cwd=source.ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_a_deployment_has_no_warnings(tmp_path: Path) -> None:
    done = python(tmp_path, "-m", "django", "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout
    # What is silenced is counted, so that nobody silences more without saying why in settings.py.
    assert "(2 silenced)" in done.stdout


def test_cookies_of_an_installation_with_https(tmp_path: Path) -> None:
    set_to = json.loads(python(tmp_path, "-c", ASK).stdout)
    assert set_to["DEBUG"] is False
    for kind in ("SESSION", "CSRF"):
        assert set_to[f"{kind}_COOKIE_NAME"].startswith("__Host-")
        assert (set_to[f"{kind}_COOKIE_SECURE"], set_to[f"{kind}_COOKIE_HTTPONLY"]) == (True, True)
        assert set_to[f"{kind}_COOKIE_SAMESITE"] == "Lax"
        # What the prefix asks for besides: the whole host, and no other.
        assert (set_to[f"{kind}_COOKIE_PATH"], set_to[f"{kind}_COOKIE_DOMAIN"]) == ("/", None)
    assert set_to["SESSION_COOKIE_AGE"] <= 12 * 3600
    assert set_to["MESSAGE_STORAGE"].endswith("SessionStorage"), "a third cookie would need the prefix too"
    assert "*" not in set_to["ALLOWED_HOSTS"]
    assert set_to["PASSWORD_HASHERS"][0].endswith("PBKDF2PasswordHasher")


def test_a_password_takes_the_rounds_that_django_asks_for(tmp_path: Path) -> None:
    asked = "from django.contrib.auth.hashers import PBKDF2PasswordHasher as P; print(P.iterations)"
    # This process has fewer (conftest.py); OWASP's least for SHA-256 is 600,000.
    assert int(python(tmp_path, "-c", asked).stdout) >= 600_000


KINDS = ("/", "/skriv/", "/disk/", "/konto/login/", "/static/torget/base.css", "/api/v1/openapi.json", "/finns-inte/", "/halsa/",
         "/journal/verify.py", "/diarium/diarium.csv", "/diarium/flode.atom", "/kvitto/" + "A" * 43 + "/")  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("address", KINDS)
def test_every_kind_of_answer_carries_the_headers(address: str, client: Client, settings: Any) -> None:
    making.town()
    for method in (client.get, client.post):
        answer = method(address, secure=True)
        for name, value in HEADERS.items():
            wanted = "no-referrer" if name == "Referrer-Policy" and address.startswith("/kvitto/") else value
            if name == "Cross-Origin-Resource-Policy" and address.startswith("/api/"):
                continue
            assert answer.headers.get(name) == wanted, f"{name} of {address}"
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    kind = client.get(address, secure=True).headers.get("Content-Type", "text/html; charset=utf-8")
    if kind.startswith("text/"):
        assert "charset=" in kind, f"{address} does not say its signs"
    assert "Strict-Transport-Security" not in client.get(address).headers
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = False
    # Django's own middleware reads the setting when it is made.
    assert Client().get(address, secure=True).headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "DEBUG", "PROPFIND"])
def test_no_method_of_ones_own_reaches_a_view(method: str, client: Client) -> None:
    making.town()
    for address in ("/", "/disk/", "/api/v1/", "/static/torget/base.css"):
        answer = client.generic(method, address, secure=True)
        assert answer.status_code == 405
        assert answer.content == b""
        assert answer.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "host", ["example.net", "torget.example.se.example.net", "127.0.0.1@example.net", "a b", "[::1"]
)
def test_another_host_is_refused_and_printed_nowhere(host: str, client: Client) -> None:
    answer = client.get("/konto/password/reset/", headers={"Host": host})
    assert answer.status_code == 400
    assert b"example.net" not in answer.content


@pytest.mark.django_db
@pytest.mark.any_html
@pytest.mark.parametrize(
    "following", ["https://example.net/", "//example.net/", "/\\example.net/", "\\\\example.net", "javascript:alert(1)",
                  "https:example.net", "/%0d%0aLocation:https://example.net"],
)  # fmt: skip
def test_a_log_in_leads_nowhere_else(following: str, client: Client) -> None:
    user = making.town().user()
    user.set_password("Bryggan vid Ekevik 17")
    user.save()
    form = {"login": user.email, "password": "Bryggan vid Ekevik 17", "next": following}
    answer = client.post("/konto/login/", form)
    assert answer.status_code == 302
    assert re.match(r"/[^/\\]", answer.headers["Location"])
    assert "example.net" not in answer.headers["Location"].partition("?")[0].replace(
        "/%0d%0aLocation:https://example.net", ""
    )
    assert "\r" not in answer.headers["Location"]


def test_a_proxy_takes_no_old_tls() -> None:
    told = source.text(source.ROOT / "deploy" / "nginx.conf")
    assert re.findall(r"ssl_protocols ([^;]+);", told) == ["TLSv1.2 TLSv1.3"]
    assert "return 301 https://" in told
    assert "access_log off" in told
    assert "autoindex" not in told
    assert "X-Forwarded-For $remote_addr" in told, "what a client says of its own address is not passed on"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/.git/config", "/static/", "/static/torget/", "/static/../settings.py", "/static/%2e%2e/%2e%2e/settings.py",
             "/static/torget/..%2f..%2fsettings.py", "/var/keys/secret.key", "/.env", "/torget.sqlite3", "/static//etc/passwd"],
)  # fmt: skip
def test_no_file_of_the_source_is_served(path: str, client: Client) -> None:
    making.town()
    assert client.get(path).status_code == 404


def test_scripts_store_nothing_of_worth_in_the_browser() -> None:
    kept = re.compile(r"(?:localStorage|sessionStorage)\.(?:setItem|getItem|removeItem)\(([^,)]+)")
    found = [
        f"{source.name(path)}: {name}"
        for path in source.files()
        if path.suffix == ".js" and "vendor" not in path.parts
        for name in kept.findall(source.text(path))
        # Whether the keys of the desk are off: a choice, and nothing about anyone.
        if name.strip() != "OFF"
    ]
    assert found == []
    assert not [path for path in source.files() if path.suffix == ".js" and "indexedDB" in source.text(path)]
