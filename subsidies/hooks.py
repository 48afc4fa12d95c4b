"""What higher rooms want to hear of: they add their functions at start."""

from __future__ import annotations

from collections.abc import Callable

from core.workflow import By
from subsidies.models import Refund

# Called in the act's transaction, after a refund was paid back and booked (the reward's base shrinks).
on_refund_reversed: list[Callable[[Refund, By], None]] = []
