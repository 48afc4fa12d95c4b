"""Every address of the system, tried by everybody: nobody without login, nobody from elsewhere, no failure inside.

The table of doors is made from the URLconf. A new address whose argument nobody can fill fails here until `ROOMS`
says which object stands behind it.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from http.cookies import SimpleCookie
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.authtoken.models import Token

from contributions.models import Contribution
from core.access import Area, access_of, require_role
from core.errors import ActorNotPermitted, NotInArea
from core.imports.services import upload_sheet
from core.models import Event, Job, User
from core.models.area import AreaQuerySet
from core.workflow import STEPS, By, Effect, Step, run_creation, run_step
from desk.demo.year import BLANK_PDF, Crew, Meeting, Year
from desk.models import Outreach, Selection, Summary, YearClosing
from desk.reports.catalogue import REPORTS
from desk.reports.scope import Ask, Scope
from ledger.services.interest import enter_interest_rate
from policies.amendments.requests import AmendmentRequest
from policies.amendments.services import propose_amendment
from policies.models import Clause
from rewards import services as rewards
from rewards.models import Commendation, CommendationNotice, Offset, Reward, RewardApplication, RewardPayment
from subsidies.models import Attachment, CountyPilot, Difference, Filing, Suspension
from subsidies.rules.plans import Source
from subsidies.rules.refunds import RefundRequest
from subsidies.rules.standards import StandardRow
from subsidies.services.attachments import Paper
from subsidies.services.refunds import ask_refund
from tests import factories
from tests.conftest import load_base_data
from tests.subsidies import gifts
from villages.enums import Role, StatusKind
from villages.models import CollectiveOrganisation
from villages.services import organisations, persons

pytestmark = pytest.mark.django_db

# What stands in the address before its first argument → the object whose id is the argument.
ROOMS = {
    "imports": "upload",
    "jobs": "job",
    "organisations": "organisation",
    "staff": "user",
    "members": "member",
    "statuses": "status",
    "person-changes": "change",
    "account-changes": "account_change",
    "person-statuses": "status",
    "regions": "region",
    "accounts": "person",
    "interest": "rate",
    "interest-rates": "rate",
    "contributions": "contribution",
    "plans": "plan",
    "filings": "filing",
    "suspensions": "suspension",
    "papers": "paper",
    "attachments": "paper",
    "applications": "application",
    "status-matches": "line",
    "verifications": "application",
    "notices": "notice",
    "reconciliations": "notice",
    "reconciliations/differences": "difference",
    "differences": "difference",
    "postings/lines": "line",
    "posted-lines": "line",
    "informing": "posted_batch",
    "explanations": "person",
    "refunds": "refund",
    "donors": "donor",
    "pools": "pool",
    "events": "event",
    "rewards": "reward",
    "reward-applications": "reward_application",
    "reward-payments": "reward_payment",
    "reward-budgets": "budget",
    "reward-rates": "decided_rate",
    "reward-offsets": "offset",
    "closings": "closing",
    "amendments": "amendment",
    "outreach": "outreach",
    "summaries": "summary",
    "selections": "selection",
    "commendations": "commendation",
    "pilots": "county_pilot",
    "county-pilots": "county_pilot",
    "commendation-notices": "commendation",
}
# Arguments that are no ids of rows.
WORDS = {
    "kind_key": "members",
    "part": "standard",
    "slug": "start",
    "name": "end",
    "year": "2024",
    "code": "R2",
}
# Acts named in the address, where they are not those of a plan.
ACT_NAMES = {
    "reward-rates": "confirm",
    "reward-applications": "confirm",
    "reward-budgets": "agree",
    "suspensions": "withdraw",
    "amendments": "withdraw",
}
# Shut to everybody here: nobody was withdrawn, a template is asked for by a kind in the query, and the city alone,
# of which nobody is here, decides on a county's pilot.
NOT_YET = {
    "applications/<int:pk>/lines/<int:line_id>/print/",
    "api/^imports/template/$",
    "api/^county-pilots/(?P<pk>[0-9]{1,18})/select/$",
    "api/^county-pilots/(?P<pk>[0-9]{1,18})/decline/$",
}
# No login asked; and read by every member of staff wherever he is, because it says nothing of anybody.
PUBLIC = {"login", "healthz", "large-type", "help", "help-chapter", "api-token", "api-schema", "api-docs"}
COMMON = {
    "policies",
    "rulebook",
    "api-policies",
    "api-policy-documents",
    "api-policy-reasons",
    "api-rulebook",
    "policies-compare",
    "policies-compare-print",
    "api-policies-compare",
}
OWN_ROLES = (
    "clerk", "township", "officer", "reviewer", "tax", "finance", "finance_reviewer", "agriculture",
    "civil_affairs", "district", "auditor", "admin",
)  # fmt: skip
STRANGERS = ("stranger", "foreign_officer", "foreign_reviewer", "foreign_tax", "foreign_finance")
MARKERS = ("门钥村股份经济合作联合社", "欧阳门钥")
REFUSED = {403, 404, 405}
# Enough of a body that an act gets as far as its own refusal.
BODY: dict[str, Any] = {
    "reason": "DEATH", "lines": [1], "decisions": [{"verdict": "pass", "pick": "clean"}], "amount_fen": 20000,
    "paid_on": "2024-07-20", "voucher": "V-9", "settlement": "ask", "method": "publicity", "event_on": "2024-07-01",
    "kind": "DEATH", "year": 2024, "disposable_fen": 1, "body": "members_assembly", "met_on": "2024-06-18",
    "called_count": 1, "attended_count": 1, "agreed_count": 1, "resolution": "同意", "sheet_name": "成员名单",
    "picks": {}, "successor_name": "新人", "username": "newcomer", "password": "long-enough-1", "document": "换届",
    "declared_true": True, "cause": "economic", "effective_on": "2030-01-01", "active_on": "2030-01-01",
    "published_on": "2024-12-05",
}  # fmt: skip
BODIES: dict[str, dict[str, Any]] = {
    "api-notice-tax-rows": {
        "rows": [{"person": 1, "amount_fen": 20000, "paid_on": "2024-07-20", "voucher": "V-9"}]
    },
    "api-donor-detail": {"kind": "individual", "name": "新人"},
    "api-pool-receive": {"moved_on": "2024-07-16"},
    "api-pool-give-back": {"moved_on": "2024-07-16"},
}


@dataclass(frozen=True, slots=True)
class Door:
    """One address: its route, its name, what it takes."""

    route: str
    name: str
    methods: tuple[str, ...]

    @property
    def is_api(self) -> bool:
        return self.route.startswith("api/")

    @property
    def arguments(self) -> list[str]:
        return re.findall(r"<(?:\w+:)?(\w+)>", self.route)

    @property
    def place(self) -> str:
        """What stands before the first argument."""
        plain = self.route.removeprefix("api/").replace("^", "")
        return re.split(r"[<(]", plain)[0].strip("/")

    @property
    def is_about_a_row(self) -> bool:
        return bool(set(self.arguments) - set(WORDS) - {"region_code"})

    def url(self, world: SimpleNamespace) -> str:
        """The address with the world's objects in it."""
        text = self.route.replace("^", "").replace("$", "")
        for argument in self.arguments:
            text = re.sub(
                rf"\(\?P<{argument}>[^)]*\)|<(?:\w+:)?{argument}>", str(self._value(argument, world)), text
            )
        return "/" + text

    def _value(self, argument: str, world: SimpleNamespace) -> Any:
        if argument == "name":
            return ACT_NAMES.get(self.place, WORDS["name"])
        if argument in WORDS:
            return WORDS[argument]
        if argument == "region_code":
            return factories.COUNTY
        if argument == "line_id":
            return world.line
        return getattr(world, ROOMS[self.place])


def _walk(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[Door]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            # The back office is Django's own, for superusers.
            if pattern.app_name != "admin":
                yield from _walk(pattern.url_patterns, route)
            continue
        actions = getattr(pattern.callback, "actions", None)
        methods = tuple(actions) if actions else ("get", "post")
        yield Door(route, pattern.name or route, methods)


DOORS = list(dict.fromkeys(_walk(get_resolver().url_patterns)))


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[SimpleNamespace]:
    """One village with something behind every door; made once, taken back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_base_data()
        yield _build()
        transaction.set_rollback(True)


def _build() -> SimpleNamespace:
    cast = factories.make_cast()
    factories.organisation(name=MARKERS[0])
    village = factories.make_village(members=4)
    for number, one in enumerate(village.persons):
        one.name = f"{MARKERS[1]}{'甲乙丙丁'[number]}"
        one.save()
    # Payments carry the village's codes, as the sheet writes them.
    Contribution.objects.filter(person__in=village.persons).update(**village.organisation.area_codes())
    made = _year_of(cast, village)
    made |= _reward_of(cast, village)
    made |= _posted_year_of(cast, village)
    made |= _filed_of(cast, village, made["plan"])
    made |= _desk_of(cast, village)
    made |= _amendment_of(cast)
    made |= _given_to(cast, village)
    return SimpleNamespace(
        cast=cast,
        organisation=village.organisation.pk,
        region=village.organisation.region_id,
        user=cast.clerk.pk,
        member=village.members[3].pk,
        person=village.persons[0].pk,
        contribution=Contribution.objects.filter(person=village.persons[0]).latest("pk").pk,
        **made,
    )


def _year_of(cast: SimpleNamespace, village: factories.Village) -> dict[str, int]:
    crew = Crew(cast.clerk, cast.officer, cast.reviewer, cast.tax, cast.finance, cast.finance_reviewer)
    year = Year(crew, village.organisation, 2024)
    meeting = Meeting(date(2024, 7, 2), called=4, attended=4, agreed=4)
    plan = year.plan(
        [StandardRow(amount_fen=20_000)], source=Source("distributable_income", 80_000), meeting=meeting
    )
    batch = year.draw_up(plan, date(2024, 7, 3))
    year.submit(batch, date(2024, 7, 4))
    year.verify(batch, date(2024, 7, 8))
    notice = year.confirm(batch, date(2024, 7, 9))
    year.remit(notice, date(2024, 7, 12), voucher="V-1", leave_out=1)
    year.post(batch, date(2024, 7, 15))
    line = batch.lines.order_by("position").first()
    assert line is not None
    return _beside(cast, village, line.pk) | {
        "plan": plan.pk,
        "paper": Attachment.objects.filter(application=batch).latest("pk").pk,
        "application": batch.pk,
        "notice": notice.pk,
        "difference": Difference.objects.get().pk,
        "line": line.pk,
        "job": Job.objects.latest("pk").pk,
        "event": Event.objects.filter(village_code=village.organisation.village_code).latest("pk").pk,
    }


def _posted_year_of(cast: SimpleNamespace, village: factories.Village) -> dict[str, int]:
    """The year after: everybody paid for, posted and reported, so that there is something to inform of."""
    crew = Crew(cast.clerk, cast.officer, cast.reviewer, cast.tax, cast.finance, cast.finance_reviewer)
    year = Year(crew, village.organisation, 2025)
    meeting = Meeting(date(2025, 7, 1), called=4, attended=4, agreed=4)
    plan = year.plan(
        [StandardRow(amount_fen=10_000)], source=Source("distributable_income", 40_000), meeting=meeting
    )
    batch = year.draw_up(plan, date(2025, 7, 3))
    year.submit(batch, date(2025, 7, 4))
    year.verify(batch, date(2025, 7, 8))
    year.remit(year.confirm(batch, date(2025, 7, 9)), date(2025, 7, 11), voucher="V-2")
    year.post(batch, date(2025, 7, 15))
    year.inform(batch, date(2025, 7, 16), told=1)
    return {"posted_batch": batch.pk}


def _given_to(cast: SimpleNamespace, village: factories.Village) -> dict[str, int]:
    """A donor's pool with money in it and no plan yet."""
    pool = gifts.pool(village, cast.clerk, "2024-07-16", yuan=1_000, kind="individual", name=MARKERS[1])
    assert pool.donor is not None
    return {"donor": pool.donor.pk, "pool": pool.pk}


def _filed_of(cast: SimpleNamespace, village: factories.Village, plan: int) -> dict[str, int]:
    """A filing and a suspension, written directly: Changshou's rulebook asks for neither."""
    on, place = date(2024, 7, 2), village.organisation.area_codes()
    filing = Filing.objects.create(
        plan_id=plan, office="county_hr", position=1, content="", received_on=on, **place
    )
    suspension = Suspension.objects.create(
        organisation=village.organisation,
        cause="economic",
        reason=MARKERS[1],
        effective_on=date(2030, 1, 1),
        asked_by=cast.clerk,
        asked_on=on,
        **place,
    )
    pilot = CountyPilot.objects.create(
        county_code=factories.COUNTY, statement=MARKERS[1], applied_on=on, applied_by=cast.district
    )
    return {"filing": filing.pk, "suspension": suspension.pk, "county_pilot": pilot.pk}


def _desk_of(cast: SimpleNamespace, village: factories.Village) -> dict[str, int]:
    """A proposal to close a year, and one entry of each register, written directly."""
    on, organisation = date(2025, 1, 10), village.organisation
    entry = {"recorded_by": cast.clerk, "year": 2024, **organisation.area_codes()}
    of_place = entry | {"region": organisation.region, "title": MARKERS[1]}
    closing = {"year": 2023, "remark": MARKERS[1], "proposed_by": cast.officer, "proposed_on": on}
    rows = {
        "closing": YearClosing(county_code=organisation.county_code, **closing),
        "outreach": Outreach(kind="training", held_on=on, attended_count=1, **of_place),
        "summary": Summary(level="village", text="经验", written_on=on, **of_place),
        "selection": Selection(
            organisation=organisation,
            checked_on=on,
            answers=[],
            is_recommended=True,
            **(entry | {"recorded_by": cast.officer}),
        ),
    }
    for row in rows.values():
        row.save()
    return {name: row.pk for name, row in rows.items()}


def _beside(cast: SimpleNamespace, village: factories.Village, line: int) -> dict[str, int]:
    on = date(2024, 7, 16)
    clerk, officer = By(cast.clerk, on), By(cast.officer, on)
    last = village.members[3].pk
    evidence = [Paper("evidence", "死亡证明.pdf", BLANK_PDF, is_sealed=True)]
    sheet = f"姓名,公民身份号码\n欧阳门钥己,{factories.id_number()}\n".encode()
    change = persons.propose_identity(
        last, by=officer, name="欧阳门钥戊", id_number=factories.id_number(), reason="更名"
    )
    organisations.change_organisation(
        village.organisation.pk, by=officer, bank_account="6214660012345678", account_reason=MARKERS[1]
    )
    return {
        "account_change": village.organisation.account_changes.get().pk,
        "refund": ask_refund(
            line, by=clerk, request=RefundRequest("DEATH", date(2024, 7, 10)), papers=evidence
        ).pk,
        "status": persons.report_status(last, by=clerk, kind=StatusKind.OTHER_PENSION, event_on=on).pk,
        "change": change.pk,
        "upload": upload_sheet("members", name="名单.csv", content=sheet, by=clerk).pk,
        "rate": enter_interest_rate(
            factories.COUNTY, by=officer, year=2024, rate_ppm=30000, document="公布"
        ).pk,
    }


def _amendment_of(cast: SimpleNamespace) -> dict[str, int]:
    """A later validity that waits for another administrator, from a day that is still to come."""
    request = AmendmentRequest(
        name="notice_payment_days",
        rows={"": "20"},
        valid_from=date(2040, 1, 1),
        reason=MARKERS[1],
        confidence="document",
        clause_id=Clause.objects.filter(document__region_code=factories.COUNTY).latest("pk").pk,
    )
    by = By(cast.admin, date(2024, 7, 2))
    return {"amendment": propose_amendment(factories.COUNTY, by=by, request=request).pk}


def _reward_of(cast: SimpleNamespace, village: factories.Village) -> dict[str, int]:
    """A reward that the open refund holds back, and the papers around it, written directly."""
    on, place = date(2025, 1, 10), village.organisation.area_codes()
    officer = By(cast.officer, on)
    rewards.compute_rewards(factories.COUNTY, 2024, by=officer)
    reward = Reward.objects.get(organisation=village.organisation, year=2024)
    paper = {"year": 2024, "made_by": cast.officer, "last_acted_on": on, **place}
    budget = rewards.enter_budget(
        factories.COUNTY, 2024, by=By(cast.finance, on), total_fen=100_000, document="预算"
    )
    rate = rewards.propose_rate(factories.COUNTY, 2024, by=officer, rate_ppm=500_000, document="比例")
    offset = Offset.objects.create(
        organisation=village.organisation,
        reward=reward,
        amount_fen=100,
        cause_key="door",
        opened_on=on,
        **place,
    )
    return {
        "reward": reward.pk,
        "reward_application": RewardApplication.objects.create(**paper).pk,
        "reward_payment": RewardPayment.objects.create(**paper).pk,
        "budget": budget.pk,
        "decided_rate": rate.pk,
        "offset": offset.pk,
        "commendation": _commended(cast, village, paper),
    }


def _commended(cast: SimpleNamespace, village: factories.Village, paper: dict[str, Any]) -> int:
    """A confirmed notice and its one row under the same id: Changshou's rulebook knows no commendation."""
    notice = CommendationNotice.objects.create(
        name="通报表扬",
        occasion=MARKERS[1],
        state="confirmed",
        confirmed_by=cast.reviewer,
        commended_on=paper["last_acted_on"],
        **paper,
    )
    Commendation.objects.create(
        pk=notice.pk,
        notice=notice,
        organisation=village.organisation,
        year=notice.year,
        headcount=1,
        amount_fen=100,
        **village.organisation.area_codes(),
    )
    return notice.pk


@dataclass(frozen=True, slots=True)
class Answer:
    """What one knock was answered."""

    status: int
    leads_to: str
    said: str
    tells: bool
    """Whether it names the village or one of its people."""
    is_recorded: bool
    """Whether an act was written down."""


# Who knocks (an account of the cast, "" without login), where, and by which method.
Knock = Callable[[str, Door, str], Answer]


@pytest.fixture(scope="module")
def knock(world: SimpleNamespace) -> Knock:
    """One request; what it changed is taken back at once."""
    # All come in before the first test begins: what a test does itself is taken back with it.
    visitors = {who: Visitor(getattr(world.cast, who)) for who in (*OWN_ROLES, *STRANGERS)}
    visitors[""] = Visitor(None)

    def try_it(who: str, door: Door, method: str) -> Answer:
        last = Event.objects.latest("pk").pk
        with transaction.atomic():
            answer = visitors[who].ask(door, method, door.url(world))
            text = _text(answer)
            is_recorded = Event.objects.filter(pk__gt=last).exists()
            transaction.set_rollback(True)
        tells = any(marker in text for marker in MARKERS)
        return Answer(answer.status_code, answer.get("Location", ""), text[:200], tells, is_recorded)

    return try_it


@pytest.fixture(scope="module")
def answers(knock: Knock) -> Knock:
    """As `knock`, but nobody knocks twice in the same way: the tests judge the same answers."""
    return cache(knock)


class Visitor:
    """One account's browser and API client, logged in once."""

    def __init__(self, user: User | None) -> None:
        self.browser = Client(raise_request_exception=False)
        self.api = Client(raise_request_exception=False)
        self.headers: dict[str, str] = {}
        if user is not None:
            self.browser.force_login(user)
            self.headers = {"Authorization": f"Token {Token.objects.get_or_create(user=user)[0].key}"}
        self.session = dict(self.browser.cookies)

    def ask(self, door: Door, method: str, url: str) -> Any:
        """Knock at one door; a browser that was logged out by it has its session back for the next."""
        if not door.is_api:
            self.browser.cookies = SimpleCookie(self.session)
            given = {"request_key": uuid.uuid4().hex} if method == "post" else {}
            return getattr(self.browser, method)(url, given)
        headers = self.headers | {"Idempotency-Key": uuid.uuid4().hex}
        if method == "get":
            return self.api.get(url, headers=headers)
        body = BODY | BODIES.get(door.name, {})
        return getattr(self.api, method)(url, body, content_type="application/json", headers=headers)


def _text(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode(errors="ignore")


def test_every_address_with_an_argument_has_an_object_behind_it():
    unknown = sorted(door.route for door in DOORS if door.is_about_a_row and door.place not in ROOMS)
    assert unknown == [], "say in ROOMS which object these are about"
    assert len(DOORS) > 150


def test_nobody_comes_in_without_login(answers):
    open_doors = []
    for door in DOORS:
        if door.name in PUBLIC:
            continue
        for method in door.methods:
            answer = answers("", door, method)
            asked = answer.status == 401 if door.is_api else _is_login(answer)
            if not asked:
                open_doors.append((method, door.route, answer.status))
    assert open_doors == []


def _is_login(answer: Answer) -> bool:
    return answer.status == 302 and answer.leads_to.startswith("/login/")


@pytest.mark.parametrize("who", STRANGERS)
def test_a_foreign_row_is_never_there(answers, who):
    let_in = []
    for door in DOORS:
        if not door.is_about_a_row:
            continue
        for method in door.methods:
            answer = answers(who, door, method)
            if answer.status not in REFUSED or answer.tells or answer.is_recorded:
                let_in.append((method, door.route, answer))
    assert let_in == []


@pytest.mark.parametrize("who", STRANGERS)
def test_foreign_rows_appear_in_no_list(answers, who):
    for door in DOORS:
        if door.is_about_a_row or door.name in PUBLIC | COMMON or "get" not in door.methods:
            continue
        answer = answers(who, door, "get")
        assert answer.status < 500, door.route
        assert not answer.tells, door.route


@pytest.mark.parametrize("who", ["stranger", "foreign_officer"])
def test_no_report_leads_to_a_row_of_elsewhere(world, db, who):
    """Every report and the rows behind each of its figures, asked for with the village's own code."""
    told = _leads_to_markers(getattr(world.cast, who))
    assert [url for url, is_told in told.items() if is_told] == []


def test_the_reports_lead_the_own_agency_to_its_rows(world, db):
    """The control: the markers are there to be seen."""
    assert sum(_leads_to_markers(world.cast.officer).values()) > 10


def _leads_to_markers(user: User) -> dict[str, bool]:
    client = Client(headers={"Authorization": f"Token {Token.objects.get_or_create(user=user)[0].key}"})
    asked = {"year": "2024", "on": "2025-12-01", "village": factories.SHIMEN}
    scope = Scope(Area(factories.COUNTY), Ask(year=2024), date(2025, 12, 1))
    urls = []
    for report in REPORTS:
        url = f"/api/reports/{report.code}/"
        urls += [(url, ""), *((f"{url}rows/", one.key) for one in report.columns(scope) if one.of)]
    return {
        f"{url} {of}": any(marker in _text(client.get(url, asked | {"of": of})) for marker in MARKERS)
        for url, of in urls
    }


def test_the_lists_show_the_village_to_its_own_agency(answers):
    """The control: the markers are there to be seen."""
    shown = {
        door.name
        for door in DOORS
        if not door.is_about_a_row and door.name not in PUBLIC and "get" in door.methods
        if answers("officer", door, "get").tells
    }
    assert shown >= {"members", "contributions", "organisations", "posted-lines", "refunds"}
    assert shown >= {"api-member-list", "api-contribution-list", "api-organisation-list", "api-notice-list"}


@pytest.mark.parametrize("who", OWN_ROLES)
def test_no_role_meets_a_failure_in_its_own_area(answers, who):
    failures = []
    for door in DOORS:
        for method in door.methods if door.name not in PUBLIC else ():
            answer = answers(who, door, method)
            if answer.status >= 500:
                failures.append((method, door.route, answer.said))
    assert failures == []


def test_every_door_opens_for_somebody(answers):
    """The control: a door that refuses everybody would pass every test above."""
    walled = []
    for door in DOORS:
        for method in door.methods if door.name not in PUBLIC else ():
            # What an act names in its body may well not be there; that it may be done at all is the question.
            shut = {401, 403, 404} if method == "get" else {401, 403}
            opened = (
                who
                for who in ("officer", "clerk", "reviewer", "tax", "finance", "admin", "district")
                if answers(who, door, method).status not in shut
            )
            if next(opened, None) is None and door.route not in NOT_YET:
                walled.append((method, door.route))
    assert not walled, "\n".join(f"{m} {r}" for m, r in walled)


PAIRS = [(step, role) for step in STEPS.values() for role in Role if role not in step.roles]


def test_an_act_is_refused_to_every_role_that_is_not_its_own(world, django_db_blocker):
    """Every step × every role outside it, through the runner: a row of the own area does not help."""
    with django_db_blocker.unblock():
        organisation = CollectiveOrganisation.objects.get(pk=world.organisation)
        users = {role: factories.account(str(role), factories.COUNTY, role) for role in Role}
        before = Event.objects.count()
        for step, role in PAIRS:
            by = By(users[role], date(2024, 8, 1))
            with pytest.raises(ActorNotPermitted):
                run_step(step, CollectiveOrganisation.objects.all(), organisation.pk, by=by, effect=_never)
            with pytest.raises(ActorNotPermitted):
                run_creation(step, organisation, by=by, create=_never)
            with pytest.raises(ActorNotPermitted):
                require_role(users[role], step.roles, step.label)
        assert len(PAIRS) > 500
        assert Event.objects.count() == before


def test_an_act_of_the_own_role_is_refused_elsewhere(world, django_db_blocker):
    """Every step × every role inside it, on a row of another county: it reads like nothing."""
    with django_db_blocker.unblock():
        organisation = CollectiveOrganisation.objects.get(pk=world.organisation)
        users = {role: factories.account(f"far_{role}", "370827000000", role) for role in Role}
        before = Event.objects.count()
        for step in STEPS.values():
            for role in step.roles:
                by = By(users[Role(role)], date(2024, 8, 1))
                with pytest.raises(NotInArea):
                    run_step(
                        step, CollectiveOrganisation.objects.all(), organisation.pk, by=by, effect=_never
                    )
                with pytest.raises(NotInArea):
                    run_creation(step, organisation, by=by, create=_never)
        assert Event.objects.count() == before


def test_control_without_the_guards_the_same_acts_go_through(world, django_db_blocker, monkeypatch):
    """Both tests above must be able to fail: the role and the area unguarded, every act reaches its effect."""
    monkeypatch.setattr("core.workflow.require_role", lambda user, roles, label="": access_of(user))
    monkeypatch.setattr("core.workflow.require_area", lambda user, row: None)
    with django_db_blocker.unblock():
        organisation = CollectiveOrganisation.objects.get(pk=world.organisation)
        users = {role: factories.account(f"any_{role}", "370827000000", role) for role in Role}
        for step, role in PAIRS:
            with pytest.raises(AssertionError, match="the act went through"):
                run_creation(step, organisation, by=By(users[role], date(2024, 8, 1)), create=_never)


def test_control_without_the_area_the_lists_show_everything(knock, monkeypatch):
    monkeypatch.setattr(AreaQuerySet, "within", lambda rows, area: rows)
    lists = [door for door in DOORS if door.name in {"members", "api-contribution-list", "api-notice-list"}]
    assert len(lists) == 3
    for door in lists:
        assert knock("foreign_officer", door, "get").tells, door.route


def _never(*_row: Any) -> Effect:
    raise AssertionError("the act went through")


def test_every_step_names_roles_and_a_verb():
    assert all(isinstance(step, Step) and step.roles and step.label for step in STEPS.values())
