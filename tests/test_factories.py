"""What the tests write at once is what the services write one by one."""

from __future__ import annotations

import pytest
from django.db.models import Model

from core.models import User
from tests import factories

pytestmark = pytest.mark.django_db
OWN = {"id", "user", "person", "username", "display_name", "password", "date_joined"}


def columns(row: Model) -> dict[str, object]:
    """What a row says, but for whom it is about and when it was made."""
    fields = [field for field in row._meta.concrete_fields if field.name not in OWN]
    return {field.name: field.value_from_object(row) for field in fields}


def test_the_accounts_of_the_cast_are_as_the_service_makes_one(cast):
    for name, (code, role) in factories.CAST.items():
        member = User.objects.get(pk=getattr(cast, name).pk)
        assert (member.username, member.display_name) == (name, name)
        assert member.check_password(factories.PASSWORD)
        other = factories.account(f"other_{name}", code, role)
        assert columns(member) == columns(other)
        assert columns(member.staff_area) == columns(other.staff_area)
        roles = [[one.role for one in user.staff_roles.all()] for user in (member, other)]
        assert roles == [[role], [role]]


def test_the_members_of_a_made_village_are_as_one_made_alone(village):
    alone = factories.member(village.organisation)
    factories.paid(alone.person, 2024)
    for one in village.members:
        one.refresh_from_db()
        assert columns(one) == columns(alone)
        (paid,), (paid_alone,) = one.person.contributions.all(), alone.person.contributions.all()
        assert columns(paid) == columns(paid_alone)
