"""The archive's pages, through their addresses."""

import html
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.support.making import Town
from torget.archive import actions, reading
from torget.archive.models import Package
from torget.archive.tests import making
from torget.core.testing import squeezed
from torget.files import actions as files
from torget.organisations.models import User
from torget.organisations.rules import Right, Role, may
from torget.register.models import Case


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "folder", lambda: tmp_path / "arkivpaket")


@pytest.fixture
def clerk(client: Client, town: Town) -> User:
    """The registrar, logged in."""
    user = town.user(Role.REGISTRAR, name="Rut Testsson")
    client.force_login(user)
    return user


@pytest.fixture
def case(town: Town) -> Case:
    made = making.case("Lyktan vid skolan")
    making.record(made, files=[making.file()])
    return made


def body(response: Any) -> str:
    return html.unescape(squeezed(b"".join(response).decode()))


def test_the_list_shows_closed_cases_and_finds_by_number_and_word(client: Client, clerk: User, case: Case) -> None:
    making.case("Ett öppet ärende", closed=False)
    page = body(client.get("/disk/arkiv/"))
    assert "Lyktan vid skolan" in page and "Ett öppet ärende" not in page
    assert "Ett öppet ärende" in body(client.get("/disk/arkiv/?visa=alla"))
    for query in ("KS 2026/0001", "ks 2026/1", "2026/1", "skolan"):
        assert "Lyktan vid skolan" in body(client.get("/disk/arkiv/", {"q": query})), query
    for query in ("KS 2026/0002", "SN 2026/1", "finns inte", "\x00", "%", "2026/" + "9" * 30):
        page = body(client.get("/disk/arkiv/", {"q": query}))
        assert ("Inget ärende stämmer" in page) == (query != "\x00"), query


def test_the_archive_stands_among_the_registrars_pages(client: Client, clerk: User, case: Case) -> None:
    for address in ("/disk/arkiv/", "/en/disk/arkiv/", f"/disk/arkiv/arende/{case.pk}/"):
        current = re.findall(r'<a href="([^"]*)" aria-current="page">', body(client.get(address)))
        assert current[0].endswith("/disk/registrator/"), address


def test_a_long_list_goes_on_where_it_ended(client: Client, clerk: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(reading, "PAGE", 2)
    for number in range(5):
        making.case(f"Ärende nummer {number}")
    seen, address = [], "/disk/arkiv/"
    for _ in range(3):
        page = body(client.get(address))
        seen += [number for number in range(5) if f"Ärende nummer {number}" in page]
        if 'rel="next"' in page:
            older = re.search(r'<a class="btn"\s+href="(\?[^"]+)"\s+rel="next"', page)
            assert older
            address = f"/disk/arkiv/{older[1]}"
    assert seen == [3, 4, 1, 2, 0]
    assert client.get("/disk/arkiv/?fran=hej").status_code == 200


def test_a_package_is_made_fetched_and_taken_away(
    client: Client, clerk: User, case: Case, django_capture_on_commit_callbacks: Any
) -> None:
    url = f"/disk/arkiv/arende/{case.pk}/"
    assert "Inget paket är gjort" in body(client.get(url))
    page = body(client.post(f"{url}gor/", follow=True))
    assert "Paketet görs nu" in page and "Väntar på sin tur" in page and "Rut Testsson" in page
    assert actions.pack_waiting() == 1
    page = body(client.get(url))
    package = Package.objects.get()
    assert package.filename in page and "Klart" in page and package.mets_sha256 in page
    answer = client.post(f"/disk/arkiv/paket/{package.pk}/hamta/")
    assert answer["Content-Type"] == "application/zip" and answer["Cache-Control"] == "no-store"
    assert package.filename in answer["Content-Disposition"]
    assert len(b"".join(answer)) == package.size
    assert client.get(f"/disk/arkiv/paket/{package.pk}/").url == url  # type: ignore[attr-defined]
    with django_capture_on_commit_callbacks(execute=True):
        page = body(client.post(f"/disk/arkiv/paket/{package.pk}/ta-bort/", follow=True))
    assert "Paketet är borta" in page and Package.objects.count() == 0


def test_what_went_wrong_stands_in_plain_words(client: Client, clerk: User, town: Town) -> None:
    case = making.case()
    blob, name = making.file()
    making.record(case, files=[(blob, name)])
    files.path_of(blob.sha256).unlink()
    client.post(f"/disk/arkiv/arende/{case.pk}/gor/")
    actions.pack_waiting()
    page = body(client.get(f"/disk/arkiv/arende/{case.pk}/"))
    assert "Gick inte" in page and "En bilaga i ärendet saknas på disken" in page


def test_how_far_it_has_come_is_shown(client: Client, clerk: User, case: Case) -> None:
    client.post(f"/disk/arkiv/arende/{case.pk}/gor/")
    Package.objects.update(state="doing", records_done=4000, records_total=10000)
    assert "4 000 av 10 000 handlingar" in body(client.get(f"/disk/arkiv/arende/{case.pk}/")).replace("\xa0", " ")


def test_versions_that_are_none_are_refused(client: Client, clerk: User, case: Case) -> None:
    url = f"/disk/arkiv/arende/{case.pk}/gor/"
    assert client.post(url, {"csip": "9.9"}).status_code == 400
    client.post(url, {"csip": "2.2.0", "erms": "3.0.2"})
    assert Package.objects.values_list("csip", "erms").get() == ("2.2.0", "3.0.2")


@pytest.mark.parametrize("role", list(Role))
def test_only_those_who_classify_come_in(client: Client, town: Town, case: Case, role: Role) -> None:
    client.force_login(town.user(role))
    allowed = may(role, Right.CLASSIFY)
    for url in ("/disk/arkiv/", f"/disk/arkiv/arende/{case.pk}/"):
        assert client.get(url).status_code == (200 if allowed else 403)
    assert client.post(f"/disk/arkiv/arende/{case.pk}/gor/").status_code == (302 if allowed else 403)
    package = Package.objects.first() or Package.objects.create(
        case=case, csip="2.1.0", erms="2.1.2", asked_by=town.user(), asked_at=case.opened_at
    )
    for what in ("hamta", "ta-bort"):
        assert client.post(f"/disk/arkiv/paket/{package.pk}/{what}/").status_code == (302 if allowed else 404)
        assert client.get(f"/disk/arkiv/paket/{package.pk}/{what}/").status_code == 405


def test_nobody_comes_in_without_logging_in(client: Client, case: Case) -> None:
    assert "/konto/login/" in client.get("/disk/arkiv/").url  # type: ignore[attr-defined]
    assert client.get("/disk/arkiv/arende/999999/").status_code == 302


def test_a_case_that_is_not_there_is_not_found(client: Client, clerk: User) -> None:
    assert client.get("/disk/arkiv/arende/999999/").status_code == 404
    assert client.post("/disk/arkiv/arende/999999/gor/").status_code == 404


def test_from_the_packages_of_a_case_one_comes_back_to_the_case(client: Client, town: Town) -> None:
    case = making.case()
    client.force_login(town.user(Role.REGISTRAR))
    page = client.get(f"/disk/arkiv/arende/{case.pk}/").content.decode()
    there = f"/disk/registrator/arenden/{case.pk}/"
    assert f'href="{there}"' in page and client.get(there).status_code == 200
    assert 'href="/disk/registrator/"' in client.get("/disk/arkiv/").content.decode()
