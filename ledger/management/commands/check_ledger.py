"""python manage.py check_ledger: compare the books with what caused them."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from ledger.checks import problems
from ledger.models import Transfer


class Command(BaseCommand):
    help = "核对账目与其事由：重复、缺少、无来源、金额不符、在途。有问题时退出码为1。"

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one sentence a problem, or one that the books hold."""
        wrong = problems()
        for problem in wrong:
            self.stdout.write(str(problem))
        if wrong:
            sys.exit(1)
        self.stdout.write(_("账目核对无误：%(n)s笔。") % {"n": f"{Transfer.objects.count():,}"})
