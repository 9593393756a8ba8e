"""Statements about keys are not changed, not even past Django (see migration 0002)."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def guard(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        then = "EXECUTE FUNCTION journal_is_append_only()"
    else:
        then = "BEGIN SELECT RAISE(ABORT, 'the journal is append only'); END"
    schema_editor.execute(
        f"CREATE TRIGGER journal_keychange_guard BEFORE UPDATE ON journal_keychange FOR EACH ROW {then}"
    )


def unguard(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    postgresql = schema_editor.connection.vendor == "postgresql"
    schema_editor.execute("DROP TRIGGER journal_keychange_guard" + (" ON journal_keychange" if postgresql else ""))


class Migration(migrations.Migration):
    dependencies = [("journal", "0003_keys_stamps_witnesses")]
    operations = [migrations.RunPython(guard, unguard)]
