"""Bring an installation to its start: tables, regions, policies, and in the demo its district. Repeatable."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("load_regions", verbosity=0, stdout=self.stdout)
        call_command("load_policies", verbosity=0, stdout=self.stdout)
        if settings.DEMO:
            call_command("seed_demo", verbosity=0, stdout=self.stdout)
