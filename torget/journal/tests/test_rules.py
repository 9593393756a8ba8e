"""The tree, its proofs and the notes, against known values, the published vectors and everything in between."""

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import example, given
from hypothesis import strategies as st

from torget.core.testing import shared_data
from torget.journal import rules
from torget.journal.rules import Place

# Eight leaves of our own, and by hand the roots over the first 1, 2, 3, 5 and 8 of them.
LEAVES = [rules.leaf_hash(b"stone %d" % number) for number in range(8)]


def _join(*parts: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + b"".join(parts)).digest()


PAIRS = [_join(LEAVES[n], LEAVES[n + 1]) for n in range(0, 8, 2)]
FOURS = [_join(PAIRS[0], PAIRS[1]), _join(PAIRS[2], PAIRS[3])]


@pytest.mark.parametrize(
    ("size", "root"),
    [
        pytest.param(0, hashlib.sha256().digest(), id="no leaf: the hash of nothing"),
        pytest.param(1, LEAVES[0], id="one leaf is its own root"),
        pytest.param(2, PAIRS[0], id="two leaves"),
        pytest.param(3, _join(PAIRS[0], LEAVES[2]), id="the third stands alone on the right"),
        pytest.param(5, _join(FOURS[0], LEAVES[4]), id="the fifth beside a full four"),
        pytest.param(7, _join(FOURS[0], _join(PAIRS[2], LEAVES[6])), id="seven: a four, a pair and one"),
        pytest.param(8, _join(*FOURS), id="a full eight"),
    ],
)
def test_roots(size: int, root: bytes) -> None:
    assert rules.root_of(LEAVES[:size]) == root


def test_leaf_and_node_hashes_cannot_be_taken_for_each_other() -> None:
    assert rules.leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"  # RFC 6962
    assert rules.leaf_hash(b"ab") != rules.node_hash(b"a", b"b")


@pytest.mark.parametrize(
    ("index", "size", "path"),
    [
        pytest.param(0, 1, [], id="alone: nothing to show"),
        pytest.param(2, 3, [PAIRS[0]], id="the last of three needs only the pair"),
        pytest.param(0, 7, [LEAVES[1], PAIRS[1], _join(PAIRS[2], LEAVES[6])], id="the right of seven is no full four"),
        pytest.param(6, 7, [PAIRS[2], FOURS[0]], id="the last of seven"),
        pytest.param(5, 8, [LEAVES[4], PAIRS[3], FOURS[0]], id="in a full tree"),
    ],
)
def test_inclusion_paths(index: int, size: int, path: list[bytes]) -> None:
    assert list(_inclusion(LEAVES[:size], index)) == path


@pytest.mark.parametrize(
    ("size1", "size2", "path"),
    [
        pytest.param(4, 4, [], id="the same tree"),
        pytest.param(4, 8, [FOURS[1]], id="a full four is known to the reader"),
        pytest.param(3, 7, [LEAVES[2], LEAVES[3], PAIRS[0], _join(PAIRS[2], LEAVES[6])], id="RFC 6962 2.1.3, 3 to 7"),
        pytest.param(6, 7, [PAIRS[2], LEAVES[6], FOURS[0]], id="RFC 6962 2.1.3, 6 to 7"),
    ],
)
def test_consistency_paths(size1: int, size2: int, path: list[bytes]) -> None:
    assert list(_consistency(LEAVES[:size2], size1)) == path


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_no_proof_of_a_leaf_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no such leaf"):
        rules.inclusion_spans(index, size)


@pytest.mark.parametrize(("size1", "size2"), [(0, 3), (4, 3)])
def test_no_proof_between_impossible_sizes(size1: int, size2: int) -> None:
    with pytest.raises(ValueError, match="no such sizes"):
        rules.consistency_spans(size1, size2)


def _tree(leaves: list[bytes]) -> dict[Place, bytes]:
    return dict(rules.grow([], 0, leaves)[1])


def _inclusion(leaves: list[bytes], index: int) -> tuple[bytes, ...]:
    return rules.resolve(rules.inclusion_spans(index, len(leaves)), _tree(leaves).__getitem__)


def _consistency(leaves: list[bytes], size1: int) -> tuple[bytes, ...]:
    return rules.resolve(rules.consistency_spans(size1, len(leaves)), _tree(leaves).__getitem__)


def _leaves(count: int) -> list[bytes]:
    return [rules.leaf_hash(b"%d" % number) for number in range(count)]


def _slow_root(leaves: list[bytes]) -> bytes:
    # The definition in RFC 6962 2.1, word for word, to hold the quick one against.
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return rules.node_hash(_slow_root(leaves[:half]), _slow_root(leaves[half:]))


@given(size=st.integers(1, 200), data=st.data())
def test_any_tree_proves_every_leaf_and_no_flipped_bit(size: int, data: st.DataObject) -> None:
    leaves = _leaves(size)
    root = rules.root_of(leaves)
    index = data.draw(st.integers(0, size - 1))
    path = _inclusion(leaves, index)
    assert root == _slow_root(leaves)
    assert rules.inclusion_holds(index, size, leaves[index], path, root)
    parts = [leaves[index], root, *path]
    at, bit = data.draw(st.integers(0, len(parts) - 1)), data.draw(st.integers(0, 255))
    parts[at] = _flip(parts[at], bit)
    assert not rules.inclusion_holds(index, size, parts[0], parts[2:], parts[1])


@given(size2=st.integers(1, 200), data=st.data())
def test_any_tree_shows_each_earlier_one_and_no_flipped_bit(size2: int, data: st.DataObject) -> None:
    leaves = _leaves(size2)
    size1 = data.draw(st.integers(1, size2))
    path = _consistency(leaves, size1)
    parts = [rules.root_of(leaves[:size1]), rules.root_of(leaves), *path]
    assert rules.consistency_holds(size1, size2, parts[0], parts[1], parts[2:])
    at, bit = data.draw(st.integers(0, len(parts) - 1)), data.draw(st.integers(0, 255))
    parts[at] = _flip(parts[at], bit)
    assert not rules.consistency_holds(size1, size2, parts[0], parts[1], parts[2:])


def _flip(value: bytes, bit: int) -> bytes:
    return (int.from_bytes(value, "big") ^ (1 << bit)).to_bytes(len(value), "big")


@given(sizes=st.lists(st.integers(0, 40), min_size=1, max_size=6))
def test_growing_in_pieces_is_growing_at_once(sizes: list[int]) -> None:
    leaves = _leaves(sum(sizes))
    edge: list[bytes] = []
    made: list[tuple[Place, bytes]] = []
    done = 0
    for size in sizes:
        edge, more = rules.grow(edge, done, leaves[done : done + size])
        made, done = made + more, done + size
    assert dict(made) == _tree(leaves)
    assert len(dict(made)) == len(made)
    assert edge == [_tree(leaves)[place] for place in rules.root_span(len(leaves))]


def _vectors() -> Iterator[Any]:
    data = shared_data()
    folder = data / "archive" / "merkle-vectors" if data else Path("nowhere")
    for path in sorted([*folder.glob("inclusion/**/*.json"), *folder.glob("consistency/**/*.json")]):
        yield pytest.param(path, id=f"{path.parent.parent.name}/{path.parent.name}/{path.stem}")


@pytest.mark.parametrize("path", list(_vectors()) or [None])
def test_published_vectors(path: Path | None) -> None:
    if path is None:
        pytest.skip("the published vectors are not on this machine; the hand-made tree above stands in")
    vector = json.loads(path.read_text())
    proof = [base64.b64decode(part) for part in vector["proof"] or []]
    if "inclusion" in path.parts:
        leaf, root = base64.b64decode(vector["leafHash"]), base64.b64decode(vector["root"])
        held = rules.inclusion_holds(vector["leafIdx"], vector["treeSize"], leaf, proof, root)
    else:
        root1, root2 = base64.b64decode(vector["root1"]), base64.b64decode(vector["root2"])
        held = rules.consistency_holds(vector["size1"], vector["size2"], root1, root2, proof)
    assert held is not vector["wantErr"], vector["desc"]


@pytest.mark.parametrize(
    ("value", "form"),
    [
        pytest.param({"b": 1, "a": None}, '{"a":null,"b":1}', id="keys are sorted, no spaces"),
        pytest.param({"å": "ö \u2028 😀"}, '{"å":"ö \u2028 😀"}', id="letters stand as themselves"),
        pytest.param(['\n\x01"\\', True, -3], '["\\n\\u0001\\"\\\\",true,-3]', id="the short escapes"),
        pytest.param(({"a": ({},)},), '[{"a":[{}]}]', id="tuples are lists"),
    ],
)
def test_canonical_form(value: object, form: str) -> None:
    assert rules.canonical(value).decode() == form


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"a": 0.5}, id="a fraction"),
        pytest.param({1: "a"}, id="a key that is no text"),
        pytest.param([datetime(2026, 11, 16, tzinfo=UTC)], id="a time"),
        pytest.param([b"x"], id="bytes"),
    ],
)
def test_no_canonical_form(value: object) -> None:
    with pytest.raises(TypeError, match="no canonical form"):
        rules.canonical(value)


def test_half_a_character_has_no_canonical_form() -> None:
    with pytest.raises(UnicodeEncodeError):
        rules.canonical("\ud800")


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    )
)
@example(value={"text": "Hej"})
def test_canonical_form_reads_back_the_same(value: object) -> None:
    once = rules.canonical(value)
    assert json.loads(once) == value
    assert rules.canonical(json.loads(once)) == once


def test_digest_is_salt_then_record() -> None:
    assert rules.record_digest(b"s" * 16, {"text": "Hej"}) == hashlib.sha256(b"s" * 16 + b'{"text":"Hej"}').digest()


def test_leaf_says_milliseconds_in_utc() -> None:
    at = datetime.fromisoformat("2026-11-16T14:07:31.123+01:00")
    leaf = rules.leaf(kind="record.received", actor="", object_ref="record:7", digest=b"\x01" * 32, at=at)
    assert rules.canonical(leaf).decode() == (
        '{"actor":"","at":"2026-11-16T13:07:31.123Z","digest":"' + "01" * 32 + '","kind":"record.received",'
        '"object":"record:7"}'
    )


AT = datetime(2026, 11, 16, 13, 7, 31, tzinfo=UTC)
SEED = b"k" * 32
PUBLIC = Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
KEY = rules.VerifierKey("test.example/journal", PUBLIC)


def _note(size: int = 8, root: bytes = FOURS[0]) -> str:
    text = rules.checkpoint_text(KEY.name, size, root, AT)
    return rules.note(text, KEY, Ed25519PrivateKey.from_private_bytes(SEED).sign(text.encode()))


def test_a_signed_note_reads_back_and_its_signature_holds() -> None:
    note = rules.parse_note(_note())
    assert (note.origin, note.size, note.root, note.time()) == (KEY.name, 8, FOURS[0], "2026-11-16T13:07:31.000Z")
    assert _note().startswith(f"{note.text}\n\u2014 test.example/journal ")
    rules.require_signature(note, rules.parse_key(KEY.text()))


def test_a_note_with_more_signers_is_read() -> None:
    more = _note() + "\u2014 witness.example " + base64.b64encode(b"w" * 70).decode() + "\n"
    rules.require_signature(rules.parse_note(more), KEY)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param(lambda n: n.replace("\n8\n", "\n9\n"), "forged", id="another size"),
        pytest.param(lambda n: n.replace("13:07", "13:08"), "forged", id="another time"),
        pytest.param(lambda n: n.replace("test.example", "evil.example"), "other_key", id="another log"),
        pytest.param(lambda n: n.replace("\n8\n", "\n08\n"), "checkpoint_broken", id="a leading zero"),
        pytest.param(lambda n: n.replace("\n8\n", "\n٨\n"), "checkpoint_broken", id="digits of another script"),
        pytest.param(lambda n: n.rstrip("\n"), "checkpoint_broken", id="no last line break"),
        pytest.param(lambda n: n.replace("\u2014", "-"), "checkpoint_broken", id="a hyphen for the dash"),
        pytest.param(lambda n: n.replace("\n", "\r\n"), "checkpoint_broken", id="Windows line breaks"),
        pytest.param(lambda n: n.split("\n\n")[0] + "\n\n", "checkpoint_broken", id="no signature"),
        pytest.param(lambda n: n.replace("=\n", "=A\n", 1), "checkpoint_broken", id="a root of no base64"),
        pytest.param(lambda n: "", "checkpoint_broken", id="nothing"),
    ],
)
def test_a_changed_note_is_told_apart(change: Any, code: str) -> None:
    with pytest.raises(rules.Wrong) as refused:
        rules.require_signature(rules.parse_note(change(_note())), KEY)
    assert refused.value.code == code


def test_the_key_in_its_public_form() -> None:
    assert rules.parse_key(f" {KEY.text()}\n") == KEY
    assert len(KEY.fingerprint()) == 49


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a+b+c",
        KEY.text()[:-4],
        KEY.text().replace("+", "+0", 1),
        KEY.text().replace("test", "tost"),
        KEY.text().upper(),
        f"{KEY.name}+{KEY.digest()[:4].hex()}+{base64.b64encode(PUBLIC).decode()}",
    ],
)
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(rules.Wrong, match="key_broken"):
        rules.parse_key(text)


def test_the_private_key_reads_back() -> None:
    assert rules.parse_secret(rules.secret_text(KEY, SEED)) == (KEY.name, KEY.digest()[:4].hex(), SEED)
    with pytest.raises(ValueError, match=r"signing key|values to unpack"):
        rules.parse_secret(KEY.text())


def test_no_receipt_for_an_entry_about_something_else() -> None:
    leaf = rules.leaf(kind="record.received", actor="", object_ref="record:7", digest=b"\x01" * 32, at=AT)
    proof = rules.Proof(leaf, 0, 1, (), _note(), KEY.text())
    with pytest.raises(ValueError, match="another record"):
        rules.receipt_document(organisation="Ekevik", record={"text": "Hej"}, salt=b"s" * 16, proof=proof)
