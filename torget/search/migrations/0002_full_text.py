"""The full text index, kept by the database itself: who writes an entry writes the index with it, in one transaction.

The terms are our own (torget.matching), so that the database has only to cut at spaces. A later migration that makes SQLite
rebuild search_entry must put its triggers back.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SQLITE = (
    # Signs besides letters and figures that stand in our terms; all that is not ASCII belongs to a word anyway.
    "CREATE VIRTUAL TABLE search_fts USING fts5(words, parts, marks, content='search_entry', content_rowid='place', "
    "columnsize=0, tokenize=\"ascii tokenchars '#:/.@+_-'\")",
    "CREATE TRIGGER search_entry_put AFTER INSERT ON search_entry BEGIN "
    "INSERT INTO search_fts(rowid, words, parts, marks) VALUES (new.place, new.words, new.parts, new.marks); END",
    "CREATE TRIGGER search_entry_gone AFTER DELETE ON search_entry BEGIN "
    "INSERT INTO search_fts(search_fts, rowid, words, parts, marks) "
    "VALUES ('delete', old.place, old.words, old.parts, old.marks); END",
    "CREATE TRIGGER search_entry_changed AFTER UPDATE ON search_entry BEGIN "
    "INSERT INTO search_fts(search_fts, rowid, words, parts, marks) "
    "VALUES ('delete', old.place, old.words, old.parts, old.marks); "
    "INSERT INTO search_fts(rowid, words, parts, marks) VALUES (new.place, new.words, new.parts, new.marks); END",
)
POSTGRES = (
    "ALTER TABLE search_entry ADD COLUMN vector tsvector GENERATED ALWAYS AS (array_to_tsvector(array_remove("
    "string_to_array(words || ' ' || parts || ' ' || marks, ' '), ''))) STORED",
    "CREATE INDEX search_entry_vector ON search_entry USING gin (vector)",
    # How common a word is decides whether the index is asked; 1,000 words are remembered instead of 100.
    "ALTER TABLE search_entry ALTER COLUMN vector SET STATISTICS 1000",
)
BACK_SQLITE = (
    "DROP TRIGGER search_entry_put", "DROP TRIGGER search_entry_gone", "DROP TRIGGER search_entry_changed",
    "DROP TABLE search_fts",
)  # fmt: skip
BACK_POSTGRES = ("DROP INDEX search_entry_vector", "ALTER TABLE search_entry DROP COLUMN vector")


def make(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in POSTGRES if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def take_away(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in BACK_POSTGRES if schema_editor.connection.vendor == "postgresql" else BACK_SQLITE:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]
    operations = [migrations.RunPython(make, take_away)]
