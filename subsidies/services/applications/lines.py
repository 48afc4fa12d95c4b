"""The lines of a batch as rows: written from members and the plan's amounts, numbered, summed."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import Count, Expression, F, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from core.database import insert_select
from subsidies.enums import GONE_LINES, LineState
from subsidies.models import Application, Line
from subsidies.rules.candidates import candidates
from subsidies.rules.eligibility import Terms, granted_expression
from subsidies.rules.standards import amount_expression
from villages.models import Membership


def with_amounts(memberships: QuerySet[Membership], terms: Terms) -> QuerySet[Membership]:
    """Members with `standard_fen` and what is still open of it (`amount_fen`)."""
    rows = candidates(memberships, plan_year=terms.year, rulebook=terms.rulebook, on=terms.on)
    rows = rows.annotate(standard_fen=amount_expression(terms.plan))
    return rows.annotate(amount_fen=F("standard_fen") - granted_expression(terms))


def insert_lines(
    application: Application, memberships: QuerySet[Membership], *, amount: Expression | F
) -> int:
    """INSERT … SELECT one line for each of the members; facts are written by `judge` afterwards."""
    texts = (
        "person_kind", "policy_version", "advice", "verdict", "verdict_code", "verdict_note",
        "left_reason", "left_note", "inform_method",
    )  # fmt: skip
    numbers = ("position", "cap_reserved_fen", "cap_sponsor_fen", "cap_in_progress_fen", "granted_fen")
    plan = application.plan
    columns: dict[str, Any] = {
        "application": Value(application.pk),
        "person": F("person_id"),
        "membership": F("pk"),
        "plan": Value(application.plan_id),
        "organisation": Value(application.organisation_id),
        "year": Value(application.year),
        "source": Value(str(plan.source)),
        "state": Value(LineState.PENDING.value),
        "amount_fen": amount,
        "counts_in_cap": Value(True),
        **{name: Value("") for name in texts},
        **{name: Value(0) for name in numbers},
        **{name: Value(code) for name, code in application.area_codes().items()},
        **({"pool": Value(plan.pool_id)} if plan.pool_id else {}),
    }
    rows = memberships.order_by().values_list(*columns.values())
    return insert_select(Line, list(columns), rows)


def renumber(application: Application) -> None:
    """Number the list by group and name; one statement that both engines understand."""
    order = "LENGTH(COALESCE(m.group_name, '')), COALESCE(m.group_name, ''), p.pinyin, l.person_id"
    sql = f"""
        UPDATE subsidies_line SET position = r.n FROM (
            SELECT l.id AS line_id, ROW_NUMBER() OVER (ORDER BY {order}) AS n
            FROM subsidies_line l JOIN villages_person p ON p.id = l.person_id
            LEFT JOIN villages_membership m ON m.id = l.membership_id
            WHERE l.application_id = %s
        ) AS r WHERE subsidies_line.id = r.line_id
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [application.pk])


def line_sums(application: Application, **filters: Any) -> dict[str, Any]:
    """Count and sum of the lines that stand on the list (withdrawn ones do not)."""
    rows = application.lines.filter(**filters).exclude(state__in=GONE_LINES)
    found = rows.aggregate(rows_count=Count("pk"), amount_fen=Coalesce(Sum("amount_fen"), 0))
    return {"rows_count": found["rows_count"], "amount_fen": found["amount_fen"]}
