"""What the pages of applications share: the batch asked for, its chip, its papers, its findings."""

from __future__ import annotations

from typing import Any

from core.http import PageRequest
from core.lists import query_with
from core.look import Pill
from subsidies.enums import ApplicationState as State
from subsidies.enums import LineState
from subsidies.models import Application
from subsidies.rules.papers import papers_asked
from subsidies.rules.wording import Words
from subsidies.selectors import applications as selectors


def chip_of(row: Application, sums: dict[str, tuple[int, int]]) -> Any:
    """The batch's state as its pages show it."""
    decided = row.lines.filter(state=LineState.PENDING).exclude(verdict="").count()
    counts = selectors.counts_from_sums(
        sums, decided=decided, open_differences=selectors.open_differences(row)
    )
    return selectors.batch_chip(row.state, counts)


def finding_pills(request: PageRequest, row: Application, chosen: str) -> list[Pill]:
    """The findings to choose by, each with its count of lines; none once the batch is verified."""
    if row.state not in (State.DRAFT, State.RETURNED, State.SUBMITTED):
        return []
    tones = {"refuse": "refused", "warn": "waiting"}
    words = Words()
    return [
        Pill(words.short(code), n, query_with(request, code=code, show=""), code == chosen, tones[severity])
        for code, severity, n in selectors.finding_counts(row)
    ]


def papers_of(row: Application, rules: Any) -> list[dict[str, Any]]:
    """Each paper that the rulebook asks for with what is on file for it."""
    own = list(row.attachments.select_related("file").order_by("pk"))
    of_plan = list(row.plan.attachments.filter(kind="plan").select_related("file"))
    return [
        {
            "kind": paper.kind,
            "name": paper.name,
            "wish": paper.wish,
            "clause": paper.seal.clause.cited if paper.seal else "",
            "files": [(a, paper.is_sealed_by(a.seals)) for a in own + of_plan if a.kind == paper.kind],
            "is_sealed": paper.is_sealed_by(
                {seal for a in own + of_plan if a.kind == paper.kind for seal in a.seals}
            ),
        }
        for paper in papers_asked(rules)
    ]
