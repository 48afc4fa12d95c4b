"""The family of processes: whoever dies comes back, whoever is asked to end leaves nobody behind."""

import os
import signal
import subprocess
import sys
import time

import pytest

from environment import ROOT, Problem
from processes import QUICK_DEATHS_ALLOWED, Child, Family

# A parent that forks a child of its own, notes its number, and waits.
WITH_A_CHILD = "sleep 300 & echo $! > {note}; wait"


@pytest.fixture
def family(tmp_path):
    """A family of one shell that has a child of its own; ended whatever happens."""
    child = Child(
        "worker",
        ["sh", "-c", WITH_A_CHILD.format(note=tmp_path / "grandchild")],
        log=tmp_path / "worker.log",
        orphan_signal=signal.SIGKILL,
    )
    family = Family([child], environment=os.environ)
    yield family
    family.stop()


def is_running(process_id):
    """Say whether a process is there and no zombie."""
    try:
        with open(f"/proc/{process_id}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for(condition, seconds=10):
    """Wait until the condition holds and return what it gave."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("waited in vain")


def grandchild(tmp_path):
    """Return the number of the process that the child forked, once it is known."""
    note = tmp_path / "grandchild"
    return wait_for(lambda: note.exists() and int(note.read_text().strip() or 0))


def test_a_killed_process_comes_back_under_a_new_number(family, capsys):
    family.start()
    (child,) = family.children
    first = child.process_id
    os.kill(first, signal.SIGKILL)

    def is_back():
        family.look_after()
        return child.process_id not in (0, first)

    wait_for(is_back)
    assert is_running(child.process_id)
    assert "正在重新启动" in capsys.readouterr().out


def test_what_a_killed_process_forked_does_not_live_on(family, tmp_path):
    family.start()
    forked = grandchild(tmp_path)
    os.kill(family.children[0].process_id, signal.SIGKILL)
    wait_for(family.children[0].has_died)
    family.look_after()
    wait_for(lambda: not is_running(forked))
    assert not is_running(forked)


def test_stopping_ends_the_process_and_what_it_forked(family, tmp_path):
    family.start()
    forked = grandchild(tmp_path)
    family.stop()
    wait_for(lambda: not is_running(forked))
    assert not is_running(family.children[0].process_id)


def test_a_process_that_keeps_dying_is_given_up_with_its_last_words(tmp_path):
    command = ["sh", "-c", "echo the disk is full; exit 3"]
    child = Child("web", command, log=tmp_path / "web.log", orphan_signal=signal.SIGTERM)
    family = Family([child], environment=os.environ)
    family.start()

    def look_on():
        family.look_after()
        return False

    with pytest.raises(Problem, match="the disk is full"):
        wait_for(look_on, seconds=30)
    assert child.quick_deaths == QUICK_DEATHS_ALLOWED


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux tells a child of its parent's death"
)
def test_a_launcher_killed_outright_leaves_no_orphan(tmp_path):
    program = (
        "import os, signal, sys, time; from pathlib import Path; from processes import Child, Family\n"
        "child = Child('worker', ['sleep', '300'], log=Path(sys.argv[1]) / 'log', orphan_signal=signal.SIGKILL)\n"
        "Family([child], environment=os.environ).start(); print(child.process_id, flush=True); time.sleep(300)\n"
    )
    launcher = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=ROOT / "scripts",
        stdout=subprocess.PIPE,
        text=True,
    )
    with launcher:
        orphan = int(launcher.stdout.readline())
        launcher.kill()
    wait_for(lambda: not is_running(orphan))
    assert not is_running(orphan)
