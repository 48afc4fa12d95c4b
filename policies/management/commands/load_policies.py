"""Load the rulebooks and reason codes of fixtures/."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core.errors import PensionError
from policies.services import LoadReport, load_reasons, load_rulebooks


class Command(BaseCommand):
    help = "载入政策文件、条款、参数和原因代码；重复执行不改变任何内容。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "paths", nargs="*", type=Path, help="只载入这些文件；不写则载入fixtures/policies/"
        )
        parser.add_argument("--replace", action="store_true", help="更正文件写错的值（已执行的值会被改写）")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = settings.BASE_DIR / "fixtures"
        paths = options["paths"] or sorted((folder / "policies").glob("*.yaml"))
        # In the demo the files are the truth: nobody's real decision rests on what they said before.
        replace_values = options["replace"] or settings.DEMO
        try:
            reports = load_rulebooks(paths, replace_values=replace_values)
            reports.append(load_reasons(folder / "reasons.yaml"))
        except PensionError as refusal:
            raise CommandError(refusal.message) from refusal
        if options["verbosity"]:
            for report in reports:
                self.stdout.write(_line(report))


def _line(report: LoadReport) -> str:
    return (
        f"{report.name}：新增{report.created}，更改{report.changed}，"
        f"删除{report.removed}，不变{report.unchanged}"
    )
