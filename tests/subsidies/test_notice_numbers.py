"""Counties of one rulebook number their notices each for itself, so two of them have a number 1."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

from core.errors import InvalidInput
from subsidies.models import PaymentNotice
from subsidies.tax_sheet import notice_of
from tests import factories
from tests.subsidies import ningxia
from villages.enums import Role

pytestmark = [pytest.mark.django_db, pytest.mark.rule("NX-17")]
LINGWU, LINHE, SHANGQIAO = "640181000000", "640181105000", "640181105200"
AREAS = {
    "clerk": SHANGQIAO,
    "township": LINHE,
    "officer": LINGWU,
    "reviewer": LINGWU,
    "agriculture": LINGWU,
    "tax": LINGWU,
    "finance": LINGWU,
}


@pytest.fixture
def notices(base_data: None) -> list[PaymentNotice]:
    """The first notice of 永宁县 and the first of 灵武市."""
    yuanlong = (factories.make_ningxia_village(), factories.make_ningxia_cast())
    cast = {name: factories.account(f"lw_{name}", code, Role(name)) for name, code in AREAS.items()}
    village = factories.Village(factories.organisation(SHANGQIAO))
    someone = factories.member(village.organisation)
    factories.paid(someone.person, 2024, on=date(2024, 1, 10), county_code=LINGWU)
    factories.income(village.organisation, 2023, 300_000, cast["clerk"])
    shangqiao = (village, SimpleNamespace(**cast))
    for place, crew in (yuanlong, shangqiao):
        ningxia.posted(place, crew, ningxia.in_force(place, crew))
    return list(PaymentNotice.objects.order_by("pk"))


def test_two_counties_have_a_notice_of_the_same_number(notices):
    first, second = notices

    assert first.number == second.number == "城乡居保集补缴通〔2024〕0001号"
    assert (first.county_code, second.county_code) == (factories.NX_COUNTY, LINGWU)


def test_a_tax_sheet_that_names_a_number_finds_the_own_county_s_notice(notices):
    tax = factories.account("lw_tax", LINGWU, Role.TAX)

    assert notice_of(tax, {"notice_number": notices[1].number}) == notices[1]


def test_who_serves_both_counties_is_asked_which_notice_is_meant(notices):
    wide = factories.account("nx_wide", "640100000000", Role.TAX)

    with pytest.raises(InvalidInput, match="不止一个县"):
        notice_of(wide, {"notice_number": notices[0].number})
