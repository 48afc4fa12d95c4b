from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("policies", "0004_reason_words"),
    ]

    operations = [
        migrations.AddField(
            model_name="policyvalue",
            name="quoted_at",
            field=models.CharField(blank=True, max_length=40, verbose_name="引用处"),
        ),
    ]
