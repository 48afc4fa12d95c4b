"""Reads of scanned papers."""

from __future__ import annotations

from core.access import require_role
from core.errors import NotInArea
from core.models import User
from subsidies.models import Attachment
from subsidies.selectors.applications import application
from subsidies.selectors.donations import pool
from subsidies.selectors.plans import plans_within
from subsidies.selectors.refunds import refund
from subsidies.workflow.attachments import PAPER_READERS


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


def _require_readable(actor: User, paper: Attachment) -> None:
    # A roster holds whole numbers, a death certificate more: who may not read the file may not read its papers.
    if paper.application_id is not None:
        application(actor, paper.application_id)
    elif paper.refund_id is not None:
        refund(actor, paper.refund_id)
    elif paper.pool_id is not None:
        pool(actor, paper.pool_id)
    elif not plans_within(actor).filter(pk=paper.plan_id).exists():
        raise NotInArea
