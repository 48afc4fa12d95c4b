"""Run what docker-compose.yml describes as plain processes: migrate ends well, then web, worker and beat stay well.

    python scripts/run_compose_commands.py

For machines without a container engine, such as CI. Needs the project's own environment (PyYAML, Django), and in
DATABASE_URL and CELERY_BROKER_URL a PostgreSQL database and a Redis that stand in for the services db and redis.
"""

import base64
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any, Mapping

import yaml

from environment import ROOT, Problem, end_group, last_line, plain_endings, run_quietly, say

LASTING = ("web", "worker", "beat")
HEALTHY_WITHIN_SECONDS = 60
STAYING_SECONDS = 12
ENDING_SECONDS = 20
REFERENCE = re.compile(r"\$\{(?P<name>\w+)(?:(?P<kind>:-|:\?)(?P<rest>[^}]*))?\}")


def main() -> None:
    """Run the four commands and say what happened; code 1 with one line where something is wrong."""
    with plain_endings(), tempfile.TemporaryDirectory(prefix="pension-compose-") as folder:
        stage = Stage(Path(folder), outside())
        try:
            stage.migrate()
            stage.start()
            stage.stay_well()
            stage.end()
        finally:
            stage.kill()
    say("compose: migrate, web, worker and beat do their work")


def outside() -> "dict[str, str]":
    """Return what the file expects from its surroundings: made-up keys, and the two addresses we were given."""
    missing = [name for name in ("DATABASE_URL", "CELERY_BROKER_URL") if name not in os.environ]
    if missing:
        raise Problem(f"缺少环境变量 {', '.join(missing)}（missing environment variables）")
    keys = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "DATA_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
    }
    return {**os.environ, **keys, "POSTGRES_PASSWORD": "unused", "COOKIE_SECURE": "0", "BEHIND_PROXY": "0"}


def services() -> "dict[str, Any]":
    """Return the services of docker-compose.yml as they stand there."""
    services: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))[
        "services"
    ]
    return services


def filled(text: object, values: Mapping[str, str]) -> str:
    """Fill in ${NAME}, ${NAME:-default} and ${NAME:?message} the way compose does."""

    def value(match: "re.Match[str]") -> str:
        given = values.get(match["name"], "")
        if given or match["kind"] is None:
            return given
        if match["kind"] == ":?":
            raise Problem(f"docker-compose.yml: {match['name']}: {match['rest']}")
        return match["rest"]

    return REFERENCE.sub(value, str(text))


class Stage:
    """The processes of one compose file, each with the environment its service has there."""

    def __init__(self, folder: Path, values: "dict[str, str]") -> None:
        self.folder = folder
        self.values = values
        self.services = services()
        self.port = _free_port()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def variables(self, name: str) -> "dict[str, str]":
        """Return a service's environment: its own, then what a container would give it by itself."""
        own = {key: filled(value, self.values) for key, value in self.services[name]["environment"].items()}
        (self.folder / name).mkdir(exist_ok=True)
        (self.folder / "data").mkdir(exist_ok=True)
        place = {key: os.environ[key] for key in ("DATABASE_URL", "CELERY_BROKER_URL")}
        place.update(VAR_DIR=str(self.folder / "data"), HEART_DIR=str(self.folder / name))
        place.update(HOST="127.0.0.1", PORT=str(self.port))
        place["PATH"] = os.pathsep.join(
            [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
        )
        return {**own, **place, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}

    def command(self, name: str) -> "list[str]":
        """Return a service's command with everything filled in."""
        return [filled(word, self.values) for word in self.services[name]["command"]]

    def migrate(self) -> None:
        """Run the migration step twice: the second time finds everything done."""
        for _ in range(2):
            result = run_quietly(self.command("migrate"), env=self.variables("migrate"))
            if result.returncode:
                raise Problem(f"compose migrate 失败（failed）：\n{result.stdout[-3000:]}")

    def start(self) -> None:
        """Start the lasting services and wait until each one's own health check is content."""
        for name in LASTING:
            with self.log(name).open("wb") as log:
                self.processes[name] = subprocess.Popen(
                    self.command(name),
                    cwd=str(ROOT),
                    env=self.variables(name),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        deadline = time.monotonic() + HEALTHY_WITHIN_SECONDS
        while not all(self.is_well(name) for name in LASTING):
            if time.monotonic() > deadline:
                raise Problem(self.complaint())
            time.sleep(0.5)

    def is_well(self, name: str) -> bool:
        """Say whether a service runs and its health check passes."""
        if self.processes[name].poll() is not None:
            raise Problem(
                f"compose {name} 已退出（ended）：\n{self.log(name).read_text(encoding='utf-8')[-3000:]}"
            )
        check = [filled(word, self.values) for word in self.services[name]["healthcheck"]["test"][1:]]
        return run_quietly(check, env=self.variables(name)).returncode == 0

    def stay_well(self) -> None:
        """See the site report itself well, the worker answer through Redis, and all of them last a while."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=10) as answer:
            health = json.load(answer)
        if health["status"] != "ok":
            raise Problem(f"/healthz: {health}")
        self.ping()
        time.sleep(STAYING_SECONDS)
        if not all(self.is_well(name) for name in LASTING):
            raise Problem(self.complaint())

    def ping(self) -> None:
        """Hear the worker answer through Redis; its heart beats a little before it takes messages."""
        deadline = time.monotonic() + HEALTHY_WITHIN_SECONDS
        ask = ["celery", "-A", "pension", "inspect", "ping", "--timeout", "3"]
        heard = run_quietly(ask, env=self.variables("worker"))
        while heard.returncode:
            if time.monotonic() > deadline:
                log = self.log("worker").read_text(encoding="utf-8")[-2000:]
                raise Problem(
                    f"worker 没有应答（no answer from the worker）：{last_line(heard.stdout)}\n{log}"
                )
            heard = run_quietly(ask, env=self.variables("worker"))

    def end(self) -> None:
        """Ask each to end, as a container engine would; each must go by itself."""
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for name, process in self.processes.items():
            try:
                process.wait(ENDING_SECONDS)
            except subprocess.TimeoutExpired as error:
                raise Problem(f"compose {name} 未在 {ENDING_SECONDS} 秒内结束（did not end）") from error

    def kill(self) -> None:
        """Leave nothing behind, whatever happened."""
        for process in self.processes.values():
            end_group(process.pid, signal.SIGKILL)
            process.wait()

    def complaint(self) -> str:
        """Return which services are unwell, with the end of their logs."""
        unwell = [name for name in LASTING if not self.is_well(name)]
        logs = "\n".join(
            f"--- {name}\n{self.log(name).read_text(encoding='utf-8')[-2000:]}" for name in unwell
        )
        return f"compose 健康检查未通过（unhealthy）：{', '.join(unwell)}\n{logs}"

    def log(self, name: str) -> Path:
        """Return where a service's output goes."""
        return self.folder / f"{name}.log"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
