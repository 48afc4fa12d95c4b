"""Tables that any office needs: users, events, request keys, jobs, files, numbers, imports."""

from core.models.events import Event, EventNote
from core.models.files import StoredFile
from core.models.imports import Import, ImportRow
from core.models.jobs import Job
from core.models.numbers import DocumentCounter
from core.models.requests import RequestKey
from core.models.users import User

__all__ = [
    "DocumentCounter",
    "Event",
    "EventNote",
    "Import",
    "ImportRow",
    "Job",
    "RequestKey",
    "StoredFile",
    "User",
]
