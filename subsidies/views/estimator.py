"""The two sums: what a year costs and brings, and what it adds in old age; on a page and as a poster."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from core.http import PageRequest
from core.look import Cell
from core.money import yuan_text
from core.rates import PERCENT
from subsidies.forms.estimator import Estimate, SituationForm
from subsidies.rules.gain import Gain, PensionTerms
from subsidies.selectors import estimator as selectors


def _asked(request: PageRequest) -> Estimate:
    given = {name: request.GET[name] for name in SituationForm.base_fields if name in request.GET}
    on = request.working_date
    return Estimate(request.user, given, on=on)


def estimator(request: PageRequest) -> HttpResponse:
    """One person's two sums."""
    asked = _asked(request)
    context: dict[str, Any] = {"form": asked.form, "sources": asked.sources, "plan": asked.plan}
    if asked.is_valid:
        gain = asked.gain()
        context |= {
            "gain": gain,
            "cells": _cells(gain, asked.terms),
            "bars": _bars(gain),
            "tiers": asked.by_tier(),
            "situation": asked.situation(),
            "terms": asked.terms,
            "streams": _streams(gain),
        }
    return render(request, "subsidies/estimator/person.html", context)


def estimator_village(request: PageRequest) -> HttpResponse:
    """The two sums of a village's plan in force."""
    on = request.working_date
    asked = _asked(request)
    sums = selectors.village_sums(asked.plan, asked.sources.terms(), on=on) if asked.plan else None
    context = {"sums": sums, "plan": asked.plan, "sources": asked.sources, "terms": asked.sources.terms()}
    return render(request, "subsidies/estimator/village.html", context)


def estimator_poster(request: PageRequest) -> HttpResponse:
    """One person's two sums as a poster for the village board."""
    asked = _asked(request)
    if not asked.is_valid:
        return estimator(request)
    gain, terms = asked.gain(), asked.terms
    ages = sorted({*settings.POSTER_AGES, asked.situation().age} & set(range(terms.pension_age)))
    context = {
        "gain": gain,
        "situation": asked.situation(),
        "terms": terms,
        "sources": asked.sources,
        "plan": asked.plan,
        "ages": [(age, asked.gain(age=age)) for age in ages],
        "marked": [view.label for view in (asked.sources.rate, asked.sources.basic) if view.marks],
    }
    return render(request, "subsidies/estimator/poster.html", context)


def _cells(gain: Gain, terms: PensionTerms) -> list[Cell]:
    since = _("%(age)d岁起每月领") % {"age": terms.pension_age}
    return [
        Cell(since, gain.monthly_fen, main=True),
        Cell(_("其中集体补助带来"), f"＋{yuan_text(gain.gain_fen)}", _("每月"), tone="done"),
        Cell(_("不补助时每月领"), gain.monthly_without_fen),
    ]


def _bars(gain: Gain) -> list[dict[str, Any]]:
    """Columns from zero, each a share of the last one."""
    top = gain.balances[-1].total_fen if gain.balances else 0
    return [
        {
            "balance": row,
            "parts": [
                (tone, fen * PERCENT / top if top else 0)
                for tone, fen in (
                    ("hatched", row.collective_fen),
                    ("second", row.government_fen),
                    ("main", row.own_fen),
                )
            ],
        }
        for row in gain.balances
    ]


def _streams(gain: Gain) -> list[tuple[str, Any]]:
    return [
        (_("现有余额"), gain.opening),
        (_("自己缴费"), gain.own),
        (_("政府补贴"), gain.government),
        (_("集体补助"), gain.collective),
    ]
