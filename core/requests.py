"""Request keys: the first answer is kept and given again, in the act's own transaction."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import OperationalError, connection
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import InvalidInput, RequestInProgress, RequestKeyReused
from core.models.requests import RequestKey

if TYPE_CHECKING:
    from core.workflow import By

KEY_HEADER = "Idempotency-Key"
KEY_MAX_LENGTH = 255


class Replayed(Exception):
    """The request took effect before; `request_key` holds its answer. Not an error of anybody."""

    def __init__(self, request_key: RequestKey) -> None:
        super().__init__(request_key.key)
        self.request_key = request_key


def claim_request_key(by: By, act: str) -> None:
    """Insert the request key of an act, once.

    Raises Replayed (same key, same content), RequestKeyReused (other content) or RequestInProgress (another
    request with the key still runs; waits two seconds at most on PostgreSQL).
    """
    if not by.key:
        return
    if len(by.key) > KEY_MAX_LENGTH:
        raise InvalidInput(_("请求编号超过%(n)d个字符。") % {"n": KEY_MAX_LENGTH}, code="E-KEY")
    row, is_new = _insert(by, act)
    if is_new:
        by.slot["id"] = row.pk
    elif (row.act, row.body_hash) != (act, by.body_hash):
        raise RequestKeyReused(_("这个请求编号已用于另一次内容不同的办理，请换一个编号。"))
    else:
        raise Replayed(row)


def _insert(by: By, act: str) -> tuple[RequestKey, bool]:
    is_postgres = connection.vendor == "postgresql"
    if is_postgres:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")
    try:
        # The key is one per account: the same key under another act is a re-use, not a new request.
        found = RequestKey.objects.get_or_create(
            account=by.actor, key=by.key, defaults={"act": act, "body_hash": by.body_hash}
        )
    except OperationalError as error:
        raise RequestInProgress(_("同一编号的请求正在办理，请稍候再试。")) from error
    if is_postgres:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = DEFAULT")
    return found


def keep_answer(by: By, *, status: int, response: Any) -> None:
    """Store the answer beside the key that the act just took; no key, nothing to store."""
    if "id" in by.slot:
        RequestKey.objects.filter(pk=by.slot["id"]).update(status=status, response=response)


def body_hash(*parts: str | bytes) -> str:
    """SHA-256 over the parts of a request that make its content."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()


def forget_old_keys() -> int:
    """Delete request keys past their time; return how many."""
    limit = timezone.now() - timedelta(days=settings.REQUEST_KEY_DAYS)
    return RequestKey.objects.filter(created_at__lt=limit).delete()[0]
