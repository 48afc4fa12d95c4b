"""The same tax rows sent twice: all repeats of a notice are settled in one act, by two persons, with an event each."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.errors import (
    ActorNotPermitted,
    BusinessDateRefused,
    InvalidInput,
    LedgerRefused,
    NotInArea,
    SeparationOfDuties,
    TransitionNotAllowed,
)
from core.models import Event
from ledger.models import Transfer
from subsidies.enums import DifferenceState, LineState, Match, NoticeState, Settlement
from subsidies.models import Difference, TaxRow
from subsidies.selectors.repeats import repeats_of
from subsidies.services import notices
from subsidies.services.notices.booking import return_money, take_back
from tests.subsidies.notice_cases import PAID_ON, assert_books_agree, in_transit_fen, make_batch

ON = "2024-06-28"
VOID, BACK = Settlement.CORRECT, Settlement.RETURN
SIZE = 4


@pytest.fixture(autouse=True)
def _books(books_hold):
    """After each test the ledger says the same as the rows that caused it."""


@pytest.fixture
def sent_twice(cast, by):
    """A notice whose whole file was recorded twice."""

    def make(size=SIZE, **more):
        batch = make_batch(cast, size=size, **more)
        for voucher in ("V1", "V2"):
            rows = batch.rows(voucher=voucher)
            notices.record_tax_rows(batch.notice.pk, rows, by=by(cast.tax, PAID_ON), origin="api")
        return batch

    return make


def states(batch):
    return set(Difference.objects.filter(notice=batch.notice).values_list("kind", "state"))


@pytest.mark.parametrize("way", [VOID, BACK])
def test_all_repeats_are_proposed_and_confirmed_at_once(sent_twice, cast, by, way):
    batch = sent_twice()
    assert in_transit_fen() == 2 * SIZE * 20_000
    found = repeats_of(batch.notice).open
    assert (found.count, found.sum_fen) == (SIZE, SIZE * 20_000)

    assert (
        notices.propose_repeats(batch.notice.pk, by=by(cast.tax, ON), settlement=way, reason="重报") == SIZE
    )
    assert states(batch) == {(Match.REPEAT, DifferenceState.PROPOSED)}
    assert in_transit_fen() == 2 * SIZE * 20_000
    assert notices.confirm_repeats(batch.notice.pk, by=by(cast.officer, ON), settlement=way) == SIZE

    assert states(batch) == {(Match.REPEAT, DifferenceState.SETTLED)}
    assert in_transit_fen() == SIZE * 20_000
    assert batch.fresh().notice.state == NoticeState.PAID
    assert set(batch.states()) == {LineState.REMITTED}
    assert_books_agree()


@pytest.mark.parametrize("way", [VOID, BACK])
def test_it_ends_where_settling_one_by_one_ends(sent_twice, cast, by, way):
    together, single = sent_twice(batch_no=1), sent_twice(batch_no=2)
    notices.propose_repeats(together.notice.pk, by=by(cast.tax, ON), settlement=way, reason="重报")
    notices.confirm_repeats(together.notice.pk, by=by(cast.officer, ON), settlement=way)
    terms = notices.Terms(is_void=True) if way == VOID else None
    for row in Difference.objects.filter(notice=single.notice):
        notices.propose_settlement(row.pk, by=by(cast.tax, ON), settlement=way, reason="重报", terms=terms)
        notices.confirm_settlement(row.pk, by=by(cast.officer, ON))

    def left(batch):
        fields = ("state", "settlement", "reason", "moved_fen", "version", "last_acted_on", "settled_by")
        cases = list(Difference.objects.filter(notice=batch.notice).order_by("pk").values_list(*fields))
        rows = list(
            TaxRow.objects.filter(notice=batch.notice)
            .order_by("pk")
            .values_list("returned_fen", "is_corrected")
        )
        moved = Transfer.objects.filter(kind__in=["returned", "reversal"]).order_by("pk")
        return cases, rows, {(t.kind, t.debit_id, t.credit_id, t.amount_fen, t.year, t.source) for t in moved}

    assert left(together)[:2] == left(single)[:2]
    mended = Transfer.objects.filter(kind__in=["returned", "reversal"])
    columns = ("kind", "debit", "credit", "amount_fen", "on", "counts_on", "year", "source", "clause")
    assert mended.count() == 2 * SIZE
    assert mended.values(*columns).distinct().count() == 1
    assert mended.filter(reverses__isnull=False).count() == (2 * SIZE if way == VOID else 0)


def test_each_difference_keeps_its_own_event_and_the_notice_one_with_the_sum(sent_twice, cast, by):
    batch = sent_twice()
    notices.propose_repeats(batch.notice.pk, by=by(cast.tax, ON), settlement=VOID, reason="同一文件传了两次")
    notices.confirm_repeats(batch.notice.pk, by=by(cast.officer, ON), settlement=VOID)

    for act, target in (("propose", "proposed"), ("confirm", "settled")):
        each = Event.objects.filter(act=f"subsidies.{act}_settlement")
        assert each.count() == SIZE
        assert set(each.values_list("to_state", "amount_fen")) == {(target, 20_000)}
        whole = Event.objects.get(act=f"subsidies.{act}_repeats")
        assert (whole.rows_count, whole.amount_fen, whole.object_id) == (
            SIZE,
            SIZE * 20_000,
            batch.notice.pk,
        )
    assert Event.objects.filter(note__text="同一文件传了两次").count() == SIZE + 1


def test_who_proposed_does_not_confirm_and_others_may_not(sent_twice, cast, by):
    batch = sent_twice()
    pk = batch.notice.pk
    for nobody in (cast.clerk, cast.finance):
        with pytest.raises(ActorNotPermitted):
            notices.propose_repeats(pk, by=by(nobody, ON), settlement=VOID)
    with pytest.raises(NotInArea):
        notices.propose_repeats(pk, by=by(cast.foreign_tax, ON), settlement=VOID)
    notices.propose_repeats(pk, by=by(cast.officer, ON), settlement=VOID)
    with pytest.raises(SeparationOfDuties):
        notices.confirm_repeats(pk, by=by(cast.officer, ON), settlement=VOID)
    with pytest.raises(ActorNotPermitted):
        notices.confirm_repeats(pk, by=by(cast.tax, ON), settlement=VOID)

    assert states(batch) == {(Match.REPEAT, DifferenceState.PROPOSED)}
    assert notices.confirm_repeats(pk, by=by(cast.reviewer, ON), settlement=VOID) == SIZE


def test_what_was_not_seen_is_not_settled(sent_twice, cast, by):
    batch = sent_twice()
    pk = batch.notice.pk
    with pytest.raises(TransitionNotAllowed, match="请刷新"):
        notices.propose_repeats(pk, by=by(cast.tax, ON), settlement=VOID, count=SIZE - 1)
    with pytest.raises(TransitionNotAllowed):
        notices.confirm_repeats(pk, by=by(cast.officer, ON), settlement=VOID)
    with pytest.raises(InvalidInput):
        notices.propose_repeats(pk, by=by(cast.tax, ON), settlement=Settlement.REFUND)
    assert states(batch) == {(Match.REPEAT, DifferenceState.OPEN)}


def test_what_was_proposed_otherwise_for_one_is_left_to_itself(sent_twice, cast, by):
    batch = sent_twice()
    one = Difference.objects.filter(notice=batch.notice).first()
    notices.propose_settlement(one.pk, by=by(cast.tax, ON), settlement=BACK, reason="真缴了两次")
    pk = batch.notice.pk

    assert notices.propose_repeats(pk, by=by(cast.tax, ON), settlement=VOID) == SIZE - 1
    assert notices.confirm_repeats(pk, by=by(cast.officer, ON), settlement=VOID) == SIZE - 1
    one.refresh_from_db()
    assert one.state == DifferenceState.PROPOSED
    assert notices.confirm_repeats(pk, by=by(cast.officer, ON), settlement=BACK) == 1


def test_the_number_of_statements_does_not_follow_the_number_of_rows(sent_twice, cast, by):
    counted = []
    for batch_no, size in enumerate((2, 20), start=1):
        batch = sent_twice(size, batch_no=batch_no)
        with CaptureQueriesContext(connection) as asked:
            notices.propose_repeats(batch.notice.pk, by=by(cast.tax, ON), settlement=VOID)
            notices.confirm_repeats(batch.notice.pk, by=by(cast.officer, ON), settlement=VOID)
        counted.append(len(asked))

    assert counted[1] <= counted[0] + 4


def test_page_api_and_acts_look_at_the_repeats_once(sent_twice, cast, by, page, api):
    batch = sent_twice()
    here = reverse("reconciliation-repeats", args=[batch.notice.pk])

    def looks(act):
        with CaptureQueriesContext(connection) as asked:
            act()
        rows = [
            query["sql"] for query in asked if query["sql"].startswith('SELECT "subsidies_difference"."id"')
        ]
        return sum("is_corrected" in sql and "JOIN" in sql for sql in rows)

    tax, officer = page(cast.tax, ON), api(cast.officer)
    assert looks(lambda: tax.get(here)) == 1
    assert looks(lambda: officer.get(f"/api/notices/{batch.notice.pk}/repeats/")) == 1
    act = batch.notice.pk
    assert looks(lambda: notices.propose_repeats(act, by=by(cast.tax, ON), settlement=BACK)) == 1
    assert looks(lambda: page(cast.officer, ON).get(here)) == 1
    assert looks(lambda: notices.confirm_repeats(act, by=by(cast.officer, ON), settlement=BACK)) == 1


def test_the_page_previews_proposes_and_confirms(sent_twice, cast, page):
    batch = sent_twice()
    here, list_url = (
        reverse("reconciliation-repeats", args=[batch.notice.pk]),
        reverse("reconciliation", args=[batch.notice.pk]),
    )
    tax = page(cast.tax, ON)
    assert here in tax.get(list_url).content.decode()
    shown = tax.get(here).content.decode()
    assert "重复的4项" in shown and "800.00" in shown
    form = {"settlement": VOID, "reason": "同一文件传了两次", "count": SIZE}
    assert tax.post(here, form | {"request_key": "p"}).url == list_url
    assert tax.post(here, form | {"request_key": "p"}).url == list_url

    officer = page(cast.officer, ON)
    assert "税务没有这些款" in officer.get(here).content.decode()
    confirm = {"settlement": VOID, "count": SIZE, "sum_fen": SIZE * 20_000, "request_key": "c"}
    url = reverse("reconciliation-repeats-confirm", args=[batch.notice.pk])
    assert officer.post(url, confirm).url == here
    assert states(batch) == {(Match.REPEAT, DifferenceState.PROPOSED)}
    assert officer.post(url, confirm | {"confirmed": "1"}).url == list_url

    assert states(batch) == {(Match.REPEAT, DifferenceState.SETTLED)}
    assert here not in officer.get(list_url).content.decode()
    assert officer.get(here).status_code == 200


def test_the_api_does_the_same(sent_twice, cast, api):
    batch = sent_twice()
    at = f"/api/notices/{batch.notice.pk}/"
    tax, officer = api(cast.tax), api(cast.officer)

    def act(client, name, key, **body):
        headers = {"Idempotency-Key": key}
        return client.post(f"{at}{name}/", {"on": ON} | body, format="json", headers=headers)

    assert tax.get(f"{at}repeats/").json()["open"] == {"count": SIZE, "sum_fen": SIZE * 20_000}
    assert act(tax, "propose-repeats", "1", settlement="refund").status_code == 400
    first = act(tax, "propose-repeats", "2", settlement="correct", reason="重报", count=SIZE)
    assert (first.status_code, first.json()) == (200, {"count": SIZE})
    assert act(tax, "propose-repeats", "2", settlement="correct", reason="重报", count=SIZE).json() == {
        "count": SIZE
    }
    assert act(officer, "confirm-repeats", "3", settlement="return").status_code == 409
    assert officer.get(f"{at}repeats/").json()["proposed"]["correct"]["count"] == SIZE
    assert act(officer, "confirm-repeats", "4", settlement="correct").json() == {"count": SIZE}
    assert in_transit_fen() == SIZE * 20_000


@pytest.mark.parametrize("count", ["", "四", "-4", "9" * 30, SIZE + 1])
def test_the_page_confirms_nothing_for_whoever_does_not_say_how_many_he_saw(
    sent_twice, cast, by, page, count
):
    batch = sent_twice()
    notices.propose_repeats(batch.notice.pk, by=by(cast.tax, ON), settlement=VOID)
    here = reverse("reconciliation-repeats", args=[batch.notice.pk])
    officer = page(cast.officer, ON)
    form = {
        "settlement": VOID,
        "count": count,
        "sum_fen": SIZE * 20_000,
        "confirmed": "1",
        "request_key": "c",
    }

    answer = officer.post(f"{here}confirm/", form)

    assert answer.url == here
    assert "请刷新" in officer.get(here).content.decode()
    assert states(batch) == {(Match.REPEAT, DifferenceState.PROPOSED)}


@pytest.mark.parametrize("way", [VOID, BACK])
def test_a_repeat_whose_money_does_not_move_is_not_settled(sent_twice, cast, by, way):
    """The row forgets that its money moved before: the ledger does not."""
    batch = sent_twice()
    notices.propose_repeats(batch.notice.pk, by=by(cast.tax, ON), settlement=way)
    row = Difference.objects.filter(notice=batch.notice).first().tax_row
    if way == VOID:
        take_back(row, by=by(cast.officer, ON))
    else:
        return_money(row, row.amount_fen, by=by(cast.officer, ON))
    rows = TaxRow.objects.filter(pk=row.pk)
    [known] = rows.values("returned_fen", "is_corrected")
    rows.update(returned_fen=0, is_corrected=False)

    with pytest.raises(LedgerRefused):
        notices.confirm_repeats(batch.notice.pk, by=by(cast.officer, ON), settlement=way)

    assert states(batch) == {(Match.REPEAT, DifferenceState.PROPOSED)}
    assert not TaxRow.objects.filter(Q(is_corrected=True) | Q(returned_fen__gt=0)).exists()
    rows.update(**known)


def test_as_many_rows_of_another_sum_are_not_what_was_seen(sent_twice, cast, by):
    batch = sent_twice()
    pk = batch.notice.pk
    notices.propose_repeats(pk, by=by(cast.tax, ON), settlement=VOID)
    with pytest.raises(TransitionNotAllowed, match="请刷新核对"):
        notices.confirm_repeats(pk, by=by(cast.officer, ON), settlement=VOID, count=SIZE, sum_fen=1)
    assert states(batch) == {(Match.REPEAT, DifferenceState.PROPOSED)}


def test_a_proposal_for_all_comes_no_earlier_than_the_last_act_on_one(sent_twice, cast, by):
    batch = sent_twice()
    Difference.objects.filter(notice=batch.notice).update(last_acted_on=date(2030, 1, 2))
    with pytest.raises(BusinessDateRefused):
        notices.propose_repeats(batch.notice.pk, by=by(cast.tax, ON), settlement=VOID)
