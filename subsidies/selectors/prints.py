"""What the forms of an application say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from core.counts import NAMED_STANDARDS
from core.identity import mask_id_for_notice
from core.money import PPM, yuan_text
from core.rates import down_to_hundredth, percent_text
from policies.enums import Seal
from policies.parameters import DECISION_BODIES
from policies.selectors import Rulebook
from subsidies.enums import GONE_LINES, LineState, Method, Verdict
from subsidies.models import Application, Line
from subsidies.rules.papers import papers_asked
from subsidies.rules.wording import Words
from subsidies.selectors.payments import payments_of
from subsidies.selectors.verification import years_looked_at
from villages.models import OrganisationIncome, Person


def public_number(person: Person) -> str:
    """First six and last four: for the notice board alone, where no birth date, sex or age stands beside it."""
    return mask_id_for_notice(person.id_cipher)


def place_words(application: Application) -> str:
    """County, town and village as the forms head them."""
    village = application.organisation.region
    town = village.parent
    names = [town.parent.name if town and town.parent else "", town.name if town else "", str(village)]
    return "".join(names)


def agency_words(application: Application, rules: Rulebook) -> str:
    """The agency as it signs: where the document has only the common word for it, its county stands before it."""
    town = application.organisation.region.parent
    county = town.parent.name if town and town.parent else ""
    name = str(rules.value("office_name", "agency").value)
    return name if county in name else f"{county}{name}"


def application_form(application: Application, rules: Rulebook) -> dict[str, Any]:
    """F04: heads, sums, standard, sources, decision, papers."""
    lines = application.lines.exclude(state__in=GONE_LINES)
    total = sum(lines.values_list("amount_fen", flat=True))
    plan = application.plan
    on_file = set(application.attachments.values_list("kind", flat=True))
    on_file |= set(plan.attachments.filter(kind="plan").values_list("kind", flat=True))
    papers = papers_asked(rules)
    decision = getattr(plan, "decision", None)
    return {
        "headcount": lines.count(),
        "sum_fen": total,
        "standard": standard_words(plan),
        "source": _source_words(application, rules, total),
        "decision": decision,
        "decision_body": DECISION_BODIES.get(decision.body, decision.body) if decision else "",
        "papers": [(paper.name, paper.kind in on_file) for paper in papers],
        "seals": [f"{paper.name}{paper.wish}" for paper in papers if paper.seals],
        "declaration": rules.get("application_declaration"),
        "committee_must_agree": any(Seal.VILLAGE_COMMITTEE in paper.seals[:1] for paper in papers),
    }


def standard_words(plan: Any) -> str:
    """The standard in one line: 定额，每人每年200.00元."""
    words = []
    for row in plan.standards.all():
        if row.method == Method.PERCENT:
            words.append(_("按缴费档次的%(rate)s") % {"rate": percent_text(row.rate_ppm)})
        else:
            words.append(_("每人每年%(yuan)s元") % {"yuan": yuan_text(row.amount_fen)})
    unique = list(dict.fromkeys(words))
    if len(unique) > NAMED_STANDARDS:
        return _("按方案分%(n)d档（见方案）") % {"n": len(unique)}
    return "；".join(unique)


def _source_words(application: Application, rules: Rulebook, total: int) -> str:
    pool = application.plan.pool
    if pool is not None:
        words = {"donor": pool.title, "fen": yuan_text(pool.income_fen)}
        return _("社会资助专款：%(donor)s，%(fen)s元") % words
    names = rules.table("fund_source_name")
    sources = [
        str(names[row.source_type].value) if row.source_type in names else row.source_type
        for row in application.plan.sources.all()
    ]
    year = application.year - int(str(rules.plain("income_year_offset")))
    income = OrganisationIncome.objects.filter(organisation=application.organisation_id, year=year).first()
    text = "、".join(dict.fromkeys(sources)) or "—"
    if income is None or not income.disposable_fen:
        return text
    return _("%(text)s；%(year)d年度可支配收益%(income)s元，本次占%(share)s") % {
        "text": text,
        "year": year,
        "income": yuan_text(income.disposable_fen),
        "share": percent_text(down_to_hundredth(total * PPM // income.disposable_fen)),
    }


def result_form(application: Application, rules: Rulebook, lines: Sequence[Line]) -> dict[str, Any]:
    """F08: what was paid in the years looked at, the result, why not, what was granted."""
    years = years_looked_at(application, rules)
    payments = payments_of([line.person_id for line in lines], years, rules)
    words = Words()
    facts = [
        {
            "payments": [payments.get((line.person_id, year)) for year in years],
            "passed": _is_granted(line),
            "why": _why(line, words),
            "granted_fen": line.amount_fen if _is_granted(line) else None,
        }
        for line in lines
    ]
    granted = [line for line in lines if _is_granted(line)]
    return {
        "years": years,
        "facts": facts,
        "asked_fen": sum(line.amount_fen for line in lines),
        "granted_count": len(granted),
        "refused_count": len(lines) - len(granted),
        "granted_fen": sum(line.amount_fen for line in granted),
    }


def _is_granted(line: Line) -> bool:
    return line.state not in (LineState.INELIGIBLE, LineState.PENDING) or (
        line.state == LineState.PENDING and line.verdict == Verdict.PASS
    )


def _why(line: Line, words: Words) -> str:
    if _is_granted(line) or not line.verdict_code:
        return ""
    note = f"：{line.verdict_note}" if line.verdict_note else ""
    return f"{words.short(line.verdict_code)}{note}"
