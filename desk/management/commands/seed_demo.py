"""Seed the demo district, once; where it stands nothing changes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from desk.demo.seed import seed_district


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo district is seeded only where DEMO=1.")
        made = seed_district()
        if options["verbosity"]:
            self.stdout.write(f"{made} villages seeded")
