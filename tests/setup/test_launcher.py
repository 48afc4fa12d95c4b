"""`make run` where something stands in its way: one clear line for each obstacle."""

import socket

import pytest

from tests.launched import free_port, run_launcher

pytestmark = pytest.mark.launcher


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1", ""])
def test_a_port_that_is_no_port_is_one_clear_line(tmp_path, port):
    code, lines = run_launcher(PORT=port, VAR_DIR=str(tmp_path))
    assert code == 1
    assert len(lines) == 1
    assert "1 至 65535" in lines[0]


def test_a_taken_port_is_one_clear_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, lines = run_launcher(PORT=str(port), VAR_DIR=str(tmp_path))
    assert (code, len(lines)) == (1, 1)
    assert f"端口 {port} 已被占用" in lines[0]


def test_a_place_that_cannot_be_written_is_one_clear_line(tmp_path):
    (tmp_path / "file").touch()
    code, lines = run_launcher(PORT=str(free_port()), VAR_DIR=str(tmp_path / "file"))
    assert (code, len(lines)) == (1, 1)
    assert str(tmp_path / "file") in lines[0]


def test_a_reset_never_deletes_what_is_not_a_demo(tmp_path):
    (tmp_path / "pension.sqlite3").write_text("a village's real year")
    code, lines = run_launcher("reset", VAR_DIR=str(tmp_path))
    assert (code, len(lines)) == (1, 1)
    assert (tmp_path / "pension.sqlite3").read_text() == "a village's real year"


def test_a_reset_refuses_a_database_elsewhere(tmp_path):
    code, lines = run_launcher("reset", VAR_DIR=str(tmp_path), DATABASE_URL="postgres://localhost/real")
    assert (code, len(lines)) == (1, 1)
    assert "DATABASE_URL" in lines[0]


def test_the_demo_never_moves_in_beside_real_data(tmp_path):
    (tmp_path / "pension.sqlite3").write_text("a village's real year")
    code, lines = run_launcher(PORT=str(free_port()), VAR_DIR=str(tmp_path))
    assert (code, len(lines)) == (1, 1)
    assert "DEMO=0" in lines[0]


def test_a_key_of_the_wrong_length_is_one_clear_line(tmp_path):
    code, lines = run_launcher(PORT=str(free_port()), VAR_DIR=str(tmp_path), DATA_KEY="c2hvcnQ=")
    assert code == 1
    assert "DATA_KEY 须是32字节" in lines[-1]
