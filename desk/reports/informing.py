"""R5: who was told what was posted for him, and who is still to be told (CS-33)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.look import ASK, Cell, Finding
from core.sheets.writer import OutColumn
from desk.reports.gathering import Gather, count, fen, share
from desk.reports.lines import COLUMNS, LINE_READERS, RELATED, line_cells, line_url
from desk.reports.scope import Scope
from desk.reports.shapes import AMOUNT, RATE, Column, Detail, Fact, Report, Table, by_details
from subsidies.enums import LineState
from subsidies.models import Line
from subsidies.services.informing import TOLD_STATES
from villages.enums import AGENCY, READERS, Role

TOLD = Q(informed_on__isnull=False)
# A refund tells the person by itself: only who still has the money is to be told.
UNTOLD = Q(informed_on__isnull=True, state=LineState.POSTED)


def posted(scope: Scope) -> QuerySet[Line]:
    """Lines posted by the day asked."""
    return scope.within(Line.objects.filter(year=scope.year, state__in=TOLD_STATES, posted_on__lte=scope.on))


def fed_back(scope: Scope) -> QuerySet[Line]:
    """Of them those whose batch the agency reported to the village."""
    return posted(scope).filter(application__fed_back_on__lte=scope.on)


def told(scope: Scope) -> QuerySet[Line]:
    """Of them those whom the village told."""
    return posted(scope).filter(TOLD)


def untold(scope: Scope) -> QuerySet[Line]:
    """Those still to be told."""
    return posted(scope).filter(UNTOLD)


def overdue(scope: Scope) -> QuerySet[Line]:
    """Those of them whose term is over; nobody where the rulebook gives none."""
    return untold(scope).filter(_overdue(scope))


def _overdue(scope: Scope) -> Q:
    last = _last_day_fed_back(scope)
    return Q(application__fed_back_on__lt=last) if last else Q(pk__in=[])


def _last_day_fed_back(scope: Scope) -> date | None:
    term = scope.rules.get("inform_days")
    return scope.on - timedelta(days=int(str(term.value))) if term else None


def facts(scope: Scope) -> list[Fact]:
    """One fact a village."""
    gather = Gather()
    gather.add(
        posted(scope),
        {
            "posted": count(),
            "fen": fen(),
            "fed_back": count(Q(application__fed_back_on__lte=scope.on)),
            "told": count(TOLD),
            "untold": count(UNTOLD),
            "overdue": count(UNTOLD & _overdue(scope)),
        },
    )
    return gather.facts()


def columns(scope: Scope) -> list[Column]:
    """Posted, reported, told, not told."""
    return [
        Column("posted", "已记账（人）", meaning="已记入个人账户的人", ground="posting", of="posted"),
        Column(
            "fen", "记账金额（元）", AMOUNT, "已记入个人账户的补助", ground="posting", of="posted", width=16
        ),
        Column(
            "fed_back",
            "已反馈到村（人）",
            meaning="社保已把记账结果反馈给村里的人",
            ground="informing",
            of="fed_back",
            width=14,
        ),
        Column("told", "已告知本人", meaning="村里登记了告知日期的人", ground="informing", of="told"),
        Column(
            "untold",
            "还没告知",
            meaning="已记账、没有退费、没有登记告知的人",
            ground="informing",
            of="untold",
        ),
        Column(
            "overdue", "超期未告知", meaning="反馈到村后超过告知期限的人", ground="informing", of="overdue"
        ),
        Column(
            "share",
            "告知率",
            RATE,
            "已告知的人除以已记账的人",
            reckon=lambda c: share(c.get("told", 0), c.get("posted")),
        ),
    ]


def remarks(scope: Scope, table: Table) -> list[Finding]:
    """Who is overdue: a reminder with the term (CS-33)."""
    term, late = scope.rules.get("inform_days"), table.totals["overdue"]
    if term is None or not late:
        return []
    villages = "、".join(row.label for row in table.rows if row.cells["overdue"])
    sentence = _("%(n)d人超过%(term)s还没有告知本人：%(villages)s。请提醒村里告知并登记。") % {
        "n": late,
        "term": term.shown,
        "villages": villages,
    }
    return [Finding(ASK, sentence, term.clause.cited, marks=term.marks)]


def tops(scope: Scope, table: Table) -> Sequence[Cell]:
    """Posted, told, not told."""
    totals = table.totals
    return [
        Cell("已记账", f"{totals['posted']:,}", unit="人"),
        Cell("已告知本人", f"{totals['told']:,}", unit="人", main=True),
        Cell("还没告知", f"{totals['untold']:,}", unit="人", tone="waiting" if totals["untold"] else ""),
    ]


def _detail(key: str, title: str, rows: Callable[[Scope], QuerySet[Any]]) -> Detail:
    return Detail(
        key,
        title,
        LINE_READERS,
        rows,
        (*COLUMNS, OutColumn("告知日期", "date")),
        lambda line: (*line_cells(line), line.informed_on),
        line_url,
        person="person",
        unit="人",
        related=RELATED,
    )


REPORT = Report(
    "R5",
    "记账反馈与告知",
    "记账结果反馈到村了没有，本人都知道了没有？",
    "社保催办、村里逐人告知时用",
    "补助人员名单的记账、反馈、告知日期",
    AGENCY | (READERS - {Role.AGRICULTURE}) | {Role.CLERK},
    ("CS-33",),
    columns,
    facts,
    details=by_details(
        _detail("posted", "已记账的人员", posted),
        _detail("fed_back", "已反馈到村的人员", fed_back),
        _detail("told", "已告知的人员", told),
        _detail("untold", "还没告知的人员", untold),
        _detail("overdue", "超期未告知的人员", overdue),
    ),
    remarks=remarks,
    tops=tops,
    empty="这个年度还没有人记账。",
)
