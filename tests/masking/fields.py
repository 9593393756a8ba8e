"""Text fields in which no word is planted, each with its reason. Whatever is not here is planted; a new field is, too."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models

TEXT = (models.CharField, models.TextField, models.JSONField, models.BinaryField, models.FileField)

# Reason → the fields. A field that is gone, or stands twice, fails the test.
REASONS: dict[str, str] = {
    "written by Django from our code: names of models and of what one may do with them": """
        auth.Permission.name auth.Permission.codename contenttypes.ContentType.app_label contenttypes.ContentType.model
    """,
    "the journal: codes, references, digests; append-only, and its notes and keys are for everyone": """
        journal.Entry.kind journal.Entry.actor_ref journal.Entry.object_ref journal.Entry.digest journal.Entry.leaf_hash
        journal.Node.hash journal.Checkpoint.root journal.Checkpoint.note journal.Checkpoint.key journal.KeyChange.what
        journal.KeyChange.old journal.KeyChange.new journal.KeyChange.note journal.Stamp.service journal.Stamp.response
        journal.Witness.role journal.Witness.key journal.Witness.origin journal.Witness.note journal.Witness.problem
        journal.Witness.evidence
    """,
    "written once, by the database's own word: planted by the deed (planting.live)": """
        register.Correction.before register.Correction.after register.Correction.why register.Correction.salt
        register.Correction.digest
    """,
    "a digest or a salt of fixed length, which no text fits in": """
        api.Token.secret_hash register.RecordVersion.salt register.RecordVersion.digest team.Approval.salt team.Approval.seal
        posts.PostVersion.salt posts.PostVersion.digest moderation.Evidence.version_digest moderation.Evidence.salt
        moderation.Evidence.digest experts.Expert.nonce experts.ExpertRequest.nonce files.Blob.sha256 accounts.Letter.nonce
        organisations.Invitation.nonce organisations.Invitation.secret_hash
    """,
    "a code of ours, one of few, that its rules or its constraint name": """
        files.Blob.media_type files.Blob.reason_code organisations.UnitCost.key organisations.UnitCost.unit
        organisations.OfficialAccount.channel people.Contact.channel register.Record.channel
        register.Record.proposed_state register.Record.proposed_reason conversations.Account.channel
        conversations.Account.state conversations.RawEvent.verdict conversations.RawEvent.state
        conversations.RawEvent.method conversations.Quarantined.state conversations.Conversation.channel
        conversations.Conversation.closed_reason conversations.Message.direction conversations.Message.visibility
        conversations.Message.language accessibility.Statement.own_verdict accessibility.Shortcoming.kind
        conversations.Message.authenticated conversations.Message.body_hash conversations.Outbox.way
        conversations.Receipt.helped team.Approval.state team.Digest.state team.Notice.kind moderation.Evidence.ground
        moderation.Notice.ground moderation.Notice.decision moderation.Removal.grounds_version posts.PostVersion.language
        posts.Delivery.found results.DailyRollup.channel results.AnswerTimeBucket.channel search.Cursor.name
        core.Heartbeat.name operations.BackupRun.kind api.Delivery.event api.Delivery.key
        accounts.Event.kind accounts.Letter.language
        setup.Mark.step
    """,
    "public by purpose: who the organisation is, its authorities and its official accounts": """
        organisations.Organisation.name organisations.Organisation.short_name organisations.Organisation.phone
        organisations.Organisation.email
        organisations.Authority.name organisations.Authority.prefix organisations.OfficialAccount.name
        organisations.OfficialAccount.handle organisations.OfficialAccount.url organisations.OfficialAccount.rules_text
        accessibility.Statement.tested_how accessibility.Statement.email accessibility.Shortcoming.what
        accessibility.Shortcoming.why accessibility.Shortcoming.instead
        accounts.Provider.name
        organisations.Organisation.colour organisations.Organisation.texts
    """,
    "made from the public row alone; tests/register/test_reading.py in_step holds it": """
        register.Shown.facet register.Shown.words register.Shown.parts register.Shown.marks
    """,
}


def text_fields() -> Iterator[tuple[str, Any, Any]]:
    """(name, model, field) of every field that can hold words, of every model that there is."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.local_fields:
            if isinstance(field, TEXT):
                yield f"{model._meta.label}.{field.name}", model, field


def named() -> dict[str, str]:
    """Field → reason, of those in which no word is planted; choices are codes by what they are."""
    listed = {name: reason for reason, names in REASONS.items() for name in names.split()}
    return listed | {name: "one of its choices" for name, _, field in text_fields() if field.choices}
