"""Reckoning a year's rewards from what was posted and refunded: by the yearly job, on demand, and after a refund."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.access import require_role
from core.errors import InvalidInput
from core.jobs import Progress, start_job
from core.lengths import REASON_TEXT, VOUCHER_TEXT
from core.models import Job
from core.workflow import By, Effect, run_creation
from core.years import FIRST_YEAR, LAST_YEAR
from policies.selectors import rulebook
from rewards import workflow as steps
from rewards.enums import ProposalState, RewardState
from rewards.models import DecidedRate, Reward
from rewards.rules import (
    AMOUNTS,
    Reckoned,
    Terms,
    counted_money,
    reckon,
    require_money,
    reward_terms,
)
from rewards.services.rows import Done, county_of, keep, lock_rows
from rewards.services.taking_apart import TAKEN_APART, take_apart
from subsidies.selectors.posting import YearSum, year_sums
from villages.models import CollectiveOrganisation, Region

JOB_KIND = "reward"
FIGURES = (*AMOUNTS, "blocked_code", "blocked_figures")
WRITTEN = (*FIGURES, "clause", "policy_version")


@dataclass(slots=True)
class Computation:
    """What a run found: rows new, changed (with their figures before and after), sent back, and left as they were."""

    new: list[int] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    sent_back: list[int] = field(default_factory=list)
    unchanged: int = 0
    cap_fen: int = 0

    def as_result(self) -> dict[str, Any]:
        """For the job's row and the API."""
        return {
            "new": len(self.new),
            "changed": self.changed,
            "sent_back": self.sent_back,
            "unchanged": self.unchanged,
            "cap_fen": self.cap_fen,
        }


def start_rewards(county_code: str, year: int, *, by: By) -> Job:
    """Queue the reckoning of a county's year as a job and return it."""
    _require_year(year)
    with transaction.atomic():
        county = county_of(county_code, by=by)

        def create() -> tuple[Job, Effect]:
            require_money(rulebook(county_code, on=by.on))
            cause = hashlib.sha256(f"{by.actor.pk}:{by.key or uuid.uuid4().hex}".encode()).hexdigest()[
                :VOUCHER_TEXT
            ]
            params = {"county_code": county_code, "year": year}
            job = start_job(JOB_KIND, cause_key=f"reward:{cause}", by=by, params=params, place=county)
            return job, Effect(figures={"year": year})

        return run_creation(steps.START, county, by=by, create=create)


def run_reward_job(job: Job, progress: Progress) -> dict[str, Any]:
    """The job: reckon the county's year; the result says what is new and what changed."""
    by = By(actor=job.requested_by, on=job.on)
    progress.tell(stage=_("逐村测算"))
    found = refresh(job.params["county_code"], job.params["year"], by=by)
    count = len(found.new) + len(found.changed) + found.unchanged
    progress.tell(done_count=count, total_count=count, done_fen=found.cap_fen, total_fen=found.cap_fen)
    return found.as_result()


def compute_rewards(county_code: str, year: int, *, by: By) -> Computation:
    """Reckon every organisation's reward of a county and plan year, now; again changes nothing unless facts changed.

    Raises ActorNotPermitted, NotInArea, InvalidInput, RuleViolation E-NO-REWARD.
    Source: CS-13, CS-35, CS-37, A-05..A-08, A-52.
    """
    require_role(by.actor, steps.COMPUTE.roles, steps.COMPUTE.label)
    _require_year(year)
    county_of(county_code, by=by)
    require_money(rulebook(county_code, on=by.on))
    return refresh(county_code, year, by=by)


def _require_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        message = _("年度应在%(a)d到%(b)d之间") % {"a": FIRST_YEAR, "b": LAST_YEAR}
        raise InvalidInput(message + "。", fields={"year": [message]})


def lock_county(county_code: str) -> None:
    """One reckoning a county at a time: two would make the same row twice."""
    Region.objects.select_for_update(no_key=True).get(pk=county_code)


def terms_of(county_code: str, year: int, *, by: By) -> Terms:
    """The rate and conditions of a county's plan year as of the act's date."""
    decided = (
        DecidedRate.objects.filter(county_code=county_code, year=year, state=ProposalState.CONFIRMED)
        .values_list("rate_ppm", flat=True)
        .first()
    )
    return reward_terms(rulebook(county_code, on=by.on), year, decided_ppm=decided)


def refresh(county_code: str, year: int, *, by: By, organisation_id: int | None = None) -> Computation:
    """Bring the rows of a county's year (or one organisation's) up to the facts; paid ones stay as they are.

    Determined rows whose refunds or rate changed go back to be determined anew; what was posted later only shows.
    """
    with transaction.atomic():
        lock_county(county_code)
        counted = counted_money(rulebook(county_code, on=by.on))
        sums = year_sums(county_code, year, organisation_id=organisation_id, counted=counted)
        terms = terms_of(county_code, year, by=by)
        found = Reward.objects.filter(county_code=county_code, year=year)
        if organisation_id is not None:
            found = found.filter(organisation=organisation_id)
        rows = lock_rows(found)
        done = Computation()
        _create_missing(sums, {row.organisation_id for row in rows}, terms, by=by, done=done)
        _update(rows, sums, terms, by=by, done=done)
        return done


def _create_missing(
    sums: dict[int, YearSum], present: set[int], terms: Terms, *, by: By, done: Computation
) -> None:
    wanted = [
        key for key, one in sums.items() if key not in present and (one.posted_fen or one.has_open_batch)
    ]
    organisations = CollectiveOrganisation.objects.in_bulk(wanted)
    rows = []
    for key, organisation in sorted(organisations.items()):
        row = Reward(organisation=organisation, year=terms.year, **organisation.area_codes())
        _set(row, reckon(sums[key], terms, on=by.on), terms)
        rows.append(row)
    Reward.objects.bulk_create(rows)
    done.new = [row.pk for row in rows]
    done.cap_fen += sum(row.cap_fen for row in rows)
    keep(steps.COMPUTE, [Done(row, _effect(None, row), "") for row in rows], by)


def _update(rows: list[Reward], sums: dict[int, YearSum], terms: Terms, *, by: By, done: Computation) -> None:
    changed, back, late = [], [], []
    for row in rows:
        facts = sums.get(row.organisation_id) or YearSum(row.organisation_id)
        reckoned = reckon(facts, terms, on=by.on)
        before, state = _figures(row), row.state
        if state == RewardState.COMPUTED and _differs(row, reckoned):
            _set(row, reckoned, terms)
            changed.append(Done(row, _effect(before, row), state))
        elif state in steps.UNPAID | {RewardState.RETURNED} and _must_go_back(row, reckoned):
            _set(row, reckoned, terms)
            back.append(Done(row, _effect(before, row), state))
        elif state in steps.FIXED and _late(row, reckoned) != row.late_fen:
            row.late_fen = _late(row, reckoned)
            late.append(row)
        else:
            done.unchanged += 1
        done.cap_fen += row.cap_fen
    take_apart([one.row for one in back], on=by.on)
    keep(steps.COMPUTE, changed, by)
    keep(steps.SEND_BACK, back, by)
    Reward.objects.bulk_update(late, ["late_fen"])
    done.unchanged += len(late)
    done.changed = [_change(one) for one in [*changed, *back]]
    done.sent_back = [one.row.pk for one in back]


def _must_go_back(row: Reward, now: Reckoned) -> bool:
    """Refunds or the rate changed, or something posted is gone; more posted alone is not rewarded any more (A-52)."""
    same = (row.refunded_fen, row.rate_ppm) == (now.refunded_fen, now.rate_ppm)
    return not same or now.posted_fen < row.posted_fen


def _late(row: Reward, now: Reckoned) -> int:
    return max(now.posted_fen - row.posted_fen, 0)


def _differs(row: Reward, now: Reckoned) -> bool:
    return any(getattr(row, name) != getattr(now, name) for name in FIGURES)


def _set(row: Reward, now: Reckoned, terms: Terms) -> None:
    for name in FIGURES:
        setattr(row, name, getattr(now, name))
    row.clause, row.policy_version = terms.clause[:REASON_TEXT], terms.version


def _figures(row: Reward) -> dict[str, Any]:
    return {name: getattr(row, name) for name in (*AMOUNTS, "blocked_code")}


def _effect(before: dict[str, Any] | None, row: Reward) -> Effect:
    changed = WRITTEN if before is None else (*WRITTEN, *TAKEN_APART)
    figures: dict[str, Any] = {"after": _figures(row)}
    if before is not None:
        figures["before"] = before
    return Effect(
        changed=changed,
        rows_count=row.headcount,
        amount_fen=row.cap_fen,
        reason_code=row.blocked_code,
        clause=row.clause,
        figures=figures,
    )


def _change(one: Done) -> dict[str, Any]:
    figures = one.effect.figures
    return {
        "reward": one.row.pk,
        "organisation": one.row.organisation_id,
        "before": figures["before"],
        "after": figures["after"],
        "sent_back": one.row.state != one.found_state,
    }
