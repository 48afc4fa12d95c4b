"""What higher rooms put onto the page of an organisation: they add their cards at start."""

from __future__ import annotations

from collections.abc import Callable

from core.http import PageRequest
from villages.models import CollectiveOrganisation

# Each gives the card as ready HTML, empty where there is nothing to show.
ORGANISATION_CARDS: list[Callable[[PageRequest, CollectiveOrganisation], str]] = []
