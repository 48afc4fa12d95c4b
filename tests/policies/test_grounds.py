"""What an act rests on is asked of the rulebook in force where it happens; no room knows a clause by itself."""

import ast
import re
from datetime import date

import pytest
from django.conf import settings

from core.errors import RuleViolation
from core.models import Event
from core.workflow import STEPS, Effect, run_creation
from policies.parameters import GROUNDS
from policies.selectors import ground, rulebook
from tests import factories

ON = date(2024, 6, 19)
ROOMS = ("core", "villages", "policies", "ledger", "contributions", "subsidies", "rewards", "desk")
CLAUSE = re.compile(r"^(CS|JN|NX|BDX|PS|LAW-\d+) [序一二三四五六七八九十附第]")


@pytest.fixture
def village(base_data):
    return factories.make_village(members=1)


def test_an_event_keeps_the_clause_of_its_place_and_day(village, cast, by):
    step = STEPS["subsidies.draw_up_application"]
    organisation = village.organisation
    run_creation(step, organisation, by=by(cast.clerk, ON), create=lambda: (organisation, Effect()))
    assert Event.objects.latest("pk").clause == "CS 附件二"


def test_before_the_document_there_is_nothing_to_rest_on(village):
    assert ground(village.organisation, "application", on=date(2023, 1, 1)) is None


@pytest.mark.parametrize(
    ("own", "said"), [("", "长寿府办发〔2024〕49号 附件二“"), ("本村章程 第三条", "本村章程 第三条")]
)
def test_a_refusal_without_a_clause_of_its_own_rests_on_the_acts(village, cast, by, own, said):
    def refuse():
        raise RuleViolation("不行。", code="E-EMPTY", clause=own)

    with pytest.raises(RuleViolation) as refusal:
        run_creation(
            STEPS["subsidies.draw_up_application"], village.organisation, by=by(cast.clerk, ON), create=refuse
        )
    assert refusal.value.clause.startswith(said)


def test_every_topic_an_act_names_is_one_the_rulebooks_are_asked_for():
    named = {step.ground for step in STEPS.values() if step.ground}
    assert named <= GROUNDS.keys()
    assert len(named) > 5


def test_changshou_answers_for_every_topic_but_the_suspension_it_does_not_know(base_data):
    rules = rulebook(factories.SHIMEN, on=ON)
    assert [topic for topic in GROUNDS if rules.ground(topic) is None] == ["suspension"]
    assert rulebook(factories.YUANLONG, on=date(2024, 8, 1)).ground("suspension").key == "三（三）第二段"


def test_no_room_knows_a_clause_by_itself():
    known = [
        (path.name, node.lineno, node.value)
        for room in ROOMS
        for path in (settings.BASE_DIR / room).rglob("*.py")
        if "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CLAUSE.match(node.value)
    ]
    assert known == []
