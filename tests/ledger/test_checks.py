"""check_ledger sees what sum-to-zero cannot: each fault put in by hand is named."""

from datetime import date

import pytest
from django.core.management import call_command

from ledger.checks import problems
from ledger.enums import TransferKind
from ledger.models import Transfer
from subsidies.models import Line
from subsidies.services.posting import start_posting
from tests.batches import remitted_batch
from tests.triggers import triggers_lifted


@pytest.fixture
def posted(village, cast, by, run_jobs):
    batch = remitted_batch(village, cast)
    start_posting([batch.pk], by=by(cast.officer, "2024-06-28"))
    run_jobs()
    return batch


def doubled():
    row = Transfer.objects.filter(kind=TransferKind.POSTED).first()
    row.pk, row.cause_key = None, "post:again"
    row.save(force_insert=True)


def missing():
    with triggers_lifted():
        Transfer.objects.filter(kind=TransferKind.POSTED).first().delete()


def of_another_amount():
    with triggers_lifted():
        Transfer.objects.filter(pk=Transfer.objects.filter(kind=TransferKind.POSTED).first().pk).update(
            amount_fen=1
        )


def orphaned():
    Line.objects.filter(pk=Line.objects.first().pk).update(state="remitted")


def to_somebody_else():
    one, other = Transfer.objects.filter(kind=TransferKind.POSTED)[:2]
    with triggers_lifted():
        Transfer.objects.filter(pk=one.pk).update(credit=other.credit)


@pytest.mark.parametrize("fault", [doubled, missing, of_another_amount, orphaned, to_somebody_else])
def test_each_fault_is_named_and_the_exit_code_is_1(posted, fault, capsys):
    assert problems() == []
    fault()
    assert problems()
    with pytest.raises(SystemExit) as ended:
        call_command("check_ledger")
    assert ended.value.code == 1
    assert capsys.readouterr().out


def test_books_that_hold_say_so(posted, capsys):
    call_command("check_ledger")
    assert "账目核对无误：60笔" in capsys.readouterr().out
    assert Transfer.objects.filter(on=date(2024, 6, 28)).count() == 30
