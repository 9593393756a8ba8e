from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversations", "0001_initial")]
    operations = [
        migrations.CreateModel(
            "Newer", [("id", models.BigAutoField(primary_key=True)), ("word", models.CharField(max_length=20))]
        )
    ]
