"""Reads of scanned papers."""

from __future__ import annotations

from core.access import require_role
from core.errors import NotInArea
from core.models import User
from subsidies.models import Attachment
from subsidies.workflow.attachments import PAPER_READERS


def attachment(actor: User, pk: int) -> Attachment:
    """One scanned paper of the actor's area; raises NotInArea otherwise."""
    area = require_role(actor, PAPER_READERS).area
    assert area is not None
    related = ("file", "plan", "application", "refund")
    found = Attachment.objects.within(area).select_related(*related).filter(pk=pk).first()
    if found is None:
        raise NotInArea
    return found
