"""A site that runs: seeded once and ended, then one launcher for all of these, in whatever order they are called."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from types import SimpleNamespace

import pytest

from environment import ROOT
from tests.launched import free_port, launched, launcher_variables, run_launcher

pytestmark = pytest.mark.launcher


@pytest.fixture(scope="module")
def first_start(tmp_path_factory):
    """What a first start left when it was ended: its folder, what it printed, its code, who still ran."""
    with launched(tmp_path_factory.mktemp("first") / "var") as site:
        processes = [site.process.pid, *(site.process_id(name) for name in ("web", "worker", "beat"))]
        code = site.stop()
        left = [number for number in processes if os.path.exists(f"/proc/{number}")]
    return SimpleNamespace(var=site.var, address=site.address, printed=site.printed(), code=code, left=left)


@pytest.fixture(scope="module")
def site(first_start, tmp_path_factory):
    """A running demo, on a copy of what the first start left."""
    with launched(copied(first_start, tmp_path_factory.mktemp("site"))) as site:
        yield site


def copied(start, folder):
    """Copy the data folder of a start that was ended."""
    return shutil.copytree(start.var, folder / "var")


def test_every_start_prints_its_address_and_the_demo_accounts(first_start, site):
    accounts = demo_accounts(site)
    for address, printed in ((first_start.address, first_start.printed), (site.address, site.printed())):
        assert address in printed
        for account in accounts:
            assert account["username"] in printed
            assert account["password"] in printed


def test_a_stranger_gets_a_page(site):
    with urllib.request.urlopen(site.address, timeout=30) as page:
        assert page.status == 200
        assert "登录" in page.read().decode()


def test_it_serves_its_static_files_without_collecting_them(site):
    with urllib.request.urlopen(f"{site.address}/static/admin/css/base.css", timeout=30) as sheet:
        assert sheet.headers["Content-Type"].startswith("text/css")


def test_a_second_launcher_is_refused_with_the_first_ones_port(site):
    code, lines = run_launcher(PORT=str(free_port()), VAR_DIR=str(site.var))
    assert (code, len(lines)) == (1, 1)
    assert str(site.port) in lines[0]


def test_a_reset_is_refused_while_it_runs(site):
    code, lines = run_launcher("reset", VAR_DIR=str(site.var))
    assert (code, len(lines)) == (1, 1)
    assert "正在" in lines[0] or "已在运行" in lines[0]


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_a_killed_process_comes_back_and_works(site, name):
    first, heart = site.process_id(name), site.var / f"heart-{name}"
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: site.process_id(name) not in (0, first))
    heart.unlink(missing_ok=True)
    wait_for(heart.exists)
    assert heart.exists()


def test_a_killed_web_server_comes_back_and_answers(site):
    first = site.process_id("web")
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: site.process_id("web") not in (0, first))
    wait_for(lambda: is_answering(site))
    assert site.health()["database"] == {"ok": True}


def test_nothing_is_left_when_it_ends(first_start):
    assert (first_start.code, first_start.left) == (0, [])


def test_a_second_start_is_quick_and_changes_nothing(first_start, tmp_path):
    before = digests(first_start.var)
    began = time.monotonic()
    with launched(copied(first_start, tmp_path)) as second:
        seconds = time.monotonic() - began
    assert seconds < 30  # ten on an idle machine; tests share theirs
    assert digests(second.var) == before


def demo_accounts(site):
    """Ask for the table again, in a second terminal that knows no more than where the data lies."""
    command = [sys.executable, "manage.py", "demo_accounts", "--json"]
    variables = launcher_variables(VAR_DIR=str(site.var))
    result = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, check=True)
    return json.loads(result.stdout)


def digests(var):
    """Return what a second start may not change: the data, seen through the database itself, and the keys."""
    dump = subprocess.run(
        [sys.executable, "-c", DUMP, str(var / "pension.sqlite3")], capture_output=True, check=True, text=True
    ).stdout
    return dump, hashlib.sha256((var / "keys.json").read_bytes()).hexdigest()


DUMP = """
import hashlib, sqlite3, sys
with sqlite3.connect(sys.argv[1]) as database:
    names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    for name in names:
        rows = database.execute(f'SELECT * FROM "{name}"').fetchall()
        print(name, len(rows), hashlib.sha256(repr(rows).encode()).hexdigest())
"""


def is_answering(site):
    """Say whether a page can be had; a server that is just coming back refuses the connection."""
    try:
        return bool(site.health())
    except OSError:
        return False


def wait_for(condition, seconds=60):
    """Wait until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.2)
