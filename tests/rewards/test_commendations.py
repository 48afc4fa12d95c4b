"""Regions without reward money: Jining commends (JN-13), Ningxia says nothing, a county may set its own incentive."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from core.errors import (
    ActorNotPermitted,
    InvalidInput,
    NotInArea,
    RuleViolation,
    SeparationOfDuties,
    TransitionNotAllowed,
)
from core.navigation import navigation_for, todos_for
from policies.files import RulebookRefused
from policies.models import PolicyDocument
from rewards import selectors, services
from rewards.models import Commendation, Reward
from rewards.tasks import compute_last_year_task
from subsidies.models import Application, Line
from tests import factories
from tests.batches import posted_batch
from tests.policies.test_matrix import INCENTIVE
from tests.rulebooks import load_rulebook
from tests.subsidies import jining
from villages.enums import Role

pytestmark = pytest.mark.django_db
ON = "2025-02-10"
MONEY_PAGES = ("rewards", "reward-rates", "reward-approvals", "budgets", "reward-payments", "reward-offsets")


@pytest.fixture
def jn(base_data):
    return jining.make_cast()


@pytest.fixture
def year(jn):
    """汪庄村 of 鱼台县 granted 200.00 to three members in 2024."""
    village = jining.make_village()
    posted_batch(village, jn, on=date(2024, 6, 28))
    return village


def on(actor, day=ON):
    return jining.on(actor, day)


def propose(village, officer, **more):
    return services.propose_commendation(
        jining.YUTAI, 2024, [village.organisation.pk], by=on(officer), **more
    )


@pytest.mark.rule("JN-13")
def test_who_subsidised_is_commended_under_a_number_by_two_officers(year, jn):
    notice = propose(year, jn.officer, remark="补助了全体参保成员")
    services.confirm_commendation(notice.pk, by=on(jn.reviewer))

    row = Commendation.objects.select_related("notice").get()
    assert (row.headcount, row.amount_fen, row.year) == (3, 60_000, 2024)
    assert (row.notice.name, row.notice.occasion) == ("通报表扬", "相关工作考核")
    assert (row.notice.number, row.notice.commended_on) == ("居保集补表扬〔2025〕1号", date(2025, 2, 10))


@pytest.mark.rule("JN-13")
def test_nobody_confirms_what_he_proposed(year, jn):
    both = factories.account("jn_both", jining.YUTAI, Role.OFFICER, Role.REVIEWER)
    notice = propose(year, both)

    with pytest.raises(SeparationOfDuties):
        services.confirm_commendation(notice.pk, by=on(both))

    notice.refresh_from_db()
    assert (notice.state, notice.number) == ("proposed", "")


@pytest.mark.rule("JN-13")
def test_an_organisation_is_commended_once_a_year_unless_the_notice_went_back(year, jn):
    first = propose(year, jn.officer)
    with pytest.raises(TransitionNotAllowed, match="不重复表扬"):
        propose(year, jn.officer)
    services.refuse_commendation(first.pk, by=on(jn.reviewer), reason="名单不全")

    again = propose(year, jn.officer)

    assert [row.is_live for row in Commendation.objects.order_by("pk")] == [False, True]
    assert selectors.commendation_candidates(jn.officer, jining.YUTAI, 2024) == []
    assert again.state == "proposed"


@pytest.mark.rule("JN-13")
def test_who_granted_nothing_is_no_candidate(year, jn):
    other = jining.make_village("370827001206")

    names = [one.organisation for one in selectors.commendation_candidates(jn.officer, jining.YUTAI, 2024)]
    with pytest.raises(InvalidInput, match="还没有补助记账"):
        services.propose_commendation(
            jining.YUTAI, 2024, [year.organisation.pk, other.organisation.pk], by=on(jn.officer)
        )

    assert names == [year.organisation]
    assert not Commendation.objects.exists()


@pytest.mark.rule("JN-13")
def test_what_was_all_refunded_meanwhile_is_not_commended(year, jn):
    notice = propose(year, jn.officer)
    Line.objects.update(state="refunded")

    with pytest.raises(TransitionNotAllowed, match="已全部退费"):
        services.confirm_commendation(notice.pk, by=on(jn.reviewer))

    notice.refresh_from_db()
    assert (notice.state, notice.number) == ("proposed", "")


def test_commending_keeps_to_role_and_area(year, jn, cast):
    with pytest.raises(ActorNotPermitted):
        propose(year, jn.clerk)
    with pytest.raises(NotInArea):
        propose(year, cast.officer)
    with pytest.raises(RuleViolation) as refused:
        services.propose_commendation(factories.COUNTY, 2024, [1], by=on(cast.officer))
    assert refused.value.code == "E-NO-REWARD"


@pytest.mark.rule("JN-13")
def test_the_agency_commends_on_its_pages_and_everybody_reads_the_register(year, jn, page):
    officer = page(jn.officer, on=ON)
    form = officer.get(reverse("commendation-new") + "?year=2024").content.decode()
    sent = officer.post(
        reverse("commendation-new") + "?year=2024",
        {"organisation": [year.organisation.pk], "remark": "", "confirmed": "1", "request_key": "a"},
    )
    reviewer = page(jn.reviewer, on=ON)
    waiting = [todo.title for todo in todos_for(jn.reviewer, on=date(2025, 2, 10))]
    shown = reviewer.get(sent.url).content.decode()
    reviewer.post(reverse("commendation-confirm", args=[sent.url.split("/")[-2]]), {"request_key": "b"})
    printed = reviewer.get(sent.url + "print/").content.decode()
    register = page(jn.clerk, on=ON).get(reverse("commendations")).content.decode()
    sheet = page(jn.finance, on=ON).get(reverse("commendations") + "?export=xlsx")

    assert "汪庄村股份经济合作联合社" in form and "600.00" in form
    assert "复核2024年度通报表扬" in waiting
    assert "复核并通报：1个组织" in shown
    assert "居保集补表扬〔2025〕1号" in printed and "参加居民基本养老保险" in printed
    assert "城乡居民" not in printed
    assert "居保集补表扬〔2025〕1号" in register and "600.00" in register
    cells = [cell for line in load_workbook(BytesIO(sheet.content)).active.values for cell in line]
    assert "居保集补表扬〔2025〕1号" in cells


@pytest.mark.rule("JN-13")
def test_a_proposal_without_a_tick_or_an_organisation_keeps_its_words(year, jn, page):
    answer = page(jn.officer, on=ON).post(
        reverse("commendation-new") + "?year=2024",
        {"remark": "连续两年补助", "confirmed": "1", "request_key": "a"},
    )

    assert "请先勾选要表扬的村集体经济组织" in answer.content.decode()
    assert "连续两年补助" in answer.content.decode()
    assert not Commendation.objects.exists()


@pytest.mark.rule("JN-13")
def test_a_year_of_commendation_through_the_api(year, jn, api):
    officer, reviewer = api(jn.officer), api(jn.reviewer)
    found = officer.get("/api/commendations/candidates/?year=2024").data
    made = officer.post(
        "/api/commendation-notices/",
        {"year": 2024, "organisations": [row["organisation"] for row in found], "on": ON},
        format="json",
        headers={"Idempotency-Key": "a"},
    )
    assert made.status_code == 201, made.data
    confirmed = reviewer.post(
        f"/api/commendation-notices/{made.data['id']}/confirm/",
        {"on": ON},
        format="json",
        headers={"Idempotency-Key": "b"},
    )
    register = api(jn.clerk).get("/api/commendations/?year=2024").data

    assert confirmed.data["number"] == "居保集补表扬〔2025〕1号"
    assert [(row["headcount"], row["amount_fen"]) for row in register["results"]] == [(3, 60_000)]
    assert api(jn.clerk).get("/api/commendation-notices/").status_code == 403


# Pages and acts of money, where none is given


def names_in_navigation(user) -> list[str]:
    groups = navigation_for(SimpleNamespace(user=user, path="/"))
    return [tab["label"] for group in groups for room in group["items"] for tab in room["tabs"]]


@pytest.mark.rule("JN-13")
@pytest.mark.parametrize("who", ["finance", "officer"])
@pytest.mark.parametrize("name", MONEY_PAGES)
def test_in_jining_every_reward_page_says_what_there_is_instead(jn, page, who, name):
    shown = page(getattr(jn, who), on=ON).get(reverse(name))

    assert shown.status_code == 200
    text = shown.content.decode()
    assert "本地不发财政奖励资金" in text and "在相关工作考核中给予通报表扬" in text
    assert "鱼台县还没有自己的激励办法" in text


@pytest.mark.rule("JN-13")
def test_navigation_and_tasks_of_jining_know_no_reward_money(year, jn):
    for user in (jn.officer, jn.finance, jn.clerk):
        labels = names_in_navigation(user)
        assert "通报表扬" in labels
        assert not {"财政奖励", "奖励核定", "奖励批复", "年度预算", "资金拨付", "奖励冲抵"} & set(labels)


def test_changshou_keeps_its_reward_pages_and_knows_no_commendation(cast):
    assert {"奖励批复", "年度预算", "资金拨付"} <= set(names_in_navigation(cast.finance))
    assert "通报表扬" not in names_in_navigation(cast.finance)


@pytest.mark.rule("NX-01")
def test_in_ningxia_the_reward_pages_say_that_the_document_is_silent(base_data, page):
    nx = factories.make_ningxia_cast()
    for user in (nx.finance, nx.officer, nx.clerk):
        text = page(user, on=ON).get(reverse("rewards")).content.decode()
        assert "本地的政策文件没有规定奖励" in text
        assert not {"奖励批复", "通报表扬", "财政奖励"} & set(names_in_navigation(user))


@pytest.mark.rule("JN-13")
def test_money_is_refused_by_every_act_that_begins_with_it(year, jn, api):
    acts = {
        "rewards/compute/": ("officer", {"year": 2024}),
        "rewards/determine/": ("officer", {"year": 2024}),
        "reward-rates/": ("officer", {"year": 2024, "rate_ppm": 100_000, "document": "文"}),
        "reward-budgets/": ("finance", {"year": 2024, "total_fen": 100, "document": "文"}),
    }
    for path, (who, body) in acts.items():
        answer = api(getattr(jn, who)).post(
            f"/api/{path}", body | {"on": ON}, format="json", headers={"Idempotency-Key": path}
        )
        assert (answer.status_code, answer.data["code"]) == (422, "E-NO-REWARD"), path
        assert "通报表扬" in answer.data["message"]
    assert not Reward.objects.exists()


@pytest.mark.rule("JN-13")
def test_the_plan_page_promises_no_money(jn, page):
    query = "?year=2024&amount_fen=60000&region=370827001207"
    text = page(jn.clerk, on=ON).get(reverse("plan-reward-estimate") + query).content.decode()

    assert "本地不发奖励资金；积极补助的，在相关工作考核中通报表扬" in text


def test_the_yearly_job_passes_counties_without_money_by(year, jn):
    Application.objects.update(year=timezone.localdate().year - 1)

    assert compute_last_year_task() == 0


# A county's own incentive


def county_file(tmp_path, county: str, text: str = INCENTIVE):
    path = tmp_path / "county.yaml"
    path.write_text(text.replace("370811000000", county), encoding="utf-8")
    return path


@pytest.mark.rule("JN-13")
def test_a_county_with_its_own_document_rewards_and_its_neighbours_do_not(year, jn, tmp_path, page):
    load_rulebook(county_file(tmp_path, jining.YUTAI))
    neighbour = factories.account("jx_officer", "370829000000", Role.OFFICER)

    done = services.compute_rewards(jining.YUTAI, 2024, by=on(jn.officer))
    services.determine(jining.YUTAI, 2024, by=on(jn.officer))

    row = Reward.objects.get()
    assert (done.cap_fen, row.base_fen, row.determined_fen) == (6_000, 60_000, 6_000)
    assert "任政办发〔2024〕9号" in row.clause
    assert (
        "奖励比例上限10%" in page(jn.officer, on=ON).get(reverse("rewards") + "?year=2024").content.decode()
    )
    assert "奖励批复" in names_in_navigation(jn.finance)
    assert "通报表扬" in names_in_navigation(jn.finance)
    with pytest.raises(RuleViolation) as refused:
        services.compute_rewards("370829000000", 2024, by=on(neighbour))
    assert refused.value.code == "E-NO-REWARD"


@pytest.mark.rule("JN-13")
def test_a_county_may_not_reward_where_the_upper_document_does_not_allow_it(base_data, tmp_path):
    with pytest.raises(RulebookRefused, match="上级的政策文件没有允许"):
        load_rulebook(county_file(tmp_path, factories.NX_COUNTY))

    assert not PolicyDocument.objects.filter(key="RC").exists()


@pytest.mark.rule("JN-13")
def test_a_reader_of_the_city_chooses_the_county(year, jn, tmp_path, page):
    load_rulebook(county_file(tmp_path, jining.YUTAI))
    services.compute_rewards(jining.YUTAI, 2024, by=on(jn.officer))

    city = page(jn.city, on=ON)
    first = city.get(reverse("rewards")).content.decode()

    assert "?county=370827000000" in first and "鱼台县" in first
    assert "汪庄村" in city.get(reverse("rewards") + "?county=370827000000&year=2024").content.decode()
