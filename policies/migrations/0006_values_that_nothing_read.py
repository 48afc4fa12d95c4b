from django.db import migrations

COUNTED_FROM_THE_REGISTER = "registered_organisations"
LISTED_BY_VILLAGE = {"region_code": "640000000000", "name": "pilot_county_applies"}


def forget(apps, schema_editor):
    """The files state these values no longer; loading them would refuse to forget a value by itself."""
    value, amendment = (apps.get_model("policies", name) for name in ("PolicyValue", "Amendment"))
    value.objects.filter(name=COUNTED_FROM_THE_REGISTER).delete()
    value.objects.filter(**LISTED_BY_VILLAGE).delete()
    amendment.objects.filter(name=COUNTED_FROM_THE_REGISTER).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("policies", "0005_where_a_value_is_quoted"),
    ]

    operations = [
        migrations.RunPython(forget, migrations.RunPython.noop),
    ]
