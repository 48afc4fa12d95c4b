"""Seed the demo's districts, once; where it stands nothing changes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from desk.demo.accounts import is_demo_or_empty
from desk.demo.seed import seed_districts

FOREIGN = (
    "DEMO=1，但这个数据库里已有不是演示的组织或账号，不写入演示数据；请改为 DEMO=0，或者换一个空的数据库。"
)


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo is seeded only where DEMO=1.")
        if not is_demo_or_empty():
            raise CommandError(FOREIGN)
        made = seed_districts()
        if options["verbosity"]:
            self.stdout.write(f"{made} villages seeded")
