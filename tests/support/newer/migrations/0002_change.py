import os
import time

from django.conf import settings
from django.db import migrations


def does(apps, schema_editor):
    apps.get_model("newer", "Newer").objects.create(word="half")
    # A change of what was there before, so that a copy that is taken back shows.
    apps.get_model("organisations", "Organisation").objects.update(name="Halvvägs")
    what = os.environ.get("NEWER_DOES", "well")
    if what == "fails":
        raise RuntimeError("Hemlige Hans, hans@hemlig.example, 19121212-1212")
    if what == "hangs":
        (settings.TORGET_HOME / "hangs").touch()
        time.sleep(600)
    if what == "spoils":
        (settings.TORGET_HOME / "keys" / "secret.key").chmod(0o644)


class Migration(migrations.Migration):
    dependencies = [("newer", "0001_table"), ("organisations", "0001_initial")]
    operations = [migrations.RunPython(does)]
