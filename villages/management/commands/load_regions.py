"""Load the administrative tree from fixtures/regions.csv; repeatable."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from villages.services.regions import load_regions


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        count = load_regions()
        if options["verbosity"]:
            self.stdout.write(f"{count} regions")
