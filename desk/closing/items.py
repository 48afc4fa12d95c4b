"""What of a county's year is still open, one statement a kind, each with the page where it is ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from desk.progress import POSTED
from ledger.enums import Source
from policies.rules import reward_ceiling
from policies.selectors import rulebook
from rewards.enums import OffsetState, RewardState
from rewards.models import Offset, Reward
from subsidies.enums import ApplicationState, DifferenceState, NoticeState, PlanState, RefundState
from subsidies.models import Application, Difference, Line, PaymentNotice, Plan, Refund
from villages.models import CollectiveOrganisation, Region

A = ApplicationState
UNDECIDED = (PlanState.DRAFT, PlanState.RESOLVED, PlanState.FILED)
UNSETTLED = (DifferenceState.OPEN, DifferenceState.PROPOSED)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of open thing: its rows of a county and year, and whether it may go on after the closing.

    What may not be left over would add to the closed year: it is to be ended or taken back first.
    """

    key: str
    title: str
    rows: Callable[[str, int], QuerySet[Any]]
    label: Callable[[Any], str]
    url: Callable[[Any], str]
    village: Callable[[Any], CollectiveOrganisation]
    fen: str = ""
    may_leave: bool = True
    advice: str = ""


@dataclass(frozen=True, slots=True)
class OpenItem:
    """One thing that is still open."""

    kind: Kind
    object_id: int
    label: str
    place: str
    codes: dict[str, str]
    url: str
    since: date | None
    amount_fen: int | None

    @property
    def key(self) -> str:
        """How a form and the API name it."""
        return f"{self.kind.key}-{self.object_id}"


def open_items(county_code: str, year: int, *, on: date) -> list[OpenItem]:
    """Everything of a plan year that is not at its end, in the order of the year's steps."""
    kinds = [kind for kind in KINDS if kind is not UNCOMPUTED or _gives_rewards(county_code, year, on)]
    return [item for kind in kinds for item in _items(kind, county_code, year)]


def _gives_rewards(county_code: str, year: int, on: date) -> bool:
    return reward_ceiling(rulebook(county_code, on=on), year) is not None


def _items(kind: Kind, county_code: str, year: int) -> Iterable[OpenItem]:
    for row in kind.rows(county_code, year):
        village = kind.village(row)
        yield OpenItem(
            kind,
            row.pk,
            kind.label(row),
            f"{village.region.parent} {village.region}",
            row.area_codes(),
            kind.url(row),
            getattr(row, "last_acted_on", None),
            getattr(row, kind.fen) if kind.fen else None,
        )


def county_name(county_code: str) -> str:
    """What the county is called."""
    return str(Region.objects.get(pk=county_code))


def _of_batches(states: tuple[ApplicationState, ...]) -> Callable[[str, int], QuerySet[Any]]:
    def rows(county_code: str, year: int) -> QuerySet[Any]:
        found = Application.objects.filter(county_code=county_code, year=year, state__in=states)
        return found.select_related("organisation__region__parent").order_by("village_code", "batch_no")

    return rows


def _batches(key: str, title: str, *states: ApplicationState, **more: Any) -> Kind:
    return Kind(
        key,
        title,
        _of_batches(states),
        lambda row: _("第%(n)d批：%(state)s") % {"n": row.batch_no, "state": row.get_state_display()},
        lambda row: reverse("application", args=[row.pk]),
        lambda row: row.organisation,
        **more,
    )


def _plans(county_code: str, year: int) -> QuerySet[Plan]:
    rows = Plan.objects.filter(county_code=county_code, year=year, state__in=UNDECIDED)
    return rows.select_related("organisation__region__parent").order_by("village_code", "pk")


def _notices(county_code: str, year: int) -> QuerySet[PaymentNotice]:
    rows = PaymentNotice.objects.filter(
        county_code=county_code,
        application__year=year,
        state__in=[NoticeState.ISSUED, NoticeState.PART_PAID],
    )
    return rows.select_related("application__organisation__region__parent").order_by("village_code", "pk")


def _differences(county_code: str, year: int) -> QuerySet[Difference]:
    rows = Difference.objects.filter(
        county_code=county_code, notice__application__year=year, state__in=UNSETTLED
    )
    return rows.select_related("notice__application__organisation__region__parent").order_by(
        "village_code", "pk"
    )


def _refunds(county_code: str, year: int) -> QuerySet[Refund]:
    ended = [RefundState.REVERSED, RefundState.REFUSED]
    rows = Refund.objects.filter(county_code=county_code, year=year).exclude(state__in=ended)
    return rows.select_related("line__organisation__region__parent").order_by("village_code", "pk")


def _rewards(county_code: str, year: int) -> QuerySet[Reward]:
    rows = Reward.objects.filter(county_code=county_code, year=year, cap_fen__gt=0)
    rows = rows.exclude(state=RewardState.PAID).select_related("organisation__region__parent")
    return rows.order_by("village_code")


def _uncomputed(county_code: str, year: int) -> QuerySet[CollectiveOrganisation]:
    lines = Line.objects.filter(
        organisation=OuterRef("pk"), year=year, state__in=POSTED, source=Source.COLLECTIVE
    )
    known = Reward.objects.filter(organisation=OuterRef("pk"), year=year)
    rows = CollectiveOrganisation.objects.filter(Exists(lines), ~Exists(known), county_code=county_code)
    return rows.select_related("region__parent").order_by("village_code")


def _offsets(county_code: str, year: int) -> QuerySet[Offset]:
    rows = Offset.objects.filter(county_code=county_code, reward__year=year, state=OffsetState.OPEN)
    return rows.select_related("organisation__region__parent").order_by("village_code", "pk")


PLANS = Kind(
    "plan",
    "没有生效的方案",
    _plans,
    lambda row: _("第%(n)d版方案：%(state)s") % {"n": row.version_no, "state": row.get_state_display()},
    lambda row: reverse("plan", args=[row.pk]),
    lambda row: row.organisation,
    fen="estimated_fen",
    advice="关账后不能再生效；不办的可以结转，留作记录。",
)
UNCOMPUTED = Kind(
    "reward_missing",
    "还没有测算奖励的村",
    _uncomputed,
    lambda row: _("有补助记账，还没有测算奖励"),
    lambda row: reverse("rewards"),
    lambda row: row,
    advice="到“奖励核定”测算；测算以后这里改列奖励。",
)
KINDS: tuple[Kind, ...] = (
    PLANS,
    _batches("draft", "没有提交的申请", A.DRAFT, advice="关账后不能再提交；不办的可以结转，留作记录。"),
    _batches(
        "batch",
        "没有办结核实的申请",
        A.SUBMITTED,
        A.RETURNED,
        A.VERIFIED,
        may_leave=False,
        advice="须先核实办结，或者由村里撤回：它会增加本年度的补助。",
    ),
    Kind(
        "notice",
        "没有缴清的通知书",
        _notices,
        lambda row: row.number,
        lambda row: reverse("notice", args=[row.pk]),
        lambda row: row.application.organisation,
        fen="amount_fen",
    ),
    Kind(
        "difference",
        "没有处理的对账差异",
        _differences,
        lambda row: f"{row.notice.number} {row.get_kind_display()}",
        lambda row: reverse("reconciliation", args=[row.notice_id]),
        lambda row: row.notice.application.organisation,
        fen="expected_fen",
    ),
    _batches("posting", "到账没有记账的批次", A.REMITTED),
    _batches("informing", "没有反馈、告知完的批次", A.POSTED, A.INFORMED),
    Kind(
        "refund",
        "没有办完的退费",
        _refunds,
        lambda row: _("退费：%(state)s") % {"state": row.get_state_display()},
        lambda row: reverse("refund", args=[row.pk]),
        lambda row: row.line.organisation,
        fen="amount_fen",
    ),
    UNCOMPUTED,
    Kind(
        "reward",
        "没有拨付到村的奖励",
        _rewards,
        lambda row: _("奖励：%(state)s") % {"state": row.get_state_display()},
        lambda row: reverse("reward", args=[row.pk]),
        lambda row: row.organisation,
        fen="cap_fen",
    ),
    Kind(
        "offset",
        "没有冲抵的奖励",
        _offsets,
        lambda row: _("多得的奖励，还没有冲抵、退回或核销"),
        lambda row: reverse("reward", args=[row.reward_id]),
        lambda row: row.organisation,
        fen="rest_fen",
    ),
)
BY_KEY = {kind.key: kind for kind in KINDS}
