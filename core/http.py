"""The request as the views of this house get it."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest

from core.models import User


class PageRequest(HttpRequest):
    """A request of somebody logged in, with the business date of the session (`core.middleware`); for annotations.

    The login middleware lets nobody else through to a view; only pages marked `login_not_required` meet strangers.
    """

    user: User
    working_date: date
