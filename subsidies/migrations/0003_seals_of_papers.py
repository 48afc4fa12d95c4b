"""Which body's seal a paper bears, where the earlier versions kept only that it bore the right one."""

from django.db import migrations, models

SEALED_BY_NOBODY_NAMED = "organisation"


def name_the_seals(apps, schema_editor):
    """The tick of old meant the seal that the rulebook asks for; evidence bears the seal of its issuer."""
    attachments = apps.get_model("subsidies", "Attachment").objects.filter(is_sealed=True, refund=None)
    values = apps.get_model("policies", "PolicyValue").objects.filter(name="application_seal")
    asked = {(row.region_code, row.key): row.value for row in values.order_by("valid_from")}
    for county, kind in attachments.order_by().values_list("county_code", "kind").distinct():
        above = [county[:length].ljust(len(county), "0") for length in (6, 4, 2)]
        seal = next((asked[code, kind] for code in above if (code, kind) in asked), SEALED_BY_NOBODY_NAMED)
        named = [] if seal == "none" else [seal]
        attachments.filter(county_code=county, kind=kind).update(seals=named)


class Migration(migrations.Migration):

    dependencies = [
        ('policies', '0002_tell_reasons'),
        ('subsidies', '0002_filings_and_suspensions'),
    ]

    operations = [
        migrations.AddField(
            model_name='attachment',
            name='seals',
            field=models.JSONField(default=list, verbose_name='印章'),
        ),
        migrations.RunPython(name_the_seals, migrations.RunPython.noop),
    ]
