"""An installation with nothing in it, as it stands after its tables were made."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.db import connection

from core.models import User
from policies.models import Clause, PolicyDocument, PolicyRevision, PolicyValue, ReasonCode
from tests.api.driving import LATE_DAYS, Caller
from tests.triggers import triggers_lifted
from villages.models import CollectiveOrganisation, Person, Region, StaffArea

ADMIN_PASSWORD = "Anzhuang-2024"


@pytest.fixture
def installed(db: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Caller]:
    """Regions and rulebooks loaded into empty tables; `installed(code)` makes the first administrator of a place."""
    with triggers_lifted():
        for model in (PolicyValue, Clause, PolicyDocument, PolicyRevision, ReasonCode, Region):
            model.objects.all()._raw_delete(connection.alias)
    for empty in (Region, PolicyValue, User, CollectiveOrganisation, Person):
        assert not empty.objects.exists()
    call_command("load_regions", verbosity=0)
    call_command("load_policies", verbosity=0)

    def first_admin(code: str) -> Caller:
        monkeypatch.setenv("ADMIN_PASSWORD", ADMIN_PASSWORD)
        name = f"admin_{code}"
        call_command("create_admin", name, "赵管理", code, verbosity=0)
        StaffArea.objects.filter(user__username=name).update(backdate_days=LATE_DAYS)
        return Caller(name, ADMIN_PASSWORD)

    return first_admin
