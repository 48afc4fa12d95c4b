"""The folder of the embedded set-up: one launcher at a time, and never a demo beside real data."""

import fcntl
import json
import os
import shutil
import signal
from pathlib import Path
from typing import IO, Mapping

from environment import ROOT, Problem, last_line, run_quietly, say
from processes import Child


def is_on(variables: Mapping[str, str], name: str) -> bool:
    """Say whether a switch is set, in the words the settings understand."""
    return variables.get(name, "").lower() in ("1", "true", "yes", "on", "y", "t", "ok")


class House:
    """The folder that holds all the embedded set-up makes: database, keys, files, queue, logs."""

    def __init__(self) -> None:
        self.var = Path(os.environ.get("VAR_DIR", ROOT / "var")).absolute()
        self.logs = self.var / "logs"
        self.demo_mark = self.var / "demo"
        self.lock = self.var / "launcher.lock"
        self.facts = self.var / "launcher.json"
        self.port = 0

    def alone(self, port: int) -> IO[str]:
        """Take the folder for this launcher; raise Problem where another one has it."""
        self.logs.mkdir(parents=True, exist_ok=True)
        holder = self.lock.open("a+", encoding="utf-8")
        try:
            fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Problem(f"系统已在运行{self._other()}，请先结束它（already running; end it first）")
        self.port = port
        self.note({})
        return holder

    def _other(self) -> str:
        try:
            other = json.loads(self.facts.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return ""
        return f"（端口 {other['port']}，进程 {other['launcher']}）"

    def note(self, processes: "dict[str, int]") -> None:
        """Write down who runs here, for the second launcher's message and for whoever wants to look."""
        facts = {"launcher": os.getpid(), "port": self.port, "processes": processes}
        # Readers never see it half written.
        fresh = self.facts.with_suffix(".new")
        fresh.write_text(json.dumps(facts) + "\n", encoding="utf-8")
        fresh.replace(self.facts)

    def variables(self, python: Path, **place: object) -> "dict[str, str]":
        """Return the environment of every child: ours, the demo on unless told otherwise, and the place."""
        variables = {**os.environ, **{name.upper(): str(value) for name, value in place.items()}}
        variables.setdefault("DEMO", "0" if is_on(variables, "PRODUCTION") else "1")
        variables.update(VAR_DIR=str(self.var), PYTHONUNBUFFERED="1", PYTHONUTF8="1")
        variables["PATH"] = os.pathsep.join([str(python.parent), variables.get("PATH", os.defpath)])
        return variables

    def has_database(self) -> bool:
        """Say whether something was kept here before."""
        return (self.var / "pension.sqlite3").exists()

    def is_demo(self) -> bool:
        """Say whether what is kept here began as a demo."""
        return self.demo_mark.exists()

    def empty(self) -> None:
        """Delete everything here but what says that we are here."""
        for path in self.var.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path not in (self.lock, self.facts):
                path.unlink()
        self.logs.mkdir()

    def prepare(self, python: Path, variables: "dict[str, str]") -> None:
        """Migrate and load what is missing; with DEMO=1 also the demo district, never beside real data."""
        wants_demo = is_on(variables, "DEMO")
        is_embedded = "DATABASE_URL" not in variables
        if wants_demo and is_embedded and self.has_database() and not self.is_demo():
            raise Problem(f"{self.var} 不是演示数据，请用 DEMO=0 make run（not a demo: use DEMO=0）")
        is_marked_now = wants_demo and not self.is_demo()
        if is_marked_now:
            self.demo_mark.touch()
        if is_embedded and not self.has_database():
            say("建立数据库，载入区划、政策和演示数据（making the database and the demo district）")
        result = run_quietly([str(python), "manage.py", "setup"], env=variables)
        (self.logs / "setup.log").write_text(result.stdout, encoding="utf-8")
        if result.returncode:
            if is_marked_now and not is_embedded:
                # The database elsewhere may hold real data; the mark would make it a demo at the next start.
                self.demo_mark.unlink()
            log = self.logs / "setup.log"
            raise Problem(f"准备数据失败，详见 {log}（set-up failed）：{last_line(result.stdout)}")

    def children(self, python: Path) -> "list[Child]":
        """Return the three processes of a site: web, worker, and beat which tells the worker what is due."""
        run = str(python)
        web = [run, "-m", "gunicorn", "-c", "python:pension.gunicorn", "pension.wsgi"]
        worker = [run, "-m", "celery", "-A", "pension", "worker", "--pool", "threads", "--concurrency", "2"]
        worker += ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO"]
        beat = [run, "-m", "celery", "-A", "pension", "beat", "--pidfile", "", "--loglevel", "WARNING"]
        return [
            Child("web", web, log=self.logs / "web.log", orphan_signal=signal.SIGTERM),
            # A job may be killed at any instant; waiting for its end would leave a worker behind.
            Child("worker", worker, log=self.logs / "worker.log", orphan_signal=signal.SIGKILL),
            Child("beat", beat, log=self.logs / "beat.log", orphan_signal=signal.SIGTERM),
        ]
