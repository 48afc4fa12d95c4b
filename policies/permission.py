"""What a region may state only where the document above it allows it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from core.divisions import ancestor_codes
from policies.models import PolicyValue
from policies.rules import REWARD_MONEY
from policies.selectors import rulebook


def unpermitted_incentive(region_code: str) -> tuple[PolicyValue, str] | None:
    """A stated value that rewards with money while the nearest document above gives none and allows no county to,
    with the sentence that refuses it; None where all is well. Source: JN-13.
    """
    above = ancestor_codes(region_code)[1:]
    if not above:
        return None
    for row in PolicyValue.objects.filter(region_code=region_code, name="reward_form", value=REWARD_MONEY):
        if not all(_allows(above[0], day) for day in _days(row, above)):
            return row, _("上级的政策文件没有允许县（市、区）另定奖励，这里不能写财政奖励资金。")
    return None


def _days(row: PolicyValue, above: tuple[str, ...]) -> Iterator[date]:
    """The first day of the value, and each later one on which a document above begins to say how it rewards."""
    yield row.valid_from
    later = PolicyValue.objects.filter(
        region_code__in=above, name="reward_form", valid_from__gt=row.valid_from
    )
    if row.valid_to:
        later = later.filter(valid_from__lte=row.valid_to)
    yield from later.values_list("valid_from", flat=True)


def _allows(above: str, on: date) -> bool:
    book = rulebook(above, on=on)
    form = book.get("reward_form")
    return form is None or form.value == REWARD_MONEY or book.flag("county_incentive_allowed")
