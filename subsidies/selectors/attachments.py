"""Reads of scanned papers."""

from __future__ import annotations

from django.db.models import QuerySet

from core.access import require_role
from core.errors import NotInArea
from core.models import User
from ledger.enums import Source
from subsidies.models import Attachment, Plan
from subsidies.selectors.applications import application
from subsidies.selectors.donations import pool
from subsidies.selectors.plans import plans_within
from subsidies.selectors.refunds import refund
from subsidies.workflow.attachments import PAPER_READERS
from villages.enums import Role


def attachment(actor: User, pk: int) -> Attachment:
    """One scanned paper of what the actor may read; raises NotInArea, ActorNotPermitted otherwise."""
    area = require_role(actor, PAPER_READERS).area
    assert area is not None
    related = ("file", "plan", "application", "refund", "pool")
    found = Attachment.objects.within(area).select_related(*related).filter(pk=pk).first()
    if found is None:
        raise NotInArea
    _require_readable(actor, found)
    return found


def papers_of_plan(actor: User, plan: Plan) -> QuerySet[Attachment]:
    """The scanned papers of a plan that the actor may open, with their files.

    Civil affairs watches over gifts (NX-13, NX-20): sign-in sheets of a village's own plan bear names that it has no
    business with.
    """
    papers = plan.attachments.select_related("file").order_by("pk")
    return papers if opens_papers_of_plan(actor, plan) else papers.none()


def opens_papers_of_plan(actor: User, plan: Plan) -> bool:
    """Whether the actor, who may read the plan, may open its scanned papers."""
    watches_gifts_only = actor.access.roles & PAPER_READERS == {Role.CIVIL_AFFAIRS}
    return plan.source == Source.SPONSOR or not watches_gifts_only


def _require_readable(actor: User, paper: Attachment) -> None:
    # A roster holds whole numbers, a death certificate more: who may not read the file may not read its papers.
    if paper.application_id is not None:
        application(actor, paper.application_id)
    elif paper.refund_id is not None:
        refund(actor, paper.refund_id)
    elif paper.pool_id is not None:
        pool(actor, paper.pool_id)
    else:
        plan = plans_within(actor).filter(pk=paper.plan_id).first()
        if plan is None or not opens_papers_of_plan(actor, plan):
            raise NotInArea
