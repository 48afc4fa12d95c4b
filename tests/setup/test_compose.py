"""The description of a district's set-up: every part is there, none runs as root, each has its health looked at."""

import json
import os
import subprocess
import sys

import pytest
import yaml

from environment import ROOT

FILE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
OURS = ("migrate", "web", "worker", "beat")
LASTING = ("web", "worker", "beat")


@pytest.mark.parametrize("name", [*OURS, "db", "redis"])
def test_the_service_exists(name):
    assert name in FILE["services"]


@pytest.mark.parametrize("name", OURS)
def test_ours_do_not_run_as_root(name):
    assert FILE["services"][name]["user"].split(":")[0] not in ("0", "root", "")


@pytest.mark.parametrize("name", [*LASTING, "db", "redis"])
def test_what_lasts_has_its_health_checked(name):
    check = FILE["services"][name]["healthcheck"]
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert len(check["test"]) > 1


@pytest.mark.parametrize("name", LASTING)
def test_nothing_starts_before_the_migrations_have_ended_well(name):
    assert FILE["services"][name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_the_migration_step_ends_and_is_not_started_again():
    assert FILE["services"]["migrate"]["restart"] == "no"
    assert "healthcheck" in FILE["services"]["migrate"]
    assert FILE["services"]["migrate"]["healthcheck"]["disable"] is True


def test_only_this_machine_reaches_the_site_beside_the_proxy():
    assert FILE["services"]["web"]["ports"] == ["${SITE_ADDRESS:-127.0.0.1}:${SITE_PORT:-8000}:8000"]
    assert not any("ports" in part for name, part in FILE["services"].items() if name != "web")


@pytest.mark.parametrize("name", OURS)
def test_ours_are_production_and_no_demo(name):
    environment = FILE["services"][name]["environment"]
    assert environment["PRODUCTION"] == "1"
    assert "DEMO" not in environment


@pytest.mark.parametrize("secret", ["SECRET_KEY", "DATA_KEY"])
def test_a_missing_secret_stops_the_start_instead_of_being_made_up(secret):
    assert FILE["services"]["web"]["environment"][secret].startswith("${" + secret + ":?")


def test_the_image_installs_wheels_by_hash_and_runs_as_a_user_of_its_own():
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "--require-hashes --only-binary=:all:" in dockerfile
    assert "\nUSER 10001\n" in dockerfile
    assert "\nHEALTHCHECK " in dockerfile


def test_the_images_static_files_are_collected_under_hashed_names(tmp_path):
    variables = {
        **os.environ,
        "STATIC_ROOT": str(tmp_path),
        "VAR_DIR": str(tmp_path / "var"),
        "COLLECT_STATIC": "1",
    }
    command = [sys.executable, "manage.py", "collectstatic", "--noinput"]
    result = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    names = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    assert names["admin/css/base.css"] != "admin/css/base.css"
