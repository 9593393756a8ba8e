"""`torget verify` of packages: whole ones hold, and one byte, one file or one entry changed is named. Hostile ones do no harm."""

import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.support.making import MONDAY, Town
from torget.archive.tests import gates, making
from torget.journal import verifier
from torget.journal.models import Checkpoint
from torget.register import actions as register

DATA = f"{gates.REP}/data"
Files = dict[str, bytes]


@pytest.fixture
def package(town: Town, tmp_path: Path) -> Path:
    """A case of two records, one edited, with signs that XML does not have and files."""
    case = making.case()
    record = making.record(case, "Före\x01\r\n", files=[making.file(b"en ritning"), making.file(b"en till")])
    register.add_version(record, text="Efter", edited_at=MONDAY, files=[making.file(b"en annan ritning")])
    making.record(case, "", subject="")
    return making.packed(case, tmp_path / "paket").path


def code(path: Path, *, key: str | None = None) -> str:
    return str(verifier.check_file(path, verifier.parse_key(key) if key else None)["code"])


def key() -> str:
    checkpoint = Checkpoint.objects.latest()
    return checkpoint.key


def read(package: Path) -> Files:
    with zipfile.ZipFile(package) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def write(files: Files, target: Path) -> Path:
    with zipfile.ZipFile(target, "w") as archive:
        for name, body in files.items():
            archive.writestr(f"P/{name}", body)
    return target


def listed_anew(files: Files) -> Files:
    """The package as a forger would leave it: METS says what now lies there."""
    for mets in (f"{gates.REP}/METS.xml", "METS.xml"):
        base = mets.rpartition("METS.xml")[0]
        text = files[mets].decode()

        def line(found: re.Match[str], base: str = base) -> str:
            whole = found[0]
            href = re.search(r'xlink:href="([^"]+)"', whole)
            assert href
            body = files.get(base + href[1])
            if body is None:
                return whole
            whole = re.sub(r' SIZE="\d+"', f' SIZE="{len(body)}"', whole)
            return re.sub(r'CHECKSUM="\w+"', f'CHECKSUM="{hashlib.sha256(body).hexdigest()}"', whole)

        files[mets] = re.sub(r"<mdRef [^>]*>|<file [^>]*>\n<FLocat [^>]*>", line, text).encode()
    return files


def test_a_whole_package_holds_with_the_key_and_is_of_an_unknown_signer_without(package: Path) -> None:
    said = verifier.check_file(package, verifier.parse_key(key()))
    assert said["code"] == "package_holds" and said["exit"] == 0 and said["kind"] == "package"
    assert said["facts"]["records"] == "3"
    assert code(package) == "signer_unknown"
    assert code(write(listed_anew(read(package)), package.parent / "om.zip")) == "signer_unknown"


def test_the_one_file_to_give_away_checks_a_package_alone(package: Path, tmp_path: Path) -> None:
    alone = tmp_path / "verify.py"
    alone.write_text(verifier.joined())
    command = [sys.executable, "-I", str(alone), str(package), "--key", key()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("Stämmer. Paketet är helt")


def test_a_package_in_a_folder_is_checked_as_well(package: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        archive.extractall(tmp_path / "ut")
    assert code(tmp_path / "ut", key=key()) == "package_holds"
    assert code(tmp_path / "ut" / package.stem, key=key()) == "package_holds"
    (tmp_path / "ut" / package.stem / "lank").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "ut" / package.stem / "ror")
    assert code(tmp_path / "ut" / package.stem) == "package_unlisted"


def test_every_single_file_changed_missing_or_added_is_named(package: Path) -> None:
    files = read(package)
    for name, body in files.items():
        target = package.parent / "andrad.zip"
        flipped = body[:-2] + bytes([body[-2] ^ 1]) + body[-1:]
        said = verifier.check_file(write(files | {name: flipped}, target))
        assert said["exit"] == 1, name
        if not name.endswith("METS.xml"):
            assert said["code"] == "package_changed" and name in said["sv"]
        gone = {other: held for other, held in files.items() if other != name}
        assert code(write(gone, target)) == "package_missing", name
    assert code(write(files | {"extra.txt": b"hej"}, package.parent / "fler.zip")) == "package_unlisted"


def swap(path: str, old: bytes, new: bytes) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        assert old in files[path], old
        files[path] = files[path].replace(old, new, 1)

    return change


def drop_record(files: Files) -> None:
    files[f"{DATA}/ERMS.xml"] = re.sub(rb"<record .*?</record>\n", b"", files[f"{DATA}/ERMS.xml"], count=1, flags=re.S)


def drop_proof(files: Files) -> None:
    document = json.loads(files[f"{DATA}/torget-proofs.json"])
    del document["proofs"][0]
    files[f"{DATA}/torget-proofs.json"] = json.dumps(document).encode()


def other_attachment(files: Files) -> None:
    name = next(name for name in files if name.endswith("001-ritning.txt"))
    files[name] = b"en falsk ritning"


def move_entry(files: Files) -> None:
    document = json.loads(files[f"{DATA}/torget-proofs.json"])
    document["proofs"][0]["index"] += 1
    files[f"{DATA}/torget-proofs.json"] = json.dumps(document).encode()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        pytest.param(swap(f"{DATA}/ERMS.xml", b">Efter<", b">Aldrig<"), "package_text", id="another text in force"),
        pytest.param(swap(f"{DATA}/ERMS.xml", "Före".encode(), b"Under"), "package_text", id="another earlier text"),
        pytest.param(
            swap(f"{DATA}/torget-proofs.json", b'"text":"Efter"', b'"text":"Aldrig"'),
            "record_changed",
            id="another proof",
        ),
        pytest.param(drop_record, "package_no_record", id="a record gone"),
        pytest.param(drop_proof, "package_unproved", id="a proof gone"),
        pytest.param(other_attachment, "package_files", id="another attachment"),
        pytest.param(move_entry, "record_not_in_log", id="another place in the log"),
        pytest.param(
            swap(f"{DATA}/torget-proofs.json", b"time 2026", b"time 2025"), "forged", id="another day of signing"
        ),
    ],
)
def test_what_a_forger_lists_anew_in_mets_is_caught_by_the_proofs(
    package: Path, change: Callable[[Files], None], found: str
) -> None:
    files = read(package)
    change(files)
    said = verifier.check_file(write(listed_anew(files), package.parent / "falsk.zip"), verifier.parse_key(key()))
    assert found in {one["code"] for one in said["wrong"]}
    assert said["exit"] == 1


# ---- hostile ones ----------------------------------------------------------------------------------------------------


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(100):
            archive.writestr(f"P/METS.xml{number or ''}", bytes(1024 * 1024))
    assert bomb.stat().st_size < 600_000
    assert code(bomb) == "package_bomb"


def test_entities_are_refused_before_they_unfold(package: Path) -> None:
    laughs = b'<!DOCTYPE m [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><m>&b;</m>'
    for path in ("METS.xml", f"{gates.REP}/METS.xml"):
        assert code(write(read(package) | {path: laughs}, package.parent / "entitet.zip")) == "package_xml"


@pytest.mark.parametrize("href", ["../../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "a%2fb", "a//b", ""])
def test_a_listing_that_leads_out_of_the_package_is_none(package: Path, href: str) -> None:
    files = read(package)
    files["METS.xml"] = files["METS.xml"].replace(b"metadata/descriptive/dc.xml", href.encode())
    said = verifier.check_file(write(files, package.parent / "ut.zip"))
    assert "package_listing" in {one["code"] for one in said["wrong"]}


def test_a_file_that_lies_twice_is_named(package: Path) -> None:
    target = write(read(package), package.parent / "dubbel.zip")
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(target, "a") as archive:
        archive.writestr("P/METS.xml", b"<m/>")
    assert "package_twice" in {one["code"] for one in verifier.check_file(target)["wrong"]}


def _commented(body: bytes) -> bytes:
    return body[:-2] + (12).to_bytes(2, "little") + b"hemliga ord!"


def _between(body: bytes, size: int = 100) -> bytes:
    """Bytes between the last file and the list of files, which is told to begin behind them."""
    start = int.from_bytes(body[-6:-2], "little")
    moved = (start + size).to_bytes(4, "little")
    return body[:start] + b"x" * size + body[start:-6] + moved + body[-2:]


@pytest.mark.parametrize(
    "hide",
    [
        pytest.param(_commented, id="in the comment"),
        pytest.param(lambda body: b"PK\x03\x04" + b"x" * 200 + body, id="before"),
        pytest.param(lambda body: body + b"x" * 200, id="behind"),
        pytest.param(_between, id="between"),
        pytest.param(lambda body: _between(body, 20), id="a few between"),
    ],
)
def test_bytes_that_hide_beside_the_files_are_found(package: Path, hide: Callable[[bytes], bytes]) -> None:
    target = package.parent / "mer.zip"
    target.write_bytes(hide(package.read_bytes()))
    assert _unpacked(target) == _unpacked(package), "who opens it sees nothing"
    assert code(target) == "package_beside"


def test_a_package_that_another_program_has_packed_again_holds(package: Path) -> None:
    again = package.parent / "igen.zip"
    with again.open("wb") as file, zipfile.ZipFile(_Pipe(file), "w") as archive:
        for name, body in _unpacked(package).items():  # type: ignore[union-attr]
            archive.writestr(name, body)
    assert code(again) == code(package)


class _Pipe:
    """A file that cannot be gone back in, so that sizes are written behind each file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, body: bytes, /) -> int:
        return self._file.write(body)

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def test_cut_off_anywhere_it_is_said_so(package: Path) -> None:
    body = package.read_bytes()
    cut = package.parent / "av.zip"
    for end in (len(body) - 1, len(body) // 2, 4096, 200):
        cut.write_bytes(body[:end])
        assert code(cut) in {"package_cut_off", "package_damaged"}, end


def _unpacked(path: Path) -> dict[str, bytes] | None:
    """What the package holds, by name; None where it cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            return {info.filename: archive.read(info) for info in archive.infolist()}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, UnicodeError):
        return None


def test_a_flipped_bit_anywhere_is_never_taken_for_whole(package: Path) -> None:
    body = package.read_bytes()
    with zipfile.ZipFile(package) as archive:
        ends = [(info.header_offset + 30 + len(info.filename), info.compress_size) for info in archive.infolist()]
    flipped, whole, tried = package.parent / "bit.zip", _unpacked(package), 0
    for start, size in ends:
        for place in {start, start + size // 3, start + size // 2, start + max(0, size - 4)}:
            flipped.write_bytes(body[:place] + bytes([body[place] ^ 4]) + body[place + 1 :])
            # A packed file has bits that stand for nothing (lengths of codes that nothing uses): then it says the same.
            if _unpacked(flipped) == whole:
                assert code(flipped) == code(package), place
                continue
            tried += 1
            assert verifier.check_file(flipped)["exit"] == 1, place
    assert tried > 2 * len(ends)
