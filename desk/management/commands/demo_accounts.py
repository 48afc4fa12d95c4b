"""Print the demo's accounts district by district as a table, or as JSON with --json."""

from __future__ import annotations

import json
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from desk.demo.accounts import demo_accounts


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--json", action="store_true", help="a list of district, role, username, password, area, name"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("There are demo accounts only where DEMO=1.")
        accounts = demo_accounts()
        if options["json"]:
            keys = ("district", "role", "username", "password", "area", "area_code", "name")
            self.stdout.write(
                json.dumps([{k: dict(a)[k] for k in keys} for a in accounts], ensure_ascii=False, indent=2)
            )
            return
        for district, of_it in groupby(accounts, key=itemgetter("district")):
            self.stdout.write(district)
            for account in of_it:
                columns = (
                    account["role_label"],
                    account["username"],
                    account["password"],
                    account["area"],
                    account["name"],
                )
                self.stdout.write("  " + "  ".join(_padded(text) for text in columns).rstrip())


def _padded(text: str, width: int = 17) -> str:
    # A Chinese character takes two columns of a terminal.
    taken = sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)
    return text + " " * max(width - taken, 0)
