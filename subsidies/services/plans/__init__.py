"""Acts on a plan (一村一标), in the order of its life."""

from subsidies.services.plans.content import PlanContent, content_of
from subsidies.services.plans.deciding import file_plan, put_in_force, record_decision, reopen_plan
from subsidies.services.plans.drafting import (
    change_plan,
    copy_last_year,
    draft_plan,
    draft_sponsored_plan,
    revise_plan,
)
from subsidies.services.plans.ending import discard_plan, end_plan

__all__ = [
    "PlanContent",
    "change_plan",
    "content_of",
    "copy_last_year",
    "discard_plan",
    "draft_plan",
    "draft_sponsored_plan",
    "end_plan",
    "file_plan",
    "put_in_force",
    "record_decision",
    "reopen_plan",
    "revise_plan",
]
