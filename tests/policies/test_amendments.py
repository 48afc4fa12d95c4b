"""A later validity: one administrator enters it, another approves it, and the past stays as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from core.errors import InvalidInput, NotInArea, PensionError, SeparationOfDuties, TransitionNotAllowed
from core.models import Event
from policies.amendments import services
from policies.amendments.requests import AmendmentRequest
from policies.enums import AmendmentState
from policies.hooks import SETTLED_YEARS, Reach
from policies.models import Amendment, Clause, PolicyDocument, PolicyValue
from policies.selectors import rulebook
from policies.services import load_rulebooks
from rewards.models import Reward
from tests import factories
from villages.enums import Role

COUNTY, SHIMEN = factories.COUNTY, factories.SHIMEN
TODAY, LATER = "2026-11-23", date(2026, 12, 1)


@pytest.fixture(autouse=True)
def _any_day(settings):
    """The demo lets acts carry any business date."""
    settings.DEMO = True


@pytest.fixture
def second(cast):
    return factories.account("admin2", COUNTY, Role.ADMIN)


def cs(key: str = "三（一）") -> int:
    return Clause.objects.get(document__key="CS", key=key).pk


def asked(name="notice_payment_days", rows=None, **more) -> AmendmentRequest:
    given = {
        "name": name,
        "rows": rows if rows is not None else {"": "20"},
        "valid_from": LATER,
        "reason": "区里新定",
        "confidence": "document",
        "clause_id": cs() if "document_title" not in more else None,
    }
    return AmendmentRequest(**(given | more))


@pytest.fixture
def propose(cast, by):
    def make(request: AmendmentRequest, region: str = COUNTY, on: str = TODAY) -> Amendment:
        return services.propose_amendment(region, by=by(cast.admin, on), request=request)

    return make


@pytest.fixture
def decree(propose, second, by):
    """Propose and approve."""

    def make(request: AmendmentRequest, region: str = COUNTY, on: str = TODAY) -> Amendment:
        row = propose(request, region, on)
        return services.approve_amendment(row.pk, by=by(second, on))

    return make


def days(on: date | str, place: str = SHIMEN) -> int:
    return rulebook(place, on=date.fromisoformat(on) if isinstance(on, str) else on).amount(
        "notice_payment_days"
    )


def test_a_proposal_alone_changes_nothing(propose):
    before = list(PolicyValue.objects.order_by("pk").values())

    row = propose(asked())

    assert row.state == AmendmentState.PROPOSED
    assert list(PolicyValue.objects.order_by("pk").values()) == before
    assert [(one.old_value, one.value) for one in row.rows.all()] == [("15", "20")]


def test_an_approval_ends_the_old_the_day_before_and_begins_the_new(decree, second):
    row = decree(asked())

    assert (days("2026-11-30"), days(LATER)) == (15, 20)
    assert (row.state, row.decided_by) == (AmendmentState.APPROVED, second)
    view = rulebook(SHIMEN, on=LATER).value("notice_payment_days")
    assert (view.clause.reference, view.mark) == ("长寿府办发〔2024〕49号 三（一）", "")


def test_who_entered_it_does_not_approve_it(propose, cast, by):
    row = propose(asked())

    with pytest.raises(SeparationOfDuties):
        services.approve_amendment(row.pk, by=by(cast.admin, TODAY))

    assert days(LATER) == 15


def test_another_countys_administrator_neither_enters_nor_approves(propose, by):
    stranger = factories.account("yt_admin", "370827000000", Role.ADMIN)
    row = propose(asked())

    with pytest.raises(NotInArea):
        services.approve_amendment(row.pk, by=by(stranger, TODAY))
    with pytest.raises(NotInArea):
        services.propose_amendment(COUNTY, by=by(stranger, TODAY), request=asked())


@pytest.mark.parametrize("region", ["500000000000", "000000000000", "500115002000", "999999000000"])
def test_a_county_changes_no_rulebook_but_its_own(propose, region):
    with pytest.raises(NotInArea):
        propose(asked(), region)


@pytest.mark.parametrize(
    ("request_", "code", "field", "said"),
    [
        ({"name": "no_such"}, "E-INPUT", "name", "没有“no_such”这个参数"),
        ({"rows": {"": "三周"}}, "E-INPUT", "rows", "应是天数，单位天"),
        ({"rows": {"town": "20"}}, "E-INPUT", "rows", "分项“town”不对"),
        ({"rows": {}}, "E-INPUT", "rows", "没有要调整的值"),
        ({"valid_from": date(2026, 11, 22)}, "E-AMEND-PAST", "valid_from", "以前的规定不改"),
        ({"clause_id": None}, "E-AMEND-SOURCE", "clause_id", "没有依据"),
        ({"clause_id": 10**9}, "E-INPUT", "clause_id", "没有这个条款"),
        ({"confidence": "sure"}, "E-INPUT", "confidence", "依据程度"),
        ({"confidence": "illustrative"}, "E-INPUT", "note", "为什么没有依据"),
        ({"ambiguity": "73"}, "E-INPUT", "ambiguity", "A-01"),
        ({"reason": " "}, "E-INPUT", "reason", "为什么调整"),
        ({"year_from": 2026}, "E-INPUT", "year_from", "不写年度"),
        ({"name": "reward_ceiling", "rows": {"": "30"}}, "E-INPUT", "year_from", "从哪个年度起"),
        (
            {"name": "reward_ceiling", "rows": {"": "130"}, "year_from": 2027},
            "E-INPUT", "rows", "单位%",
        ),
        (
            {"name": "reward_ceiling", "rows": {"": "15%"}, "year_from": 2027},
            "E-INPUT", "rows", "百分之几就写几，不带%",
        ),
        (
            {"name": "reward_ceiling", "rows": {"": "30"}, "year_from": 2027, "year_to": 2026},
            "E-INPUT", "year_to", "早于",
        ),
        ({"name": "pilot_town", "rows": {"370827100000": "某镇"}}, "E-INPUT", "rows", "不在本地区内"),
        ({"name": "pilot_town", "rows": {"500115999000": "某镇"}}, "E-INPUT", "rows", "不在区划表中"),
        (
            {"name": "qualifying_year_warning", "rows": {"previous": "W-NOBODY"}},
            "E-INPUT", "rows", "不能作为",
        ),
        (
            {"name": "suspension_filing_office", "rows": {"town": "镇政府"}},
            "E-RULEBOOK", "rows", "自相矛盾",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_beside_its_field_and_nothing_is_kept(propose, request_, code, field, said):
    before = PolicyValue.objects.count(), Event.objects.count()

    with pytest.raises(InvalidInput) as refused:
        propose(asked(**request_))

    assert (refused.value.code, list(refused.value.fields)) == (code, [field])
    assert said in refused.value.message
    assert not Amendment.objects.exists()
    assert (PolicyValue.objects.count(), Event.objects.count()) == before


def test_what_is_the_rule_already_is_refused(propose):
    now = PolicyValue.objects.get(region_code=COUNTY, name="membership_required")
    same = {"clause_id": now.clause_id, "confidence": now.confidence, "note": now.note}

    with pytest.raises(PensionError) as refused:
        propose(asked("membership_required", {"": now.value}, **same))

    assert refused.value.code == "E-AMEND-SAME"


def test_nothing_begins_before_a_later_validity_that_stands(decree, propose):
    decree(asked(valid_from=date(2027, 3, 1)))

    for day in (LATER, date(2027, 3, 1)):
        with pytest.raises(PensionError) as refused:
            propose(asked(rows={"": "25"}, valid_from=day))
        assert refused.value.code == "E-AMEND-PAST"
        assert "已有从2027年3月1日起的规定" in refused.value.message


def test_a_proposal_whose_first_day_passed_is_not_approved(propose, second, by):
    row = propose(asked())

    with pytest.raises(PensionError) as refused:
        services.approve_amendment(row.pk, by=by(second, "2026-12-02"))

    assert refused.value.code == "E-AMEND-PAST"
    assert Amendment.objects.get().state == AmendmentState.PROPOSED


def test_of_two_proposals_for_one_day_only_one_becomes_the_rule(propose, second, by):
    one, other = propose(asked()), propose(asked(rows={"": "25"}))
    services.approve_amendment(one.pk, by=by(second, TODAY))

    with pytest.raises(PensionError) as refused:
        services.approve_amendment(other.pk, by=by(second, TODAY))

    assert refused.value.code == "E-AMEND-PAST"
    assert days(LATER) == 20


def ceilings(on: str | date) -> list[int | None]:
    book = rulebook(SHIMEN, on=date.fromisoformat(str(on)))
    views = [book.get("reward_ceiling", year=year) for year in (2025, 2026, 2027, 2028)]
    return [int(str(view.value)) // 10_000 if view else None for view in views]


@pytest.mark.rule("CS-13")
def test_a_year_without_a_reward_rate_gets_one_by_document(decree):
    decree(asked("reward_ceiling", {"": "10"}, year_from=2027, year_to=2027))

    assert ceilings("2026-11-30") == [40, 20, None, None]
    assert ceilings(LATER) == [40, 20, 10, None]


def test_one_year_out_of_many_is_cut_out_and_the_others_go_on(decree):
    name = "application_last_day"
    decree(asked(name, {"": "11-30"}, year_from=2026, year_to=2026))

    def said(day: str | date) -> list[str]:
        book = rulebook(SHIMEN, on=date.fromisoformat(str(day)))
        return [book.value(name, year=year).text for year in (2025, 2026, 2027)]

    assert said("2026-11-30") == ["12-31", "12-31", "12-31"]
    assert said(LATER) == ["12-31", "11-30", "12-31"]


def test_a_year_whose_reward_is_determined_keeps_its_rules(propose, monkeypatch):
    settled = [lambda reach: [2026] if reach.year_from <= 2026 else []]
    monkeypatch.setattr("policies.amendments.services.SETTLED_YEARS", settled)

    with pytest.raises(PensionError) as refused:
        propose(asked("reward_ceiling", {"": "30"}, year_from=2026))

    assert refused.value.code == "E-AMEND-CLOSED"
    assert "2026年度的奖励已经核定" in refused.value.message
    # Nothing was said of 2027: it may still be said.
    propose(asked("reward_ceiling", {"": "30"}, year_from=2027))


def test_a_determined_reward_settles_its_year_in_its_county(cast, village, by):
    place = village.organisation.area_codes()
    Reward.objects.create(
        organisation=village.organisation,
        year=2026,
        state="determined",
        last_acted_on=date(2027, 1, 5),
        **place,
    )
    reach = Reach(COUNTY, "reward_ceiling", 2026, None, LATER)

    assert [list(years(reach)) for years in SETTLED_YEARS] == [[2026]]
    elsewhere = replace(reach, region_code="370827000000")
    assert [list(years(elsewhere)) for years in SETTLED_YEARS] == [[]]
    assert [list(years(replace(reach, year_from=2027))) for years in SETTLED_YEARS] == [[]]
    assert [list(years(replace(reach, year_from=None))) for years in SETTLED_YEARS] == [[]]


def test_a_mark_goes_when_somebody_confirms_the_value_with_a_source(decree):
    assert rulebook(SHIMEN, on=LATER).value("notice_payment_days").mark == "示例值"

    decree(asked(rows={"": "15"}))

    view = rulebook(SHIMEN, on=LATER).value("notice_payment_days")
    assert (view.text, view.mark) == ("15", "")
    assert rulebook(SHIMEN, on=date(2026, 11, 30)).value("notice_payment_days").mark == "示例值"


NEW_DOCUMENT = {
    "document_number": "长寿府办发〔2026〕12号",
    "document_title": "关于调整集体补助缴款期限的通知",
    "document_issuer": "重庆市长寿区人民政府办公室",
    "document_issued_on": date(2026, 11, 20),
    "clause_key": "一",
    "clause_text": "缴款期限调整为二十天。",
}


def test_a_new_document_is_put_on_file_by_the_approval_only(propose, second, by):
    row = propose(asked(**NEW_DOCUMENT))
    assert not PolicyDocument.objects.filter(number=NEW_DOCUMENT["document_number"]).exists()

    services.approve_amendment(row.pk, by=by(second, TODAY))

    view = rulebook(SHIMEN, on=LATER).value("notice_payment_days")
    assert view.clause.cited == "长寿府办发〔2026〕12号 一“缴款期限调整为二十天。”"


def test_a_second_clause_of_a_document_on_file_stands_beside_the_first(decree):
    decree(asked(**NEW_DOCUMENT))
    decree(
        asked(
            "inform_days", {"": "5"}, **(NEW_DOCUMENT | {"clause_key": "二", "clause_text": "五天内告知。"})
        )
    )

    document = PolicyDocument.objects.get(number=NEW_DOCUMENT["document_number"])
    assert [clause.key for clause in document.clauses.all()] == ["一", "二"]


def test_the_same_clause_with_other_words_is_refused(decree, propose):
    decree(asked(**NEW_DOCUMENT))

    with pytest.raises(InvalidInput, match="原文与这里写的不同"):
        propose(asked("inform_days", {"": "5"}, **(NEW_DOCUMENT | {"clause_text": "别的话。"})))


@pytest.mark.parametrize(
    "name", ["document_title", "document_issuer", "document_issued_on", "clause_key", "clause_text"]
)
def test_a_new_document_is_told_whole(propose, name):
    empty = None if name == "document_issued_on" else " "
    with pytest.raises(InvalidInput) as refused:
        propose(asked(**(NEW_DOCUMENT | {name: empty}), clause_id=None))
    assert list(refused.value.fields) == [name]


def test_a_document_of_tomorrow_is_no_source(propose):
    with pytest.raises(InvalidInput, match="还没有印发"):
        propose(asked(**(NEW_DOCUMENT | {"document_issued_on": date(2026, 11, 24)})))


# A county states a table of its own beside the one above it


@pytest.mark.rule("CS-09")
def test_a_countys_own_tier_stands_beside_those_it_takes_over_from_above(decree):
    above = rulebook(SHIMEN, on=LATER).table("contribution_tier", year=2026)

    decree(asked("contribution_tier", {"4500": "4500"}, year_from=2026))

    table = rulebook(SHIMEN, on=LATER).table("contribution_tier", year=2026)
    assert set(table) == {*above, "450000"}
    assert {key: table[key].clause for key in above} == {key: view.clause for key, view in above.items()}
    # The neighbours go by the city's table.
    assert "450000" not in rulebook("500112000000", on=LATER).table("contribution_tier", year=2026)


@pytest.mark.rule("NX-02")
@pytest.mark.rule("NX-03")
def test_next_years_pilot_villages_come_with_their_document(base_data, by):
    first = factories.account("nx_admin1", "640000000000", Role.ADMIN)
    other = factories.account("nx_admin2", "640000000000", Role.ADMIN)
    clause = Clause.objects.get(document__key="NX", key="附件").pk
    villages = {"640105006201": "新增村"}
    row = services.propose_amendment(
        "640000000000",
        by=by(first, TODAY),
        request=asked("pilot_village", villages, year_from=2027, year_to=2027, clause_id=clause),
    )
    services.approve_amendment(row.pk, by=by(other, TODAY))

    book = rulebook("640105006201", on=LATER)
    listed = {year: set(book.table("pilot_village", year=year)) for year in (2024, 2026, 2027, 2028)}
    assert listed[2027] - listed[2026] == set(villages)
    assert listed[2024] == listed[2026] == listed[2028]


def test_a_value_that_no_longer_holds_ends(decree):
    decree(asked("event_kind", {"publicity": ""}, clause_id=cs("五（四）")))

    assert "publicity" not in rulebook(SHIMEN, on=LATER).table("event_kind")
    assert "publicity" in rulebook(SHIMEN, on=date(2026, 11, 30)).table("event_kind")


# Return, again, withdraw


def test_a_returned_proposal_is_mended_and_approved(propose, second, cast, by):
    row = propose(asked())
    services.return_amendment(row.pk, by=by(second, TODAY), reason="请写明文号")
    row.refresh_from_db()
    assert (row.state, row.return_reason) == (AmendmentState.RETURNED, "请写明文号")

    services.propose_again(row.pk, by=by(cast.admin, TODAY), request=asked(rows={"": "21"}, **NEW_DOCUMENT))
    services.approve_amendment(row.pk, by=by(second, TODAY))

    assert days(LATER) == 21
    acts = list(
        Event.objects.filter(object_type="policies.amendment").order_by("pk").values_list("act", flat=True)
    )
    assert acts == [
        "policies.propose_amendment",
        "policies.return_amendment",
        "policies.propose_amendment_again",
        "policies.approve_amendment",
    ]


def test_a_return_says_why(propose, second, by):
    row = propose(asked())
    with pytest.raises(InvalidInput):
        services.return_amendment(row.pk, by=by(second, TODAY), reason=" ")


def test_what_was_withdrawn_is_not_approved(propose, cast, second, by):
    row = propose(asked())
    services.withdraw_amendment(row.pk, by=by(cast.admin, TODAY))

    with pytest.raises(TransitionNotAllowed):
        services.approve_amendment(row.pk, by=by(second, TODAY))


# The files of the installation are loaded again at each start


@pytest.mark.parametrize("replaces", [False, True])
def test_loading_the_files_again_leaves_what_was_approved(decree, settings, replaces):
    decree(asked())
    decree(asked("application_last_day", {"": "11-30"}, year_from=2026, year_to=2026))
    decree(asked("contribution_tier", {"4500": "4500"}, year_from=2026))
    before = list(PolicyValue.objects.order_by("pk").values())

    load_rulebooks(sorted((settings.BASE_DIR / "fixtures/policies").glob("*.yaml")), replace_values=replaces)

    assert list(PolicyValue.objects.order_by("pk").values()) == before
