"""What this room puts onto the page of an organisation: whether its programme is suspended."""

from __future__ import annotations

from core.http import PageRequest
from villages.models import CollectiveOrganisation
from villages.panels import ORGANISATION_CARDS


def programme(request: PageRequest, organisation: CollectiveOrganisation) -> str:
    """The card 暂停、恢复补助."""
    # Views are read with the addresses, long after the rooms have started.
    from subsidies.views.suspensions import programme_card

    return programme_card(request, organisation)


ORGANISATION_CARDS.append(programme)
