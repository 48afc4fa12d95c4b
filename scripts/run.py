"""`make run`: one command from a fresh clone to a site with its worker, and one that ends them all.

    python3 scripts/run.py           serve; Ctrl-C or SIGTERM ends everything that was started
    python3 scripts/run.py reset     return the demo to its beginning

Standard library only. Environment: PORT, HOST, DEMO, VAR_DIR, VENV, and whatever the settings read.
"""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import environment
from environment import ROOT, Problem, Stopped, plain_endings, say
from house import House, is_on
from processes import Family

START_SECONDS = 90


def main(arguments: "list[str]") -> None:
    """Serve, or return the demo to its beginning."""
    with plain_endings():
        if arguments == ["reset"]:
            reset()
        elif arguments:
            raise Problem("用法（usage）：python3 scripts/run.py [reset]")
        else:
            serve()


def serve() -> None:
    """Prepare everything, start web, worker and beat, and look after them until told to end."""
    began = time.monotonic()
    host, port = os.environ.get("HOST", "127.0.0.1"), chosen_port()
    house = House()
    with house.alone(port):
        _need_free(host, port)
        python = environment.ensure()
        variables = house.variables(python, host=host, port=port)
        house.prepare(python, variables)
        family = Family(house.children(python), environment=variables, changed=house.note)
        try:
            _open(family, python, variables)
            say(f"已就绪，用时 {time.monotonic() - began:.0f} 秒（ready）：{_address(host, port)}")
            say("按 Ctrl-C 结束（Ctrl-C ends it）")
            with contextlib.suppress(Stopped):
                while True:
                    family.look_after()
                    time.sleep(0.2)
        finally:
            family.stop()
            say("已全部结束（everything has ended）")


def reset() -> None:
    """Throw the embedded demo away and seed it anew; refused for anything that is not a demo."""
    house = House()
    if "DATABASE_URL" in os.environ:
        raise Problem("reset 只重置内置演示库，请先去掉 DATABASE_URL（reset is for the embedded demo only）")
    with house.alone(0):
        if house.has_database() and not house.is_demo():
            raise Problem(f"{house.var} 不是演示数据，不予删除（not a demo, nothing was deleted）")
        python = environment.ensure()
        house.empty()
        house.prepare(python, house.variables(python))
    say("演示数据已恢复到初始状态（the demo is back at its beginning）")


def chosen_port() -> int:
    """Return PORT, 8000 by default; raise Problem where it is no port number."""
    text = os.environ.get("PORT", "8000")
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Problem(f"端口应为 1 至 65535 的整数，当前是 {text}（PORT must be a number from 1 to 65535）")
    return int(text)


def _need_free(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise Problem(
                f"没有权限使用端口 {port}，请换一个：PORT=8123 make run（port {port} is not permitted）"
            )
        except OSError:
            raise Problem(f"端口 {port} 已被占用，请换一个：PORT=8123 make run（port {port} is taken）")


def _open(family: Family, python: Path, variables: "dict[str, str]") -> None:
    """Start the web, then, once a page answers, worker and beat; show who may log in."""
    family.start("web")
    accounts = _ask_accounts(python, variables) if is_on(variables, "DEMO") else None
    deadline = time.monotonic() + START_SECONDS
    while not _answers(variables["HOST"], int(variables["PORT"])):
        if time.monotonic() > deadline:
            raise Problem(f"{START_SECONDS} 秒内没有响应，详见 {family.children[0].log}（no answer in time）")
        family.look_after()
        time.sleep(0.1)
    # Started together they would fight for the processor, and the page would come seconds later.
    family.start("worker", "beat")
    if accounts is not None:
        say(accounts.communicate()[0].decode("utf-8", "replace").rstrip())


def _ask_accounts(python: Path, variables: "dict[str, str]") -> "subprocess.Popen[bytes]":
    # Asked while the servers start: loading Django a second time afterwards would cost seconds.
    return subprocess.Popen(
        [str(python), "manage.py", "demo_accounts"],
        cwd=str(ROOT),
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(_here(host), port, timeout=30)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _here(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def _address(host: str, port: int) -> str:
    name = _here(host)
    return f"http://[{name}]:{port}/" if ":" in name else f"http://{name}:{port}/"


if __name__ == "__main__":
    main(sys.argv[1:])
