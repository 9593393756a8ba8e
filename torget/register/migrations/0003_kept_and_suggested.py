"""A correction is written once (a trigger says so to whoever comes past Django), and the first suggested provisions."""

from datetime import date

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SOURCE = "Offentlighets- och sekretesslagen (2009:400)"
AS_OF = date(2026, 11, 1)
# Where to begin looking: the organisation edits the list, and each mark is reviewed anew when somebody asks.
FIRST = (
    ("OSL 21 kap. 3 §", "Skyddade personuppgifter: adress och annat som kan röja var någon bor"),
    ("OSL 21 kap. 3 a §", "Skyddad folkbokföring"),
    ("OSL 22 kap. 1 §", "Folkbokföring"),
    ("OSL 23 kap. 1 §", "Förskola och elevers personliga förhållanden"),
    ("OSL 23 kap. 2 §", "Elevhälsa och elevstödjande verksamhet"),
    ("OSL 25 kap. 1 §", "Hälso- och sjukvård"),
    ("OSL 26 kap. 1 §", "Socialtjänst"),
    ("OSL 19 kap. 3 §", "Upphandling och det allmännas affärer"),
    ("OSL 18 kap. 8 §", "Säkerhets- och bevakningsåtgärder"),
    ("OSL 39 kap. 2 §", "Personaladministration: hälsa och personliga förhållanden"),
)


def begin(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    provision = apps.get_model("register", "Provision")
    provision.objects.bulk_create(
        provision(text=text, about=about, source=SOURCE, source_date=AS_OF) for text, about in FIRST
    )
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE FUNCTION register_correction_is_kept() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'a correction is written once' USING ERRCODE = 'integrity_constraint_violation'; "
            "END $$"
        )
        schema_editor.execute(
            "CREATE TRIGGER register_correction_guard BEFORE UPDATE ON register_correction FOR EACH ROW "
            "EXECUTE FUNCTION register_correction_is_kept()"
        )
    else:
        schema_editor.execute(
            "CREATE TRIGGER register_correction_guard BEFORE UPDATE ON register_correction FOR EACH ROW "
            "BEGIN SELECT RAISE(ABORT, 'a correction is written once'); END"
        )


def end(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    postgresql = schema_editor.connection.vendor == "postgresql"
    schema_editor.execute("DROP TRIGGER register_correction_guard" + (" ON register_correction" if postgresql else ""))
    if postgresql:
        schema_editor.execute("DROP FUNCTION register_correction_is_kept()")


class Migration(migrations.Migration):
    dependencies = [("register", "0002_cases_corrections_secrecy")]
    operations = [migrations.RunPython(begin, end)]
