"""A number for each request, the same in the log line and on the error page."""

from __future__ import annotations

import logging
import secrets
from contextvars import ContextVar

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
NUMBER_LENGTH = 8
request_number: ContextVar[str] = ContextVar("request_number", default="-")


def new_request_number() -> str:
    """A short number that can be read out on the telephone."""
    return "".join(secrets.choice(ALPHABET) for _ in range(NUMBER_LENGTH))


class RequestNumberFilter(logging.Filter):
    """Puts the current request's number on every log record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_number = request_number.get()
        return True
