"""Every write of the journal: entering, numbering and signing, changing the key. And the proofs that are read from it."""

from torget.journal.actions.auditing import audit
from torget.journal.actions.changing import history_document, key_history, lose, revoke, rotate
from torget.journal.actions.entering import Entering, enter, enter_many
from torget.journal.actions.keys import SigningKey, key_in_force, key_path, signing_key, witness_key
from torget.journal.actions.proving import consistency, latest_checkpoint, nodes_at, prove, root_at, tile
from torget.journal.actions.sequencing import LEASE, sequence

__all__ = [
    "LEASE",
    "Entering",
    "SigningKey",
    "audit",
    "consistency",
    "enter",
    "enter_many",
    "history_document",
    "key_history",
    "key_in_force",
    "key_path",
    "latest_checkpoint",
    "lose",
    "nodes_at",
    "prove",
    "revoke",
    "root_at",
    "rotate",
    "sequence",
    "signing_key",
    "tile",
    "witness_key",
]
