"""The worker of a large sheet is killed while it judges and while it writes: nothing stands half, nothing twice."""

import random

import pytest

from tests.ledger.killing import Stage

ROWS = 12_000
SEED = 20240618
LAY = """
import django
django.setup()
from datetime import date
from django.core.management import call_command
call_command("migrate", verbosity=0)
from core.imports.jobs import start_reading
from core.workflow import By
from tests import factories, sheets
from tests.conftest import load_base_data
load_base_data()
cast = factories.make_cast()
factories.organisation()
people = [["张三丰", factories.id_number(sequence=n), "1组"] for n in range({members})]
content = sheets.csv([["姓名", "身份证号", "组"], *people])
start_reading("members", name="名单.csv", content=content, by=By(actor=cast.clerk, on=date(2024, 6, 18)))
"""
CONFIRM = """
import django
django.setup()
from datetime import date
from core.imports.jobs import act
from core.models import Import, User
from core.workflow import By
found = Import.objects.get()
act("confirm", found.pk, by=By(actor=User.objects.get(username="clerk"), on=date(2024, 6, 18)), version=0)
"""


class Sheet(Stage):
    """A large member list that no worker touched yet."""

    script = LAY

    def staged(self) -> int:
        """Rows that were judged and kept."""
        return self.ask("SELECT count(*) FROM core_importrow")

    def members(self) -> int:
        """Memberships written."""
        return self.ask("SELECT count(*) FROM villages_membership")

    def running(self) -> int:
        """Jobs in a worker's hands."""
        return self.ask("SELECT count(*) FROM core_job WHERE state = 'running'")

    def finish_all(self) -> None:
        """Let a worker do whatever is left."""
        self.start_worker()
        self.wait_for(
            lambda: not self.ask("SELECT count(*) FROM core_job WHERE state <> 'done'"), "a job did not end"
        )
        self.kill_worker()


@pytest.fixture
def sheet(tmp_path):
    made = Sheet(tmp_path / "sheet").lay(members=ROWS)
    yield made
    if made.worker is not None:
        made.kill_worker()


def test_a_large_sheet_whose_worker_is_killed_is_judged_and_written_once_and_whole(sheet):
    rng = random.Random(SEED)
    sheet.kill_when(lambda: 0 < sheet.staged() < ROWS, "no moment between two batches", rng)
    assert sheet.ask("SELECT count(*) FROM core_import WHERE state = 'reading'") == 1
    sheet.finish_all()
    assert sheet.staged() == ROWS
    assert sheet.ask("SELECT new_count FROM core_import WHERE state = 'pending'") == ROWS

    sheet.run("-c", CONFIRM)
    sheet.kill_when(sheet.running, "the writing did not begin", rng)
    assert sheet.members() == sheet.ask("SELECT count(*) FROM core_importrow WHERE is_written") == 0
    sheet.finish_all()

    assert sheet.members() == sheet.ask("SELECT count(*) FROM core_importrow WHERE is_written") == ROWS
    assert sheet.ask("SELECT count(*) FROM core_event WHERE act = 'import.members.confirm'") == 1
    assert sheet.ask("SELECT max(attempt) FROM core_job") == 2
