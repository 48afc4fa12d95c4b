"""Content of stored files: encrypted on disk, deleted after their time."""

from __future__ import annotations

import hashlib
import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from core.crypto import decrypt_bytes, encrypt_bytes
from core.models import StoredFile, User

# Of a scanned paper; what a sheet may have is settings.UPLOAD_MAX_BYTES.
PAPER_BYTES = 10 * 1024 * 1024


def store_file(
    content: bytes,
    *,
    name: str,
    purpose: str,
    uploaded_by: User,
    place: Any = None,
    keep_days: int | None = None,
) -> StoredFile:
    """Keep the content encrypted; `place` gives the area (anything with code columns).

    The row belongs to the caller's transaction; a file whose row was rolled back is swept later.
    """
    path = f"{timezone.localdate():%Y%m}/{uuid.uuid4().hex}"
    target = settings.FILES_ROOT / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(encrypt_bytes(content))
    return StoredFile.objects.create(
        name=name[:200],
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        path=path,
        purpose=purpose,
        uploaded_by=uploaded_by,
        delete_after=timezone.now() + timedelta(days=keep_days) if keep_days else None,
        **(place.area_codes() if place is not None else {}),
    )


def read_file(stored: StoredFile) -> bytes:
    """The decrypted content."""
    return decrypt_bytes((settings.FILES_ROOT / stored.path).read_bytes())


def delete_expired_files() -> int:
    """Delete files past their time, content first; return how many."""
    expired = StoredFile.objects.filter(delete_after__lt=timezone.now())
    for path in expired.values_list("path", flat=True):
        (settings.FILES_ROOT / path).unlink(missing_ok=True)
    return expired.delete()[0]
