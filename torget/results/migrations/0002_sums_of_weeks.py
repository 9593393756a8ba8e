from django.db import migrations, models


def count_anew(apps, schema_editor):
    """The worker's next round counts every day and week from the conversations, as after the first start."""
    apps.get_model("results", "Progress").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("results", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="WeekRollup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("week", models.DateField(unique=True)),
                ("people", models.PositiveIntegerField(default=0)),
                ("unreached", models.PositiveIntegerField(default=0)),
                ("recurring", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.DeleteModel(name="HelpedContact"),
        migrations.RunPython(count_anew, migrations.RunPython.noop),
    ]
