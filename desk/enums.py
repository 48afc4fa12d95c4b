"""States of a year's closing and of what the registers hold."""

from __future__ import annotations

from django.db import models


class ClosingState(models.TextChoices):
    """A year on its way to being closed."""

    PROPOSED = "proposed", "待复核"
    CLOSED = "closed", "已关账"
    REFUSED = "refused", "退回"


class EntryState(models.TextChoices):
    """An entry of a register counts, or was struck out by whoever made it."""

    RECORDED = "recorded", "已登记"
    STRUCK = "struck", "已作废"
