"""What a reader of the two sums types, each with a default in force, and what it comes to."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.forms import FenField, PpmField
from core.models import User
from core.money import yuan_plain
from core.rates import percent_plain
from subsidies.rules.gain import Gain, PensionTerms, Situation, reckon_gain
from subsidies.selectors import estimator as selectors
from subsidies.selectors.estimator import Sources


class SituationForm(forms.Form):
    """One person: age, own tier, subsidy, account, years paid, and the two values that may be tried otherwise."""

    age = forms.IntegerField(label=gettext_lazy("现在多大"))
    own = forms.TypedChoiceField(label=gettext_lazy("每年自己缴"), coerce=int)
    subsidy = FenField(label=gettext_lazy("村集体每年补助"), minimum=0)
    balance = FenField(label=gettext_lazy("个人账户现有"), minimum=0)
    paid_years = forms.IntegerField(label=gettext_lazy("已经缴了几年"), min_value=0)
    rate = PpmField(label=gettext_lazy("记账利率"))
    basic = FenField(label=gettext_lazy("基础养老金"), minimum=0)

    def __init__(self, *args: Any, sources: Sources, youngest: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        oldest = sources.terms().pension_age
        age = self.fields["age"]
        age.widget.attrs.update(min=youngest, max=oldest - 1)
        age.validators.append(_between(youngest, oldest - 1))
        self.fields["paid_years"].validators.append(_between(0, oldest - youngest))
        self.fields["own"].choices = [(fen, yuan_plain(fen)) for fen in sources.tiers]  # type: ignore[attr-defined]
        self.most_fen = max(sources.tiers, default=0)

    def clean_subsidy(self) -> int:
        """Nobody is granted more than the highest tier."""
        fen: int = self.cleaned_data["subsidy"]
        if fen > self.most_fen:
            message = _("一个人一年的补助不超过最高缴费档次%(most)s元")
            raise forms.ValidationError(message % {"most": yuan_plain(self.most_fen)})
        return fen


def _between(least: int, most: int) -> Any:
    def check(value: int) -> None:
        if not least <= value <= most:
            raise forms.ValidationError(_("填%(least)d到%(most)d之间的数") % {"least": least, "most": most})

    return check


class Estimate:
    """What a request asks to be reckoned: the form as it stands, and the answer where it is valid."""

    def __init__(self, user: User, given: dict[str, Any], *, on: date) -> None:
        self.sources = selectors.sources(user, year=on.year, on=on)
        self.plan = selectors.plan_of(user, year=on.year)
        self.form = SituationForm(
            self._defaults() | given,
            sources=self.sources,
            youngest=self.sources.youngest,
        )
        self.is_valid = self.form.is_valid()

    def _defaults(self) -> dict[str, Any]:
        terms = self.sources.terms()
        tiers = self.sources.tiers
        flat = [row.amount_fen for row in self.plan.standards.all() if row.amount_fen] if self.plan else []
        subsidy = max(flat, default=tiers[0])
        return {
            "age": terms.pension_age - terms.years_min,
            "own": next((fen for fen in tiers if fen > subsidy), tiers[-1]),
            "subsidy": yuan_plain(subsidy),
            "balance": yuan_plain(0),
            "paid_years": 0,
            "rate": percent_plain(terms.rate_ppm),
            "basic": yuan_plain(terms.basic_fen),
        }

    @property
    def terms(self) -> PensionTerms:
        """The terms with the reader's own rate and basic pension."""
        data = self.form.cleaned_data
        return self.sources.terms(rate_ppm=data["rate"], basic_fen=data["basic"])

    def situation(self, **other: int) -> Situation:
        """The person typed in; `age` or `own_fen` may be another's."""
        data = self.form.cleaned_data
        own = other.get("own_fen", data["own"])
        return Situation(
            age=other.get("age", data["age"]),
            own_fen=own,
            government_fen=self.sources.government_fen(own),
            subsidy_fen=data["subsidy"],
            balance_fen=data["balance"],
            paid_years=data["paid_years"],
        )

    def gain(self, **other: int) -> Gain:
        """The answer for the person typed in, or for another age or tier."""
        return reckon_gain(self.situation(**other), self.terms)

    def by_tier(self) -> list[tuple[int, Gain]]:
        """The same person by each tier of the year."""
        return [(fen, self.gain(own_fen=fen)) for fen in self.sources.tiers]
