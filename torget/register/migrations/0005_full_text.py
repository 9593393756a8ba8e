"""The full text index over the public register, kept by the database itself; only rows with words are in it.

The terms are our own (torget.matching), so that the database has only to cut at spaces. A later migration that makes SQLite
rebuild register_shown or register_record must put its triggers back.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_GONE = (
    "INSERT INTO register_fts(register_fts, rowid, words, parts, marks) "
    "SELECT 'delete', old.place, old.words, old.parts, old.marks WHERE old.words <> '';"
)
_PUT = (
    "INSERT INTO register_fts(rowid, words, parts, marks) "
    "SELECT new.place, new.words, new.parts, new.marks WHERE new.words <> '';"
)
# Whatever changes what a public row may hang on takes its words away, whoever did it and however.
_COLUMNS = "subject, state, confirmed_at, secret, protected_identity, kind, case_id, number, authority_id, channel, occurred_at"
_STALE = "UPDATE register_shown SET words = '', parts = '', marks = '', stale = {yes} WHERE record_id = {new}.id;"
SQLITE = (
    "CREATE VIRTUAL TABLE register_fts USING fts5(words, parts, marks, content='register_shown', content_rowid='place', "
    "columnsize=0, tokenize=\"ascii tokenchars '#:/.@+_-|'\")",
    f"CREATE TRIGGER register_shown_put AFTER INSERT ON register_shown WHEN new.words <> '' BEGIN {_PUT} END",
    f"CREATE TRIGGER register_shown_gone AFTER DELETE ON register_shown WHEN old.words <> '' BEGIN {_GONE} END",
    f"CREATE TRIGGER register_shown_changed AFTER UPDATE ON register_shown BEGIN {_GONE} {_PUT} END",
    f"CREATE TRIGGER register_record_changed AFTER UPDATE OF {_COLUMNS} ON register_record "
    f"BEGIN {_STALE.format(yes=1, new='new')} END",
)
POSTGRES = (
    "ALTER TABLE register_shown ADD COLUMN vector tsvector GENERATED ALWAYS AS (CASE WHEN words = '' THEN NULL ELSE "
    "array_to_tsvector(array_remove(string_to_array(words || ' ' || parts || ' ' || marks, ' '), '')) END) STORED",
    "CREATE INDEX register_shown_vector ON register_shown USING gin (vector)",
    "ALTER TABLE register_shown ALTER COLUMN vector SET STATISTICS 1000",
    "CREATE FUNCTION register_stale() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN {_STALE.format(yes='true', new='NEW')} RETURN NULL; END $$",
    f"CREATE TRIGGER register_record_changed AFTER UPDATE OF {_COLUMNS} ON register_record "
    "FOR EACH ROW EXECUTE FUNCTION register_stale()",
)
BACK_SQLITE = (
    *(f"DROP TRIGGER register_shown_{name}" for name in ("put", "gone", "changed")),
    "DROP TRIGGER register_record_changed",
    "DROP TABLE register_fts",
)
BACK_POSTGRES = (
    "DROP TRIGGER register_record_changed ON register_record",
    "DROP FUNCTION register_stale",
    "DROP INDEX register_shown_vector",
    "ALTER TABLE register_shown DROP COLUMN vector",
)


def make(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in POSTGRES if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def take_away(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in BACK_POSTGRES if schema_editor.connection.vendor == "postgresql" else BACK_SQLITE:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("register", "0004_public_index")]
    operations = [migrations.RunPython(make, take_away)]
