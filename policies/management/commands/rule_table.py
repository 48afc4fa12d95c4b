"""Write docs/rules.md: rule → clause → values → pages → tests."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from policies.rule_table import as_markdown, rows

FILE = settings.BASE_DIR / "docs" / "rules.md"


class Command(BaseCommand):
    """`manage.py rule_table`; the rulebooks must be loaded (`manage.py load_policies`)."""

    help = "Write docs/rules.md from the rulebooks and the markers of the tests."

    def handle(self, *args: Any, **options: Any) -> None:
        table = rows()
        FILE.write_text(as_markdown(table), encoding="utf-8")
        bare = [row.rule.number for row in table if not row.tests]
        self.stdout.write(f"{FILE.name}: {len(table)} rules, without a test: {', '.join(bare) or '-'}")
