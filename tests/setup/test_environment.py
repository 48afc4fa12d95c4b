"""The environment of the launcher: which Python it takes, when it installs, what it never touches."""

import sys

import pytest

import environment


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An environment's folder of its own, whose making and filling are only written down."""
    monkeypatch.setenv("VENV", str(tmp_path / "venv"))
    return tmp_path / "venv"


@pytest.fixture
def installed(folder, monkeypatch):
    """The locks that were installed, in order."""
    locks = []

    def install(into, lock_name):
        into.mkdir(exist_ok=True)
        locks.append(lock_name)
        environment._write_stamp(into, lock_name)

    monkeypatch.setattr(environment, "_is_usable", lambda python: True)
    monkeypatch.setattr(environment, "_install", install)
    return locks


def test_a_python_with_venv_and_pip_is_taken():
    assert environment.find_python([sys.executable]) == sys.executable


def test_a_python_that_does_not_start_is_answered_in_one_line(tmp_path):
    with pytest.raises(environment.Problem, match=r"3\.11 至 3\.13") as problem:
        environment.find_python([str(tmp_path / "python3.7")])
    assert "\n" not in str(problem.value)


def test_a_second_start_installs_nothing(installed):
    environment.ensure()
    environment.ensure()
    assert installed == [environment.RUNTIME_LOCK]


def test_an_environment_for_tests_serves_the_site_too(installed):
    environment.ensure(environment.DEV_LOCK)
    environment.ensure()
    assert installed == [environment.DEV_LOCK]


def test_a_changed_lock_is_installed_anew(installed, monkeypatch):
    environment.ensure()
    monkeypatch.setattr(environment, "_digest", lambda lock_name: "another")
    environment.ensure()
    assert installed == [environment.RUNTIME_LOCK] * 2


def test_a_folder_that_holds_something_else_is_never_emptied(folder):
    folder.mkdir()
    (folder / "letter.txt").write_text("keep me")
    with pytest.raises(environment.Problem, match="不是 Python 环境"):
        environment.ensure()
    assert (folder / "letter.txt").read_text() == "keep me"


def test_locks_name_no_address():
    for lock in (environment.RUNTIME_LOCK, environment.DEV_LOCK):
        assert "://" not in (environment.ROOT / lock).read_text(encoding="utf-8")
