"""Regions, collective organisations, persons and memberships, staff and their area."""

from villages.models.accounts import AccountChange
from villages.models.organisations import CollectiveOrganisation, OrganisationIncome
from villages.models.persons import Membership, Person, PersonChange, PersonStatus
from villages.models.regions import Region
from villages.models.staff import StaffArea, StaffRole

__all__ = [
    "AccountChange",
    "CollectiveOrganisation",
    "Membership",
    "OrganisationIncome",
    "Person",
    "PersonChange",
    "PersonStatus",
    "Region",
    "StaffArea",
    "StaffRole",
]
