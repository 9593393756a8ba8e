"""The journal's pages, through their addresses."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from torget.core import clock
from torget.journal import actions, rules, verifier
from torget.journal.models import Checkpoint, Entry, Stamp

EnterSome = Callable[[int], list[Entry]]
NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)


def test_before_anything_is_entered(client: Client, home: Path, db: None) -> None:
    page = client.get(reverse("journal:index")).content.decode()
    assert "Inget är infört ännu" in page
    assert "Dagarnas sigill" not in page
    for name in ("journal:checkpoint", "journal:key"):
        assert client.get(reverse(name)).status_code == 404


def test_the_page_shows_checkpoint_key_and_days(client: Client, enter_some: EnterSome) -> None:
    for day in range(3):
        with clock.at(NOON + timedelta(days=day)):
            enter_some(2)
            actions.sequence()
    page = client.get(reverse("journal:index")).content.decode()
    latest = actions.latest_checkpoint()
    assert latest is not None
    assert "6 poster" in page
    assert "18 november 2026 kl. 13.00" in page
    assert page.count(latest.root_groups) == 2
    assert rules.parse_key(latest.key).fingerprint() in page
    assert [page.count(f"{day} november 2026</time>") for day in (16, 17, 18)] == [1, 1, 1]
    assert page.index("18 november 2026</time>") < page.index("16 november 2026</time>")


def test_the_page_costs_the_same_however_long_the_log(
    client: Client, enter_some: EnterSome, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for day in range(30 + 2):
        with clock.at(NOON + timedelta(days=day)):
            enter_some(1)
            actions.sequence()
    client.get(reverse("journal:index"))
    with django_assert_max_num_queries(5):  # four of ours, and the organisation's row
        page = client.get(reverse("journal:index")).content.decode()
    assert page.count('<th scope="row">') == 30


@pytest.mark.parametrize(
    ("prefix", "day"), [("", "16 november 2026"), ("/en", "16 November 2026"), ("/stor", "16 november 2026")]
)
def test_what_is_new_shows_at_once_in_each_language(
    client: Client, enter_some: EnterSome, prefix: str, day: str
) -> None:
    with clock.at(NOON):
        enter_some(2)
        actions.sequence()
    address = f"{prefix}/journal/"
    before = client.get(address).content.decode()
    assert f"{day}</time>" in before and f'href="{prefix}/journal/sigill/2"' in before
    head = Checkpoint.objects.get()
    assert ".tsr" not in before
    Stamp.objects.create(checkpoint=head, service="x", response=b"x", at=NOON + timedelta(minutes=5))
    assert f'href="{prefix}/journal/sigill/2.tsr"' in client.get(address).content.decode()
    with clock.at(NOON + timedelta(hours=1)):
        enter_some(1)
        actions.sequence()
    after = client.get(address).content.decode()
    latest = actions.latest_checkpoint()
    assert latest is not None and after.count(latest.root_groups) == 2 and head.root_groups not in after
    assert f'href="{prefix}/journal/sigill/3"' in after and ".tsr" not in after


def test_what_is_downloaded_checks_a_receipt(client: Client, enter_some: EnterSome) -> None:
    enter_some(3)
    actions.sequence()
    note = client.get(reverse("journal:checkpoint"))
    key = client.get(reverse("journal:key"))
    assert note["Content-Type"] == key["Content-Type"] == "text/plain; charset=utf-8"
    rules.require_signature(rules.parse_note(note.content.decode()), rules.parse_key(key.content.decode()))
    program = client.get(reverse("journal:verifier"))
    assert program.content.decode() == verifier.joined()
    assert 'filename="verify.py"' in program["Content-Disposition"]


@pytest.mark.parametrize("name", ["index", "checkpoint", "key", "verifier"])
def test_pages_are_for_reading(name: str, client: Client, db: None) -> None:
    address = reverse(f"journal:{name}")
    assert client.post(address).status_code == 405
    assert not client.get(address).cookies


# ---- keys, tiles, two heads -----------------------------------------------------------------------------------------


def test_keys_through_time_are_shown_and_given(client: Client, enter_some: EnterSome, tmp_path: Path) -> None:
    enter_some(3)
    actions.sequence()
    assert "Nycklar genom tiden" not in client.get(reverse("journal:index")).content.decode()
    old = actions.signing_key().public
    actions.revoke()
    actions.sequence()
    page = client.get(reverse("journal:index")).content.decode()
    new = actions.signing_key().public
    assert page.index(new.fingerprint()) < page.index(old.fingerprint())
    assert "återkallad från" in page
    assert client.get(reverse("journal:key")).content.decode() == new.text() + "\n"
    given = tmp_path / "nycklar.json"
    given.write_bytes(client.get(reverse("journal:keys")).content)
    note = tmp_path / "sigill.txt"
    note.write_bytes(client.get(reverse("journal:checkpoint")).content)
    assert verifier.check_file(note, verifier.read_trust(str(given)))["code"] == "checkpoint_holds"


def test_the_tree_can_be_worked_out_from_its_tiles(client: Client, enter_some: EnterSome) -> None:
    enter_some(300)
    actions.sequence(256)
    actions.sequence()
    full, partial = client.get("/journal/tile/0/000"), client.get("/journal/tile/0/001.p/44")
    assert (len(full.content), len(partial.content)) == (256 * 32, 44 * 32)
    assert full["Content-Type"] == "application/octet-stream"
    assert "immutable" in full["Cache-Control"]
    assert partial["Cache-Control"] == "public, max-age=3600"
    data = full.content + partial.content
    leaves = [data[start : start + 32] for start in range(0, len(data), 32)]
    latest = actions.latest_checkpoint()
    assert latest is not None
    assert rules.root_of(leaves) == bytes(latest.root)
    assert client.get("/journal/tile/1/000.p/1").content == rules.root_of(leaves[:256])


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("0/001", id="a tile that is not full yet"),
        pytest.param("0/001.p/45", id="a wider one than there is"),
        pytest.param("1/000.p/2", id="a level that does not reach so far"),
        pytest.param("0/000.p/256", id="a full one named as a part"),
        pytest.param("0/000.p/0", id="an empty one"),
        pytest.param("00/000", id="a level with a zero before"),
        pytest.param("0/x000/000", id="an index with a zero part before"),
        pytest.param("0/0", id="a short index"),
        pytest.param("0/x999/x999/x999/x999/x999/x999/999", id="an index beyond all"),
        pytest.param("63/000", id="the highest level"),
        pytest.param("64/000", id="a level that is none"),
        pytest.param("0/٠٠٠", id="digits of another script"),
        pytest.param("entries/000", id="the entries themselves, which are not public"),
        pytest.param("0/000/../../../etc/passwd", id="a way out"),
    ],
)
def test_a_tile_that_is_none(name: str, client: Client, enter_some: EnterSome) -> None:
    enter_some(300)
    actions.sequence()
    assert client.get(f"/journal/tile/{name}").status_code == 404


def test_a_bit_that_flipped_in_a_tile_is_seen_by_who_counts(client: Client, enter_some: EnterSome) -> None:
    enter_some(5)
    actions.sequence()
    data = bytearray(client.get("/journal/tile/0/000.p/5").content)
    latest = actions.latest_checkpoint()
    assert latest is not None
    for flipped in (False, True):
        data[70] ^= flipped
        leaves = [bytes(data[start : start + 32]) for start in range(0, len(data), 32)]
        assert (rules.root_of(leaves) == bytes(latest.root)) is not flipped


def test_two_heads_are_the_same_journal(client: Client, enter_some: EnterSome, tmp_path: Path) -> None:
    for count in (3, 4, 2):
        enter_some(count)
        actions.sequence()
    page = client.get(reverse("journal:consistency"), {"fran": " 3 ", "till": ""})
    assert "Från 3 till 9 poster" in page.content.decode()
    file = tmp_path / "samma.json"
    answer = client.get(reverse("journal:consistency_file"), {"fran": "9", "till": "3"})
    file.write_bytes(answer.content)
    assert 'filename="samma-journal-3-9.json"' in answer["Content-Disposition"]
    key = actions.signing_key().public
    assert verifier.check_file(file, key)["code"] == "history_holds"
    file.write_bytes(answer.content.replace(b'"path": [\n  "', b'"path": [\n  "' + b"0" * 64 + b'",\n  "'))
    assert verifier.check_file(file, key)["code"] == "forked"
    same = client.get(reverse("journal:consistency"), {"fran": "9", "till": "9"}).content.decode()
    assert "samma sigill" in same
    assert client.get("/journal/sigill/7").content.decode().startswith("test.example/journal\n7\n")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        pytest.param("4", "9", "Inget sigill är undertecknat vid 4 poster.", id="no checkpoint of that size"),
        pytest.param("3", "10", "Inget sigill är undertecknat vid 10 poster.", id="beyond the newest"),
        pytest.param("0", "9", "Skriv antalet poster med siffror.", id="nothing"),
        pytest.param("-3", "9", "Skriv antalet poster med siffror.", id="a negative number"),
        pytest.param("", "9", "Skriv antalet poster med siffror.", id="no older one"),
        pytest.param("9" * 30, "9", "Skriv antalet poster med siffror.", id="an endless number"),
        pytest.param("999999999999999999", "9", "Inget sigill är undertecknat", id="a huge number"),
        pytest.param("٣", "9", "Skriv antalet poster med siffror.", id="a digit of another script"),
        pytest.param("<b>", "9", "Skriv antalet poster med siffror.", id="markup"),
        pytest.param("3\0", "9", "Skriv antalet poster med siffror.", id="a zero byte"),
    ],
)
def test_heads_that_there_are_not(old: str, new: str, why: str, client: Client, enter_some: EnterSome) -> None:
    for count in (3, 6):
        enter_some(count)
        actions.sequence()
    page = client.get(reverse("journal:consistency"), {"fran": old, "till": new})
    assert page.status_code == 400
    assert why in page.content.decode()
    assert "<b>" not in page.content.decode().split("<form")[1].split("</form>")[0]
    answer = client.get(reverse("journal:consistency_file"), {"fran": old, "till": new})
    assert (answer.status_code, why in answer.json()["error"]) == (400, True)


@pytest.mark.parametrize(
    "address",
    [
        "sigill/1", "sigill/99999999999999999999", "sigill/1.tsr", "sigill/99999999999999999999.tsr", "vittnesnyckel",
        "vittnesmal/0123456789abcdef", "gaffel/1.json", "gaffel/99999999999999999999.json", "nycklar",
        "tile/0/000.p/1",
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(address: str, client: Client, home: Path, db: None) -> None:
    assert client.get(f"/journal/{address}").status_code == 404
