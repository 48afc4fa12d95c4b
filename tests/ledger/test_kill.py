"""The posting worker is killed midway and run again: nothing lost, nothing doubled; without the guards it doubles."""

import random

import pytest

from tests.ledger.killing import Stage

MEMBERS = 2000
SEED = 20240628


@pytest.fixture(scope="module")
def laid(tmp_path_factory):
    """A queued posting that no worker touched yet."""
    return Stage(tmp_path_factory.mktemp("kill") / "laid").lay(members=MEMBERS)


@pytest.fixture
def stage(laid, tmp_path):
    """A stage of the test's own; its worker does not outlive the test."""
    made = []

    def make(**more):
        made.append(laid.copy(tmp_path / "stage", **more))
        return made[-1]

    yield make
    for one in made:
        if one.worker is not None:
            one.kill_worker()


@pytest.mark.rule("CS-31")
def test_a_posting_killed_midway_and_run_again_loses_and_doubles_nothing(stage):
    posting, rng = stage(), random.Random(SEED)
    for share in (20, 60):
        target = MEMBERS * share // 100
        posting.kill_when(lambda target=target: posting.done() >= target, f"{share}% was not reached", rng)
        assert posting.done() == posting.booked() == posting.posted() < MEMBERS
    posting.finish()
    assert posting.done() == posting.booked() == posting.posted() == MEMBERS
    assert posting.ask("SELECT sum(rows_count) FROM core_event WHERE act = 'subsidies.post_lines'") == MEMBERS
    assert posting.ask("SELECT attempt FROM core_job") == 3
    assert posting.check_ledger() == (0, f"账目核对无误：{2 * MEMBERS:,}笔。\n")


def test_control_without_key_and_transaction_the_same_kill_doubles(stage):
    posting, rng = stage(app="tests.ledger.unguarded"), random.Random(SEED)
    posting.kill_when(lambda: posting.booked() > posting.posted() > 0, "no moment between two commits", rng)
    posting.finish()
    assert posting.booked() > posting.posted() == MEMBERS
    code, words = posting.check_ledger()
    assert code == 1 and "同一事由记了两次" in words
