"""Stored files as answers."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from core.files import read_file
from core.models import StoredFile


def download_of(stored: StoredFile) -> HttpResponse:
    """The file as a download that no browser opens in the page; its name was made safe when it was stored."""
    answer = HttpResponse(read_file(stored), content_type=stored.content_type or "application/octet-stream")
    answer["Content-Disposition"] = content_disposition_header(True, stored.name)
    answer["Cache-Control"] = "private, no-store"
    return answer
