"""What is in the journal is not changed, not even past Django: a trigger on each engine.

A later migration that makes SQLite rebuild one of these tables must put its trigger back.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# table: what makes a row final
FINAL = {
    "journal_entry": "OLD.sequence IS NOT NULL",
    "journal_node": "1 = 1",
    "journal_checkpoint": "1 = 1",
}


def guard(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    vendor = schema_editor.connection.vendor
    if vendor == "postgresql":
        schema_editor.execute(
            "CREATE FUNCTION journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the journal is append only' USING ERRCODE = 'integrity_constraint_violation'; "
            "END $$"
        )
    for table, final in FINAL.items():
        if vendor == "postgresql":
            schema_editor.execute(
                f"CREATE TRIGGER {table}_guard BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({final}) "
                "EXECUTE FUNCTION journal_is_append_only()"
            )
        else:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_guard BEFORE UPDATE ON {table} FOR EACH ROW WHEN {final} "
                "BEGIN SELECT RAISE(ABORT, 'the journal is append only'); END"
            )


def unguard(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    postgresql = schema_editor.connection.vendor == "postgresql"
    for table in FINAL:
        schema_editor.execute(f"DROP TRIGGER {table}_guard" + (f" ON {table}" if postgresql else ""))
    if postgresql:
        schema_editor.execute("DROP FUNCTION journal_is_append_only()")


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]
    operations = [migrations.RunPython(guard, unguard)]
