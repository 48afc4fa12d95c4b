"""R3: what the agency verified, and why persons were refused (CS-29)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Case, CharField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import gettext as _

from core.look import Cell
from core.sheets.writer import OutColumn
from desk.reports.gathering import Gather, count, fen, share
from desk.reports.lines import COLUMNS, LINE_READERS, RELATED, line_cells, line_url
from desk.reports.scope import Scope
from desk.reports.shapes import (
    AMOUNT,
    KEY,
    RATE,
    TOWN,
    UNIT,
    VILLAGE,
    Column,
    Detail,
    Fact,
    Report,
    Table,
    by_details,
)
from policies.selectors import reasons
from subsidies.enums import Verdict
from subsidies.models import Line
from subsidies.rules.wording import short_word
from villages.enums import AGENCY, READERS, Role

PASSED, NO_CODE = "PASS", "OTHER"


def verified(scope: Scope) -> QuerySet[Line]:
    """Lines of batches whose verification is done, each with `found`: passed, or the code of its refusal."""
    rows = Line.objects.filter(year=scope.year, application__verified_on__lte=scope.on).exclude(verdict="")
    code = Coalesce(NullIf("verdict_code", Value("")), Value(NO_CODE))
    found = Case(When(verdict=Verdict.PASS, then=Value(PASSED)), default=code, output_field=CharField())
    return scope.within(rows).annotate(found=found)


def passed(scope: Scope) -> QuerySet[Line]:
    """Those that passed."""
    return verified(scope).filter(verdict=Verdict.PASS)


def refused(scope: Scope) -> QuerySet[Line]:
    """Those that did not."""
    return verified(scope).filter(verdict=Verdict.REFUSE)


def facts(scope: Scope) -> list[Fact]:
    """One fact a village and reason; those that passed are a reason of their own."""
    gather = Gather()
    ok, no = Q(verdict=Verdict.PASS), Q(verdict=Verdict.REFUSE)
    sums: dict[str, Any] = {
        "people": count(),
        "asked_fen": fen(),
        "passed": count(ok),
        "passed_fen": fen(only=ok),
        "refused": count(no),
    }
    gather.add(verified(scope), sums, key="found")
    known = reasons()
    found = gather.facts(
        lambda code: _("通过") if code == PASSED else str(known[code]) if code in known else code
    )
    return sorted(found, key=lambda fact: (fact.key != PASSED, -fact.cells["people"], fact.key))


def columns(scope: Scope) -> list[Column]:
    """Persons and sums, of them passed and refused."""
    return [
        Column("people", "核实人数", meaning="社保已核实的批次中的人", ground="verification", of="verified"),
        Column(
            "asked_fen",
            "申请金额（元）",
            AMOUNT,
            "村里申请的金额",
            ground="application",
            of="verified",
            width=16,
        ),
        Column("passed", "通过", meaning="核实通过的人", ground="verification", of="passed"),
        Column(
            "passed_fen",
            "通过金额（元）",
            AMOUNT,
            "核实通过的金额",
            ground="verification",
            of="passed",
            width=16,
        ),
        Column(
            "refused", "不予补助", meaning="核实不通过的人，原因见各行", ground="verification", of="refused"
        ),
        Column(
            "share",
            "不通过率",
            RATE,
            "不予补助的人除以核实的人",
            reckon=lambda cells: share(cells.get("refused", 0), cells.get("people")),
        ),
    ]


def tops(scope: Scope, table: Table) -> Sequence[Cell]:
    """Verified, passed, refused."""
    totals = table.totals
    return [
        Cell("核实", f"{totals['people']:,}", unit="人"),
        Cell("不予补助", f"{totals['refused']:,}", unit="人", tone="refused" if totals["refused"] else ""),
        Cell("通过", totals["passed_fen"], f"{totals['passed']:,}人", main=True),
    ]


def _detail(key: str, title: str, rows: Callable[[Scope], QuerySet[Any]], key_field: str = "found") -> Detail:
    return Detail(
        key,
        title,
        LINE_READERS,
        rows,
        (*COLUMNS, OutColumn("不予补助的原因", width=24)),
        lambda line: (*line_cells(line), short_word(line.verdict_code) if line.verdict_code else ""),
        line_url,
        key_field=key_field,
        person="person",
        unit="人",
        related=RELATED,
    )


REPORT = Report(
    "R3",
    "核实情况",
    "社保核实了多少人，哪些人不予补助，是什么原因？",
    "社保复盘、告诉村里怎么改时用",
    "补助人员名单的核实结论",
    AGENCY | READERS | {Role.CLERK},
    ("CS-29",),
    columns,
    facts,
    (KEY, VILLAGE, TOWN, UNIT),
    by_details(
        _detail("verified", "已核实的人员", verified),
        _detail("passed", "核实通过的人员", passed),
        _detail("refused", "不予补助的人员", refused),
    ),
    tops=tops,
    key_words="结论和原因",
)
