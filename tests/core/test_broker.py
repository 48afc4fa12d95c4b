"""The file broker: a message is seen whole or not at all."""

from __future__ import annotations

import os

from kombu import Connection

import core.broker
from core.broker import Transport
from pension.celery import app


def test_a_message_has_no_name_before_it_is_whole(tmp_path, monkeypatch):
    folders = {
        "data_folder_in": str(tmp_path),
        "data_folder_out": str(tmp_path),
        "control_folder": str(tmp_path / "c"),
    }
    seen = []

    def replace(source, target):
        seen.extend(path.name for path in tmp_path.glob("*.celery.msg"))
        assert os.path.getsize(source) > 0
        return os.rename(source, target)

    monkeypatch.setattr(core.broker.os, "replace", replace)
    with Connection(transport=Transport, transport_options=folders) as connection:
        queue = connection.SimpleQueue("celery")
        queue.put({"job": 7})
        assert seen == []
        assert queue.get(block=False).payload == {"job": 7}
        queue.close()


def test_the_application_speaks_to_that_broker():
    with app.connection_for_write("filesystem://localhost") as connection:
        assert connection.get_transport_cls() is Transport
