"""A report as a workbook: who made it where and when, from which figures, the table, what each column means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.calendar import day_text
from core.models import User
from core.sheets.writer import Layout, OutColumn, download, sheet_file_name, table_workbook
from desk.reports.selectors import Made
from desk.reports.shapes import FOLD_WORDS, Column, Row

SHEET_KINDS = {"count": "count", "amount": "amount", "rate_ppm": "rate_ppm", "date": "date"}


def head_lines(made: Made, actor: User) -> list[str]:
    """Region, scheme, year, day, maker, source: the block above the table, on page, paper and sheet alike."""
    scheme = made.scope.rules.get("scheme_name")
    closing = made.closing if not made.is_live else None
    lines = [
        _("地区：%(area)s　　险种：%(scheme)s　　补助年度：%(year)d年")
        % {
            "area": actor.access.area_title,
            "scheme": scheme.value if scheme else "",
            "year": made.scope.year,
        },
        _("截至：%(on)s　　制表日期：%(today)s　　制表人：%(who)s")
        % {"on": day_text(made.scope.on), "today": day_text(timezone.localdate()), "who": actor},
        _("数据来源：%(source)s") % {"source": made.report.source},
    ]
    if closing is not None:
        assert closing.closed_on is not None
        lines.append(
            _("本年度已于%(on)s关账，表中是关账时的数；“关账后”是以后的变动。")
            % {"on": day_text(closing.closed_on)}
        )
    return lines


def meanings(made: Made) -> list[str]:
    """What each column counts and the clause it rests on."""
    found = []
    for column in made.table.columns:
        clause = made.scope.rules.ground(column.ground) if column.ground else None
        words = "；".join(part for part in (column.meaning, clause.reference if clause else "") if part)
        if words:
            found.append(f"{column.label}：{words}")
    return found


def workbook(made: Made, actor: User) -> bytes:
    """The report as xlsx, with the sums that the page shows."""
    title = f"{made.scope.year}年度{made.report.title}（{made.report.code}）"
    later = [
        column for column in made.table.columns if any(column.key in row.later for row in made.table.rows)
    ]
    layout = Layout(
        head=head_lines(made, actor),
        unit=_("%(fold)s汇总") % {"fold": FOLD_WORDS[made.fold]},
        foot=meanings(made),
        sheet_name=made.report.title,
        totals=_totals(made, later),
    )
    rows = [_cells(row, made, later) for row in made.table.rows]
    return table_workbook(title, _columns(made, later), rows, layout=layout)


def answer(made: Made, actor: User) -> HttpResponse:
    """The workbook as a download."""
    name = sheet_file_name(f"{made.scope.year}年度{made.report.title}", timezone.localdate())
    return download(workbook(made, actor), name)


def first_label(made: Made) -> str:
    """What stands above the first column."""
    words = {"village": _("村"), "town": _("镇街"), "unit": _("管理单位")}
    return words.get(made.fold, made.report.key_words)


def second_label(made: Made) -> str:
    """What stands above the second column; empty where rows have one name only."""
    return {"village": _("镇街"), "case": _("镇街、村")}.get(made.fold, "")


def _columns(made: Made, later: Sequence[Column]) -> list[OutColumn]:
    second = second_label(made)
    names = [OutColumn(first_label(made), width=22), *([OutColumn(second, width=18)] if second else [])]
    shown = [_out(column) for column in made.table.columns]
    after = [_out(column, _("%(label)s（关账后）") % {"label": column.label}) for column in later]
    return [*names, *shown, *after]


def _out(column: Column, label: str = "") -> OutColumn:
    return OutColumn(
        label or column.label, SHEET_KINDS.get(column.kind, "text"), column.width, is_summed=False
    )


def _cells(row: Row, made: Made, later: Sequence[Column]) -> list[Any]:
    second = [row.second] if second_label(made) else []
    return [row.label, *second, *_values(row.cells, made.table.columns), *_values(row.later, later)]


def _values(cells: dict[str, Any], columns: Sequence[Column]) -> list[Any]:
    return [cells.get(column.key) for column in columns]


def _totals(made: Made, later: Sequence[Column]) -> list[Any]:
    second = [""] if second_label(made) else []
    of_columns = _values(made.table.totals, made.table.columns)
    return [_("合计"), *second, *of_columns, *_values(made.table.later, later)]
