"""Packages of every odd case pass the three gates, hold what they should, and can be made again."""

import json
import zipfile
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from lxml import etree

from tests.support.making import MONDAY, Town, incoming
from torget.archive.rules import Csip, Erms
from torget.archive.tests import gates, making
from torget.channels import registry
from torget.channels.base import Deleted, Visibility
from torget.conversations.models import Message
from torget.core import clock
from torget.journal.models import Entry
from torget.organisations.rules import Role
from torget.register import actions as register
from torget.register.models import Attachment, Record
from torget.register.rules import Field, State

ERMS = "{https://DILCIS.eu/XML/ERMS}"
DATA = f"{gates.REP}/data"


def inside(package: Path, path: str) -> bytes:
    with zipfile.ZipFile(package) as archive:
        return archive.read(f"{package.stem}/{path}")


def erms(package: Path) -> Any:
    return etree.fromstring(inside(package, f"{DATA}/ERMS.xml"))


def proofs(package: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(inside(package, f"{DATA}/torget-proofs.json"))
    return found


# All that PostgreSQL and SQLite both hold; NUL is only in SQLite.
ODD = "Hej\x01\x0b\ufffe & <b>\r\nrad två\u202e ]]> 😀 " + ("" if connection.vendor == "postgresql" else "\x00")
NAMES = ["../../etc/passwd", "..", "a/b\\c.txt", "samma.txt", "samma.txt", "x" * 190 + ".pdf", "bild\u202egnp.exe", " ",
         "<&\">.xml", "CON.txt", "\x01.txt"]  # fmt: skip


@pytest.mark.once
@pytest.mark.services
def test_odd_cases_pass_all_three_gates(town: Town, tmp_path: Path) -> None:
    odd = making.case(ODD)
    making.record(odd, ODD, files=[making.file(name=name) for name in NAMES], correspondent=ODD, subject=ODD, title=ODD)
    making.record(odd, "", correspondent="", subject="", title="")
    making.record(odd, ODD * 2000)
    empty = making.case("")
    many = making.case("Många bilagor", closed=False)
    making.record(many, files=[making.file(name="bilaga.txt") for _ in range(2000)])
    edited = making.case()
    first = making.record(edited, "Före", files=[making.file()])
    register.add_version(first, text="Efter\r\n", edited_at=MONDAY + timedelta(hours=1), files=[making.file()])
    register.mark_secret(first, provision="OSL 26 kap. 1 §", by=town.user())
    packages = [making.packed(one, tmp_path).path for one in (odd, empty, many, edited)]
    assert gates.faults(*packages) == []
    assert len(erms(packages[0]).findall(f".//{ERMS}appendix")) == len(NAMES)
    assert len(erms(packages[2]).findall(f".//{ERMS}appendix")) == 2000


@pytest.mark.services
@pytest.mark.parametrize(
    ("csip", "version"),
    [
        pytest.param(Csip.V2_2, Erms.V3_0, id="CSIP 2.2.0 and ERMS 3.0.2"),
        pytest.param(Csip.V2_2, Erms.V2_1, id="CSIP 2.2.0 and ERMS 2.1.2"),
    ],
)
def test_newer_versions_pass_their_gates(town: Town, tmp_path: Path, csip: Csip, version: Erms) -> None:
    case = making.case()
    making.record(case, ODD, files=[making.file()])
    made = making.packed(case, tmp_path, csip=csip, erms=version)
    assert gates.faults(made.path, csip=csip, erms=version) == []


@pytest.mark.services
def test_the_gates_catch_what_is_changed(town: Town, tmp_path: Path) -> None:
    case = making.case()
    making.record(case, files=[making.file(b"hej")])
    whole = making.packed(case, tmp_path).path
    spoilt = []
    for name, old, new in (("byte", b"hej", b"hei"), ("extra", None, b"en fil till"), ("gone", b"hej", None)):
        target = tmp_path / name / whole.name
        target.parent.mkdir()
        with zipfile.ZipFile(whole) as source, zipfile.ZipFile(target, "w") as archive:
            for info in source.infolist():
                body = source.read(info)
                if body == old and new is None:
                    continue
                archive.writestr(info, new if old and body == old and new else body)
            if old is None and new:
                archive.writestr(f"{whole.stem}/{DATA}/attachments/okand.txt", new)
        spoilt.append(target)
    results = [report["summary"]["result"] for report in gates.validated(whole, *spoilt)]
    assert results == ["VALID", "INVALID", "INVALID", "INVALID"]


def test_the_schemas_and_the_schematron_rules_catch_what_is_wrong(town: Town, tmp_path: Path) -> None:
    case = making.case()
    making.record(case)
    package = making.packed(case, tmp_path).path
    assert gates.by_schemas(package) == []
    body = inside(package, f"{DATA}/ERMS.xml")
    assert gates.broken_rules(body) == []
    broken = body.replace(b'directionDefinition="incoming"', b'directionDefinition="other"')
    assert len(gates.broken_rules(broken)) == 1
    unknown = body.replace(b'directionDefinition="incoming"', b'directionDefinition="sidewise"')
    assert not gates.schema("ERMS_v2_1_2.xsd").validate(etree.parse(BytesIO(unknown)))


# ---- what lies in it -------------------------------------------------------------------------------------------------


def test_a_package_holds_each_record_with_versions_files_secrecy_and_proofs(town: Town, tmp_path: Path) -> None:
    clerk = town.user(name="Rut Testsson")
    case = making.case()
    record = making.record(case, "Före", files=[making.file(b"en ritning", "ritning.txt")])
    register.add_version(record, text="Efter", edited_at=MONDAY)
    register.confirm(record, state=State.REGISTERED, subject="Lykta", by=clerk)
    register.mark_secret(record, provision="OSL 26 kap. 1 §", by=clerk)
    made = making.packed(case, tmp_path)
    tree = erms(made.path)
    (told,) = tree.iter(f"{ERMS}record")
    assert told.get("systemIdentifier") == record.ref
    assert told.findtext(f"{ERMS}description") == "Efter"
    assert [note.text for note in told.iter(f"{ERMS}note") if note.get("noteType") == "version:1"] == ["Före"]
    assert told.findtext(f"{ERMS}restriction/{ERMS}regulation") == "OSL 26 kap. 1 §"
    appendix = told.find(f".//{ERMS}appendix")
    assert appendix.get("name") == "ritning.txt"
    assert inside(made.path, f"{DATA}/{appendix.get('path')}") == b"en ritning"
    assert [proof["record"]["text"] for proof in proofs(made.path)["proofs"]] == ["Före", "Efter"]
    events = inside(made.path, f"{gates.REP}/metadata/preservation/premis.xml").decode()
    assert all(kind in events for kind in ("record.received", "record.edited", "record.secrecy_marked"))
    assert "Rut Testsson" in events
    assert Entry.objects.filter(kind="case.packed", object_ref=f"case:{case.pk}").count() == 1


def test_working_material_and_records_of_other_cases_are_not_in_it(town: Town, tmp_path: Path) -> None:
    case, other = making.case(), making.case("Ett annat")
    making.record(case, "Ordet sparvhök")
    making.record(other, "Ordet glada")
    draft = making.record(case, "Ordet pilgrimsfalk")
    Record.objects.filter(pk=draft.pk).update(kind="working")
    made = making.packed(case, tmp_path)
    with zipfile.ZipFile(made.path) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert made.records == 1
    assert "sparvhök".encode() in everything
    assert b"glada" not in everything and b"pilgrimsfalk" not in everything


def test_a_protected_identity_is_marked_and_not_lost(town: Town, tmp_path: Path) -> None:
    case = making.case()
    record = making.record(case, correspondent="Dold Testsson")
    register.protect([record], contact=None, chosen=register.Chosen(), by=town.user(Role.REGISTRAR))
    made = making.packed(case, tmp_path)
    agent = erms(made.path).find(f".//{ERMS}record/{ERMS}agents/{ERMS}agent")
    assert agent.get("agentType") == "sender"
    assert agent.findtext(f"{ERMS}protectedIdentity") == "true"
    assert agent.findtext(f"{ERMS}name") == "Dold Testsson"
    assert gates.by_schemas(made.path) == []


def test_merged_and_linked_cases_tell_of_each_other_and_corrections_of_what_was(town: Town, tmp_path: Path) -> None:
    clerk = town.user(Role.REGISTRAR)
    source, into, other = (making.case(word, closed=False) for word in ("Källan", "Målet", "Ett annat"))
    moved = making.record(source, "Flyttas")
    former = Record.objects.get(pk=moved.pk).dnr
    register.merge_cases(source, into=into, by=clerk)
    register.link_cases(into, other, by=clerk)
    register.correct(moved, field=Field.SUBJECT, value="Rätt ämne", why="Fel ämne", by=clerk)
    kept, emptied = making.packed(into, tmp_path), making.packed(source, tmp_path)
    tree = erms(kept.path)
    relations = {(one.get("relationType"), one.text) for one in tree.iter(f"{ERMS}relation")}
    assert relations == {("replaces", source.dnr), ("reference", other.dnr)}
    assert [one.text for one in tree.iter(f"{ERMS}extraId") if one.get("extraIdType") == "former_number"] == [former]
    assert any("Rätt ämne" in one.text and "Rättad" in one.text for one in tree.iter(f"{ERMS}actionText"))
    assert [one.text for one in erms(emptied.path).iter(f"{ERMS}relation")] == [into.dnr]
    assert emptied.records == 0
    assert gates.by_schemas(kept.path) + gates.by_schemas(emptied.path) == []


def test_a_note_that_was_kept_when_the_case_was_closed_lies_in_it(town: Town, tmp_path: Path) -> None:
    clerk, case = town.user(Role.REGISTRAR), making.case(closed=False)
    note = register.write_working(authority=case.authority, channel="web", text="Ett samtal med Signe")
    gone = register.write_working(authority=case.authority, channel="web", text="Ett utkast")
    register.close_case(case, working=[note, gone], keep=[note], by=clerk)
    made = making.packed(case, tmp_path)
    assert [one.text for one in erms(made.path).iter(f"{ERMS}description")] == ["Ett samtal med Signe"]
    assert gates.by_schemas(made.path) == []


def test_the_same_case_at_the_same_time_gives_the_same_bytes(town: Town, tmp_path: Path) -> None:
    case = making.case()
    making.record(case, ODD, files=[making.file()])
    first = making.packed(case, tmp_path / "a")
    # The entry that the first was made is an event of the second: the journal is put back to where it was.
    second_state = Entry.objects.filter(kind="case.packed").count()
    second = making.packed(case, tmp_path / "b")
    assert second_state == 1
    same = [f"{DATA}/ERMS.xml", "documentation/leverans.txt", "metadata/descriptive/dc.xml"]
    assert all(inside(first.path, path) == inside(second.path, path) for path in same)
    assert first.path.name == second.path.name


# ---- deliveries ------------------------------------------------------------------------------------------------------


def _warc(package: Path) -> list[tuple[str, str, bytes]]:
    from warcio.archiveiterator import ArchiveIterator

    body = BytesIO(inside(package, f"{DATA}/attachments/leveranser.warc.gz"))
    found = []
    for one in ArchiveIterator(body, check_digests="raise"):
        assert one.rec_headers.get_header("WARC-Block-Digest").startswith("sha256:")
        found.append((one.rec_type, one.rec_headers.get_header("WARC-Record-ID"), one.content_stream().read()))
    return found


def test_deliveries_lie_in_it_as_they_came_and_others_private_words_do_not(
    town: Town, tmp_path: Path, monkeypatch: Any
) -> None:
    from tests.support.making import Told

    case = making.case()
    alone, public, private = b"ensam", b"med en offentlig kommentar", b"med ett enskilt meddelande"
    told = Told()
    told.items = {
        alone: [incoming("a")],
        public: [incoming("b"), incoming("other-public", visibility=Visibility.PUBLIC)],
        private: [incoming("c"), incoming("other-private")],
    }
    monkeypatch.setitem(registry.CHANNELS, "jsonl", told)
    town.store(alone, public, private)
    for name, delivery in (("a", alone), ("b", public), ("c", private)):
        making.commented(town, case, f"Text {name}", name=name, delivery=delivery)
    town.take(incoming("other-public", visibility=Visibility.PUBLIC), incoming("other-private"))
    made = making.packed(case, tmp_path)
    assert made.withheld == 1
    found = _warc(made.path)
    assert [kind for kind, _, _ in found] == ["warcinfo", "resource", "resource", "metadata"]
    assert {body for kind, _, body in found if kind == "resource"} == {alone, public}
    (named,) = [body.decode() for kind, _, body in found if kind == "metadata"]
    assert "withheld: private" in named and "sha256: " in named
    assert private not in b"".join(body for _, _, body in found)
    names = {one.get("name") for one in erms(made.path).iter(f"{ERMS}appendix")}
    assert {f"<{name}>" for name in names} == {identity for kind, identity, _ in found if kind != "warcinfo"}


@pytest.mark.parametrize(
    "many", [pytest.param(0, id="all deliveries read through"), pytest.param(99, id="halved for each")]
)
def test_each_message_is_found_in_the_delivery_it_came_in(town: Town, monkeypatch: Any, many: int) -> None:
    from tests.support.making import Told
    from torget.archive.sip import raw

    told = Told()
    monkeypatch.setitem(registry.CHANNELS, "jsonl", told)
    monkeypatch.setattr(raw, "MANY", many)
    case, wanted, moments = making.case(), {}, []
    for number in range(9):
        body, name = b"leverans %d" % number, f"m{number}"
        told.items[body] = [incoming(name)]
        with clock.at(MONDAY + timedelta(minutes=number)):
            (event,) = town.store(body)
            message = making.commented(town, case, "Text", name=name, delivery=body)
        wanted[event.pk] = [message.pk]
        moments.append((message, MONDAY + timedelta(minutes=number)))
    found = raw.find(case.pk, moments)
    assert found.messages == wanted and found.withheld == {}


def test_a_deleted_message_stays_with_its_deletion_told(town: Town, tmp_path: Path) -> None:
    case = making.case()
    message = making.commented(town, case, "Finns inte kvar", name="d", delivery=b"")
    town.take(Deleted("d", at=MONDAY), account=message.account)
    assert Message.objects.get(pk=message.pk).deleted_at is not None
    made = making.packed(case, tmp_path)
    assert [date.get("dateType") for date in erms(made.path).iter(f"{ERMS}date")].count("deleted") == 1
    assert b"message.deleted_by_sender" in inside(made.path, f"{gates.REP}/metadata/preservation/premis.xml")
    assert gates.by_schemas(made.path) == []


def test_attachments_of_the_same_bytes_are_each_a_file_of_their_own(town: Town, tmp_path: Path) -> None:
    case = making.case()
    blob, _ = making.file(b"samma")
    making.record(case, files=[(blob, "a.txt"), (blob, "b.txt")])
    made = making.packed(case, tmp_path)
    assert Attachment.objects.count() == 2
    paths = [one.get("path") for one in erms(made.path).iter(f"{ERMS}appendix")]
    assert paths == ["attachments/1/001-a.txt", "attachments/1/002-b.txt"]
