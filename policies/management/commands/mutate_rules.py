"""Change each value of the rulebooks in turn and tell which test notices (docs/mutation.md)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core.counts import MUTATION_TESTS
from policies.files import read_rulebook
from policies.models import PolicyValue
from policies.mutation import as_markdown, read_results
from policies.rule_table import PLUGINS

REPORT = settings.BASE_DIR / "docs" / "mutation.md"
RULEBOOKS = settings.BASE_DIR / "fixtures" / "policies"
# Which parameters each test reads, and how long it takes: kept beside the results.
LEARNED = "mutation-tests.json"
# Where tests of the rules stand; a browser would take minutes a value.
FOLDERS = (
    "tests/core/test_runner.py",
    "tests/policies",
    "tests/villages",
    "tests/ledger",
    "tests/subsidies",
    "tests/rewards",
    "tests/desk",
    "tests/test_cases.py",
)


class Command(BaseCommand):
    """`manage.py mutate_rules`; the rulebooks must be loaded (`manage.py load_policies`)."""

    help = "逐个改动政策文件里的值，看哪个测试发现，写入docs/mutation.md。可以中断，下次接着做没有做过的和改过的值。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rulebook", default="", help="只做这个文件的值，如changshou")
        parser.add_argument("--only", nargs="*", default=[], help="只做这些参数")
        parser.add_argument("--limit", type=int, default=0, help="这一次最多做多少个值")
        parser.add_argument("--tests", type=int, default=MUTATION_TESTS, help="每个值最多先问多少个测试")
        parser.add_argument("--folders", nargs="*", default=list(FOLDERS), help="从哪些测试里找")
        parser.add_argument(
            "--changed", action="store_true", help="只做还没有做过、或者改过的值（默认就是这样）"
        )
        parser.add_argument(
            "--again", action="store_true", help="没有测试发现的、只有逐字核对的测试发现的，再做一遍"
        )
        parser.add_argument("--restart", action="store_true", help="从头做起")
        parser.add_argument("--report-only", action="store_true", help="只按已有结果写报告")

    def handle(self, *args: Any, **options: Any) -> None:
        results = Path(settings.VAR_DIR) / "mutation.jsonl"
        if options["restart"]:
            results.unlink(missing_ok=True)
            results.with_name(LEARNED).unlink(missing_ok=True)
        if not options["report_only"]:
            self._run(results, options)
        rows = PolicyValue.objects.filter(amendment=None).order_by("region_code", "position", "pk")
        REPORT.write_text(as_markdown(rows, read_results(results)), encoding="utf-8")
        self.stdout.write(f"{REPORT.name}: {len(read_results(results))} values tried")

    def _run(self, results: Path, options: dict[str, Any]) -> None:
        asked = {
            "results": str(results),
            "learned": str(results.with_name(LEARNED)),
            "region": _region(options["rulebook"]),
            "only": options["only"],
            "limit": options["limit"],
            "tests": options["tests"],
            "again": options["again"],
        }
        outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        plugins = [part.replace("tests.rule_markers", "tests.rule_mutations") for part in PLUGINS]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options["folders"], "-q", *plugins],
            cwd=settings.BASE_DIR,
            env=outside | {"RULE_MUTATIONS": json.dumps(asked)},
            check=False,
            stdout=subprocess.PIPE,
            text=True,
        )
        if done.returncode:
            raise CommandError(done.stdout)


def _region(rulebook: str) -> str:
    return read_rulebook(RULEBOOKS / f"{rulebook}.yaml").region_code if rulebook else ""
