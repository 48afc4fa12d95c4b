"""Bring an installation to its start: tables, regions, policies, and in the demo its district. Repeatable."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from core.models import User
from desk.demo.accounts import is_demo_or_empty
from desk.management.commands.seed_demo import FOREIGN
from villages.models import CollectiveOrganisation


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        # Before anything is written: DEMO=1 beside real data is a mistake of whoever starts.
        if settings.DEMO and _has_tables() and not is_demo_or_empty():
            raise CommandError(FOREIGN)
        call_command("migrate", verbosity=0, interactive=False)
        call_command("load_regions", verbosity=0, stdout=self.stdout)
        call_command("load_policies", verbosity=0, stdout=self.stdout)
        if settings.DEMO:
            call_command("seed_demo", verbosity=0, stdout=self.stdout)


def _has_tables() -> bool:
    needed = {User._meta.db_table, CollectiveOrganisation._meta.db_table}
    return needed <= set(connection.introspection.table_names())
