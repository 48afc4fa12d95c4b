"""R9: sponsorship by donor, by kind of donor, by custodian (CS-15, JN-18, NX-09)."""

from __future__ import annotations

import pytest

from tests import factories
from tests.desk.reports import made as m
from tests.subsidies import gifts
from villages.models import Membership

pytestmark = pytest.mark.django_db
DAY = "2024-08-26"


@pytest.mark.rule("JN-18")
def test_two_enterprises_and_five_persons_make_34500(base_data):
    cast = gifts.yutai_cast()
    village = gifts.yutai_village(cast)
    for name, yuan in (("某食品公司", 20_000), ("某机械公司", 10_000)):
        gifts.pool(village, cast.clerk, DAY, yuan=yuan, name=name)
    for number in range(5):
        gifts.pool(village, cast.clerk, DAY, yuan=900, kind="individual", name=f"乡贤{number}")

    made = m.report(cast.officer, "R9-kinds")

    rows = {row.key: row.cells for row in made.table.rows}
    assert (rows["enterprise"]["pools"], rows["enterprise"]["income"]) == (2, 30_000_00)
    assert (rows["individual"]["pools"], rows["individual"]["income"]) == (5, 4_500_00)
    assert made.table.totals["income"] == 34_500_00
    assert m.figures_that_differ(cast.officer, made) == []
    donors = m.report(cast.officer, "R9")
    assert len(donors.table.rows) == 7 and donors.table.totals["income"] == 34_500_00
    assert m.figures_that_differ(cast.officer, donors) == []
    (remark,) = donors.report.remarks(donors.scope, donors.table)
    assert "专款专用" in remark.sentence and remark.clause


@pytest.mark.rule("NX-09")
def test_a_charity_s_20000_less_18500_for_37_persons_leave_1500(base_data):
    nx = factories.make_ningxia_cast()
    yuanlong = factories.make_ningxia_village(members=37)
    Membership.objects.update(person_kind="minimum_living_allowance")
    pool = gifts.pool(
        yuanlong, nx.clerk, DAY, yuan=20_000, kind="charity", name="宁夏某慈善总会", custody="charity",
        charity_name="宁夏某慈善总会", charity_uscc=gifts.uscc("53640000MJX000017"),
    )  # fmt: skip
    plan = gifts.sponsored_plan(pool, nx.clerk, DAY, yuan=500)
    gifts.posted(yuanlong, nx, plan, "2024-09-03")

    made = m.report(nx.civil_affairs, "R9-custody")

    (row,) = made.table.rows
    assert (row.key, row.label) == ("charity", "慈善组织")
    assert (row.cells["income"], row.cells["remitted"], row.cells["people"]) == (20_000_00, 18_500_00, 37)
    assert row.cells["left_fen"] == 1_500_00
    (of_donor,) = m.report(nx.officer, "R9").table.rows
    assert (of_donor.label, of_donor.cells["custody"]) == ("宁夏某慈善总会", "宁夏某慈善总会")
    assert (of_donor.cells["people"], of_donor.cells["left_fen"]) == (37, 1_500_00)
    assert m.figures_that_differ(nx.officer, m.report(nx.officer, "R9")) == []


@pytest.mark.rule("CS-15")
def test_a_gift_stands_beside_the_villages_own_money_and_in_none_of_its_figures(cast, village):
    m.posted(cast, village)
    pool = gifts.pool(village, cast.clerk, DAY, yuan=5_000)
    record = gifts.meeting(DAY, "member_representatives")
    plan = gifts.sponsored_plan(pool, cast.clerk, DAY, yuan=100, decision=record)
    gifts.posted(village, cast, plan, "2024-09-03")

    (row,) = m.report(cast.officer, "R9").table.rows
    assert (row.cells["income"], row.cells["remitted"], row.cells["people"]) == (5_000_00, 3_000_00, 30)
    own = m.report(cast.officer, "R2").table.totals
    assert (own["posted_fen"], own["set_aside_fen"]) == (6_000_00, 100_000_00)
    assert m.report(cast.officer, "R1").table.totals["fen"] == 6_000_00
    caps = m.report(cast.officer, "R8")
    assert (caps.table.totals["own"], caps.table.totals["sponsored"]) == (6_000_00, 3_000_00)
    assert caps.table.totals["used"] == 9_000_00
    assert m.figures_that_differ(cast.officer, caps) == []


def test_a_report_without_rows_says_so_on_paper(base_data, page):
    nx = factories.make_ningxia_cast()

    text = page(nx.officer, on=DAY).get("/reports/R9/?year=2024&print=1").content.decode()
    assert m.report(nx.officer, "R9").report.empty in text
