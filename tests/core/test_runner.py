"""The one runner: replays, stale forms, lost races, dates, and what the database itself refuses."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from core.access import Access, Area
from core.database import missing_triggers
from core.errors import BusinessDateRefused, RequestKeyReused, TransitionNotAllowed
from core.models import Event, RequestKey
from core.requests import Replayed
from core.workflow import require_business_date
from tests import factories
from tests.triggers import triggers_lifted
from villages.models import PersonChange, StaffArea
from villages.services import persons

NUMBER = "500115199003071234"


@pytest.fixture
def change(village, cast, by) -> PersonChange:
    return persons.propose_identity(
        village.members[0].pk,
        by=by(cast.officer, "2024-06-01"),
        name="周明富",
        id_number=NUMBER,
        reason="户口簿",
    )


@pytest.mark.django_db
def test_the_same_request_is_answered_and_not_repeated(village, cast, by):
    act = {"organisation_id": village.organisation.pk, "name": "单小芳", "id_number": NUMBER}
    persons.add_member(by=by(cast.clerk, "2024-06-01", key="k1", body_hash="a"), **act)

    with pytest.raises(Replayed):
        persons.add_member(by=by(cast.clerk, "2024-06-01", key="k1", body_hash="a"), **act)
    assert Event.objects.filter(act="villages.add_member").count() == 1


@pytest.mark.django_db
def test_a_key_used_with_other_content_is_refused(village, cast, by):
    act = {"organisation_id": village.organisation.pk, "name": "单小芳", "id_number": NUMBER}
    persons.add_member(by=by(cast.clerk, "2024-06-01", key="k1", body_hash="a"), **act)

    with pytest.raises(RequestKeyReused):
        persons.add_member(by=by(cast.clerk, "2024-06-01", key="k1", body_hash="b"), **act)


@pytest.mark.django_db
def test_a_refused_act_leaves_no_key_and_is_judged_again(village, cast, by):
    elsewhere = factories.member(
        factories.organisation(factories.SHAXI), factories.person(name="单小芳", number=NUMBER)
    )
    act = {"organisation_id": village.organisation.pk, "name": "单小芳", "id_number": NUMBER}
    key = {"key": "k1", "body_hash": "a"}
    with pytest.raises(Exception, match="其他村"):
        persons.add_member(by=by(cast.clerk, "2024-06-01", **key), **act)
    assert not RequestKey.objects.exists()
    elsewhere.left_on = elsewhere.joined_on
    elsewhere.save(update_fields=["left_on"])

    made = persons.add_member(by=by(cast.clerk, "2024-06-01", **key), **act)

    assert made.pk


@pytest.mark.django_db
def test_who_comes_second_is_told_who_was_first_and_nothing_of_his_takes_effect(change, cast, by):
    persons.confirm_change(change.pk, by=by(cast.reviewer, "2024-06-02"))
    events = Event.objects.count()

    with pytest.raises(TransitionNotAllowed, match=r"reviewer已于.*没有生效"):
        persons.refuse_change(change.pk, by=by(cast.reviewer, "2024-06-03"), reason="重复")
    assert Event.objects.count() == events


@pytest.mark.django_db
def test_an_act_may_not_be_dated_before_the_act_it_follows(change, cast, by):
    with pytest.raises(BusinessDateRefused, match="早于上一步"):
        persons.confirm_change(change.pk, by=by(cast.reviewer, "2024-05-31"))


@pytest.mark.django_db
def test_an_act_may_not_lie_in_the_future_except_in_the_demo(change, cast, by, settings):
    tomorrow = timezone.localdate() + timedelta(days=1)
    settings.DEMO = False
    with pytest.raises(BusinessDateRefused, match="今天以后"):
        persons.confirm_change(change.pk, by=by(cast.reviewer, tomorrow))

    settings.DEMO = True
    assert persons.confirm_change(change.pk, by=by(cast.reviewer, tomorrow)).last_acted_on == tomorrow


@pytest.mark.django_db
def test_back_dating_goes_only_as_far_as_the_role_may(change, cast, by, settings):
    settings.DEMO = False
    StaffArea.objects.filter(user=cast.reviewer).update(backdate_days=10)

    with pytest.raises(BusinessDateRefused, match="您的账号最多可补录10天"):
        persons.confirm_change(change.pk, by=by(cast.reviewer, "2024-06-02"))


@pytest.mark.rule("CS-17")
@pytest.mark.rule("JN-12")
@pytest.mark.rule("NX-17")
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "days"),
    [
        ("clerk", 30), ("township", 30), ("officer", 60), ("reviewer", 60), ("tax", 60), ("finance", 60),
        ("finance_reviewer", 60), ("agriculture", 0), ("district", 0), ("auditor", 0), ("admin", 0),
    ],
)  # fmt: skip
@pytest.mark.parametrize("county", ["500115000000", "370827000000", "640181000000"])
def test_an_account_without_days_of_its_own_goes_back_as_far_as_the_rulebook_lets_its_role(
    base_data, settings, who, days, county
):
    settings.DEMO = False
    days = 30 if (who, county[:2]) == ("agriculture", "64") else days
    access = Access(frozenset({who}), Area(county), backdate_days=None)
    today = timezone.localdate()

    require_business_date(access, today - timedelta(days=days))
    with pytest.raises(BusinessDateRefused, match=f"您的岗位最多可补录{days}天以内") as refused:
        require_business_date(access, today - timedelta(days=days + 1))

    assert "（示例值）" in refused.value.clause
    require_business_date(replace(access, backdate_days=days + 1), today - timedelta(days=days + 1))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("roles", "place", "days"),
    [
        ({"civil_affairs"}, factories.COUNTY, 0),
        ({"civil_affairs", "clerk"}, factories.COUNTY, 30),
        ({"clerk", "officer"}, factories.COUNTY, 60),
        ({"officer"}, "500000000000", 0),
        ({"admin"}, "", 0),
    ],
)
def test_a_role_for_which_no_rulebook_states_days_enters_nothing_late_and_of_several_the_longest_counts(
    base_data, settings, roles, place, days
):
    settings.DEMO = False
    access = Access(frozenset(roles), Area(place), backdate_days=None)
    today = timezone.localdate()

    require_business_date(access, today - timedelta(days=days))
    with pytest.raises(BusinessDateRefused, match=f"您的岗位最多可补录{days}天"):
        require_business_date(access, today - timedelta(days=days + 1))
    settings.DEMO = True
    require_business_date(access, today - timedelta(days=days + 1))


@pytest.mark.django_db
def test_events_can_be_neither_changed_nor_deleted_whatever_the_code_does(change):
    event = Event.objects.latest("pk")

    for attempt in (
        lambda: Event.objects.filter(pk=event.pk).update(act="x"),
        lambda: Event.objects.filter(pk=event.pk)._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
    assert Event.objects.get(pk=event.pk).act == "villages.propose_change"


@pytest.mark.django_db
def test_the_chain_hash_of_an_event_can_be_set_once(change):
    event = Event.objects.latest("pk")
    Event.objects.filter(pk=event.pk).update(chain_hash="a" * 64)

    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(chain_hash="b" * 64)


@pytest.mark.django_db
def test_a_missing_trigger_is_reported_and_lifting_puts_them_back(base_data):
    assert missing_triggers() == []

    with triggers_lifted():
        assert "core_event_no_update" in missing_triggers()
    assert missing_triggers() == []


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_of_two_conflicting_acts_at_once_exactly_one_wins(change, cast, by):
    second = factories.account("reviewer2", factories.COUNTY, "reviewer")
    outcomes = _race(
        lambda: persons.confirm_change(change.pk, by=by(cast.reviewer, "2024-06-02")),
        lambda: persons.refuse_change(change.pk, by=by(second, "2024-06-02"), reason="不符"),
    )

    assert sorted(outcomes) == ["TransitionNotAllowed", "won"]
    assert Event.objects.filter(object_type="villages.personchange").count() == 2


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_control_without_the_row_lock_both_take_effect(change, cast, by, monkeypatch):
    """The race above must be able to fail: with the lock taken away, both acts go through."""
    barrier = threading.Barrier(2, timeout=10)

    def unlocked(queryset, pk):
        row = queryset.get(pk=pk)
        barrier.wait()
        return row

    monkeypatch.setattr("core.workflow._lock", unlocked)
    second = factories.account("reviewer2", factories.COUNTY, "reviewer")
    outcomes = _race(
        lambda: persons.confirm_change(change.pk, by=by(cast.reviewer, "2024-06-02")),
        lambda: persons.refuse_change(change.pk, by=by(second, "2024-06-02"), reason="不符"),
    )

    assert outcomes == ["won", "won"]


def _race(*acts) -> list[str]:
    outcomes: list[str] = []

    def run(act) -> None:
        try:
            act()
            outcomes.append("won")
        except Exception as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    return outcomes
