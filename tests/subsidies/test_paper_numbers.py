"""The number that each paper of an office bears: by the pattern of its region, counted by body and year."""

from __future__ import annotations

from datetime import date

import pytest

from policies.parameters import PARAMETERS
from policies.selectors import rulebook
from subsidies.services.numbers import paper_number
from tests import factories

CS, JN, NX = "500115002203", "370827001207", "640121102010"
# Kind of paper → the second of its number in 2024, and the rule of the act that writes it.
PAPERS = {
    CS: {
        "plan": ("晏石门补案〔2024〕2号", "CS-25"),
        "application": ("晏石门申〔2024〕2号", "CS-27"),
        "notice": ("长社保缴通〔2024〕0002号", "CS-30"),
        "feedback": ("长社保反馈〔2024〕2号", "CS-33"),
        "refund": ("长社保退〔2024〕2号", "CS-34"),
        "reward_application": ("长社保奖申〔2024〕2号", "CS-35"),
        "reward_budget": ("长财社奖预〔2024〕2号", "CS-36"),
        "reward_payment": ("长社保奖拨〔2024〕2号", "CS-36"),
    },
    JN: {
        "plan": ("谷汪庄补案〔2024〕2号", "JN-11"),
        "application": ("谷汪庄申〔2024〕2号", "JN-12"),
        "notice": ("居保集补缴通〔2024〕0002号", "JN-12"),
        "feedback": ("居保集补反馈〔2024〕2号", "JN-12"),
        "refund": ("居保集补退〔2024〕2号", "JN-12"),
        "reward_application": ("居保集补奖申〔2024〕2号", "JN-13"),
        "reward_budget": ("居保集补奖预〔2024〕2号", "JN-13"),
        "reward_payment": ("居保集补奖拨〔2024〕2号", "JN-13"),
        "commendation": ("居保集补表扬〔2024〕2号", "JN-13"),
    },
    NX: {
        "plan": ("望富原补案〔2024〕2号", "NX-16"),
        "application": ("望富原申〔2024〕2号", "NX-17"),
        "notice": ("城乡居保集补缴通〔2024〕0002号", "NX-17"),
        "feedback": ("城乡居保集补反馈〔2024〕2号", "NX-17"),
        "refund": ("城乡居保集补退〔2024〕2号", "NX-17"),
        "filing": ("城乡居保集补备〔2024〕2号", "NX-17"),
        "suspension": ("城乡居保集补停备〔2024〕2号", "NX-18"),
    },
}
CASES = [
    pytest.param(place, kind, number, id=f"{place}-{kind}", marks=pytest.mark.rule(rule))
    for place, papers in PAPERS.items()
    for kind, (number, rule) in papers.items()
]


@pytest.mark.parametrize(("place", "kind", "number"), CASES)
def test_a_paper_is_numbered_as_its_region_numbers_it(base_data, place, kind, number):
    village = factories.organisation(place)
    book = rulebook(place, on=date(2024, 8, 28))

    paper_number(kind, village, year=2024, rulebook=book)

    assert paper_number(kind, village, year=2024, rulebook=book) == number


@pytest.mark.parametrize("place", list(PAPERS))
def test_every_paper_that_a_region_numbers_is_tried(base_data, place):
    assert set(rulebook(place, on=date(2024, 8, 28)).table("number_pattern")) == set(PAPERS[place])
    assert set().union(*PAPERS.values()) == set(PARAMETERS["number_pattern"].keys)
