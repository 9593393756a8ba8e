"""Journal proofs beside the content ("torget-proofs/1"): one for each version of each record, checkpoint and key once."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from torget.archive.sip.xml import Sink
from torget.core.errors import Refused
from torget.journal.models import Checkpoint, Entry, Node
from torget.journal.rules import inclusion_spans, place_key, resolve
from torget.register.models import RecordVersion

FORMAT = "torget-proofs/1"


def nodes_for(sequences: Iterable[int], size: int) -> Mapping[int, bytes]:
    """The tree's nodes that the proofs of these leaves need, by place; one query for a few hundred leaves."""
    places = {place_key(place) for index in sequences for span in inclusion_spans(index, size) for place in span}
    found: dict[int, bytes] = {}
    wanted = sorted(places)
    for start in range(0, len(wanted), 900):
        rows = Node.objects.filter(place__in=wanted[start : start + 900]).values_list("place", "hash")
        found.update((place, bytes(value)) for place, value in rows)
    if len(found) < len(wanted):
        raise Refused("tree_broken", f"{len(wanted) - len(found)} nodes are missing")
    return found


@dataclass
class ProofsFile:
    """Writes the document piece by piece; `finish` closes it."""

    sink: Sink
    organisation: str
    checkpoint: Checkpoint | None
    known: dict[int, bytes] = field(default_factory=dict)
    count: int = 0

    def __post_init__(self) -> None:
        """Write the head."""
        head = {
            "format": FORMAT,
            "organisation": self.organisation,
            "checkpoint": self.checkpoint.note if self.checkpoint else "",
            "key": self.checkpoint.key if self.checkpoint else "",
        }
        self.sink.write(json.dumps(head, ensure_ascii=False)[:-1].encode() + b', "proofs": [')

    def add(self, versions: Sequence[RecordVersion], entries: Mapping[bytes, Entry]) -> None:
        """Prove each version by the first entry with its digest. Refused not_sequenced | version_without_entry."""
        if not versions:
            return
        size = self.checkpoint.size if self.checkpoint else 0
        found = []
        for version in versions:
            entry = entries.get(bytes(version.digest))
            if entry is None:
                raise Refused("version_without_entry", version.record.ref)
            if entry.sequence is None or entry.sequence >= size:
                raise Refused("not_sequenced", version.record.ref)
            found.append((version, entry, entry.sequence))
        nodes = nodes_for({sequence for _, _, sequence in found}, size)
        for version, entry, sequence in found:
            path = resolve(inclusion_spans(sequence, size), lambda place: nodes[place_key(place)])
            proof = {
                "record": version.document(),
                "salt": bytes(version.salt).hex(),
                "digest": bytes(version.digest).hex(),
                "entry": entry.leaf(),
                "index": sequence,
                "path": [node.hex() for node in path],
            }
            body = json.dumps(proof, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            self.sink.write((",\n" if self.count else "\n").encode() + body.encode())
            self.count += 1

    def finish(self) -> None:
        """Close the document."""
        self.sink.write(b"\n]}\n")
