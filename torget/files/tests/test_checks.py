"""The doctor's look at the files: one that is gone, cut or changed by a bit is found and named."""

from pathlib import Path

import pytest

from torget.files import actions, checks
from torget.files.actions import path_of


@pytest.fixture
def kept(db: None, settings: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that was kept."""
    monkeypatch.setattr("django.conf.settings.TORGET_HOME", tmp_path)
    return path_of(actions.keep(b"hundra meter spillror" * 100, filename="a.txt").sha256)


def test_all_is_as_it_came(kept: Path) -> None:
    for look in (checks.sample, checks.all_files):
        [found] = look()
        assert found.ok and found.says.startswith("1 lästa")


def _flip(path: Path) -> None:
    body = bytearray(path.read_bytes())
    body[700] ^= 1
    path.chmod(0o600)
    path.write_bytes(body)


def _cut(path: Path) -> None:
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:100])


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        pytest.param(_flip, "har ändrats", id="a flipped bit"),
        pytest.param(_cut, "100 byte i stället", id="cut"),
        pytest.param(lambda path: path.unlink(), "saknas", id="gone"),
    ],
)
def test_what_was_harmed_is_named_with_its_remedy(kept: Path, harm: object, says: str) -> None:
    harm(kept)  # type: ignore[operator]
    for look in (checks.sample, checks.all_files):
        [found] = look()
        assert not found.ok and str(kept) in found.says and says in found.says and "säkerhetskopia" in found.remedy


def test_many_are_counted_and_ten_named(kept: Path) -> None:
    for number in range(12):
        path_of(actions.keep(b"%d" % number * 50).sha256).unlink()
    found = list(checks.all_files())
    assert len(found) == 11 and "12 av 13" in found[-1].says
