"""Reads of the books: balances, statements, trial sums."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from core.access import Area, require_role
from core.errors import NotInArea
from core.models import User
from ledger import workflow as steps
from ledger.enums import AccountKind, Book
from ledger.models import Account, InterestRate, Transfer
from villages.models import Person

ZERO = Value(0, output_field=BigIntegerField())


def _side(side: str, on: date | None, amount: Any = "amount_fen") -> Coalesce:
    rows = Transfer.objects.filter(**{side: OuterRef("pk")})
    if on is not None:
        rows = rows.filter(on__lte=on)
    total = rows.order_by().values(side).annotate(total=Sum(amount)).values("total")
    return Coalesce(Subquery(total, output_field=BigIntegerField()), ZERO)


def with_balances(accounts: QuerySet[Account], *, on: date | None = None) -> QuerySet[Account]:
    """Accounts annotated with `arrived_fen`, `left_fen` and `balance_fen` (of all time, or until a day)."""
    return accounts.annotate(arrived_fen=_side("credit", on), left_fen=_side("debit", on)).annotate(
        balance_fen=F("arrived_fen") - F("left_fen")
    )


def balance_fen(account: Account, *, on: date | None = None) -> int:
    """What lies on one account, in fen: what arrived less what left."""
    return with_balances(Account.objects.filter(pk=account.pk), on=on).values_list("balance_fen", flat=True)[
        0
    ]


def person_balances(person_id: int, *, on: date | None = None) -> dict[str, int]:
    """What lies on a person's sub-balances: source → fen; sources without an account are left out."""
    accounts = with_balances(Account.objects.filter(person_id=person_id), on=on)
    return dict(accounts.order_by("pk").values_list("source", "balance_fen"))


def balances_of_persons(
    person_ids: QuerySet | list[int], *, on: date | None = None
) -> dict[int, dict[str, int]]:
    """`person_balances` of many persons in one statement: person → source → fen."""
    found: dict[int, dict[str, int]] = {}
    accounts = with_balances(Account.objects.filter(person_id__in=person_ids), on=on)
    for person_id, source, fen in accounts.values_list("person_id", "source", "balance_fen"):
        found.setdefault(person_id, {})[source] = fen
    return found


def statement(person_id: int) -> QuerySet[Transfer]:
    """A person's movements, oldest first, each with `signed_fen` and the running `balance_fen` of its source."""
    arrives = Q(credit__person_id=person_id)
    rows = Transfer.objects.filter(arrives | Q(debit__person_id=person_id))
    signed = Case(
        When(arrives, then=F("amount_fen")), default=-F("amount_fen"), output_field=BigIntegerField()
    )
    running = Window(Sum("signed_fen"), partition_by=[F("source")], order_by=[F("on").asc(), F("pk").asc()])
    return rows.annotate(signed_fen=signed).annotate(balance_fen=running).order_by("on", "pk")


def trial_sums(area: Area, *, book: Book, on: date | None = None) -> dict[str, int]:
    """Balance of each kind of account in an area: kind → fen; over a whole book they add up to zero."""
    accounts = with_balances(Account.objects.within(area).filter(book=book), on=on)
    found: dict[str, int] = {}
    for kind, fen in accounts.values_list("kind", "balance_fen"):
        found[kind] = found.get(kind, 0) + fen
    return found


def in_transit_fen(county_code: str, *, on: date | None = None) -> int:
    """What was remitted in a county and is neither posted nor returned, by the books."""
    accounts = Account.objects.filter(county_code=county_code, kind=AccountKind.IN_TRANSIT)
    return sum(with_balances(accounts, on=on).values_list("balance_fen", flat=True))


def county_of(actor: User) -> str:
    """The county whose fund an officer of the agency keeps; raises NotInArea for a wider or smaller area."""
    area = require_role(actor, steps.ACCOUNT_READERS, _("个人账户")).area
    if area is None or area.column() != "county_code":
        raise NotInArea
    return area.code


def account_holders(actor: User) -> QuerySet[Person]:
    """Persons with an account in the actor's area."""
    area = require_role(actor, steps.ACCOUNT_READERS, _("个人账户")).area
    accounts = Account.objects.within(area) if area else Account.objects.none()
    return Person.objects.filter(Exists(accounts.filter(person=OuterRef("pk"))))


@dataclass(frozen=True, slots=True)
class Statement:
    """A person's account: balances by source, their sum, every movement."""

    person: Person
    balances: dict[str, int]
    transfers: list[Transfer]

    @property
    def total_fen(self) -> int:
        return sum(self.balances.values())

    @property
    def pk(self) -> int:
        return self.person.pk

    @property
    def name(self) -> str:
        return self.person.name

    @property
    def last4(self) -> str:
        return self.person.last4


def account_statement(actor: User, person_id: int) -> Statement:
    """The statement of one person with an account in the area; raises NotInArea otherwise."""
    person = account_holders(actor).filter(pk=person_id).first()
    if person is None:
        raise NotInArea
    transfers = statement(person_id).select_related("debit", "credit")
    return Statement(person, person_balances(person_id), list(transfers))


def interest_rates(actor: User) -> QuerySet[InterestRate]:
    """Rates of the actor's area, newest year first."""
    area = require_role(actor, steps.ACCOUNT_READERS, _("计息")).area
    rows = InterestRate.objects.within(area) if area else InterestRate.objects.none()
    return rows.select_related("entered_by", "confirmed_by").order_by("-year", "pk")
