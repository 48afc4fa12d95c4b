"""Login, home, search, working date, large type, help."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import access_of
from core.calendar import day_text
from core.context_processors import LARGE_TYPE_COOKIE
from core.errors import NotInArea
from core.http import PageRequest
from core.years import year_in
from desk import progress, selectors
from desk.demo.accounts import demo_accounts, demo_password
from desk.forms import WorkingDateForm
from desk.manual import chapters

YEAR_SECONDS = 365 * 24 * 60 * 60


@method_decorator(login_not_required, name="dispatch")
class Login(LoginView):
    """The login page; in the demo it lists the accounts below."""

    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        more = {"demo_accounts": demo_accounts(), "demo_password": demo_password()} if settings.DEMO else {}
        return super().get_context_data(**kwargs) | more | selectors.installation_title()


def home(request: PageRequest) -> HttpResponse:
    """What waits for me, where the year stands, what I did lately."""
    on = request.working_date
    return render(request, "desk/home.html", selectors.home(request.user, on=on))


def board(request: PageRequest) -> HttpResponse:
    """The district's progress against the document's goals."""
    on = request.working_date
    asked = request.GET.get("year", "")
    year = year_in(asked) or on.year
    town = request.GET.get("town", "")
    context = progress.board(request.user, on=on, year=year, open_town=town)
    return render(request, "desk/board.html", context | {"years": selectors.plan_years(year, on)})


def search(request: PageRequest) -> HttpResponse:
    """Persons by name, pinyin or last four; batches by number; villages by name. Within the reader's area."""
    words = request.GET.get("q", "").strip()
    found = selectors.search(request.user, words)
    return render(request, "desk/search.html", {"words": words, "found": found})


def activity(request: PageRequest) -> HttpResponse:
    """Everything I did, newest first."""
    page = selectors.activity(request.user, page=request.GET.get("page", "1"))
    return render(request, "desk/activity.html", {"page_obj": page})


def working_date(request: PageRequest) -> HttpResponse:
    """Choose the date that this session's acts carry."""
    if "today" in request.POST:
        request.session.pop("working_date", None)
        return redirect("home")
    form = WorkingDateForm(request.POST or None, initial={"on": request.working_date})
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["on"]
        if chosen == timezone.localdate():
            request.session.pop("working_date", None)
        else:
            request.session["working_date"] = chosen.isoformat()
            messages.info(request, _("业务日期已改为%(on)s，到您改回或退出为止。") % {"on": day_text(chosen)})
        return redirect("home")
    return render(request, "desk/working_date.html", {"form": form})


@require_POST
@login_not_required
def large_type(request: PageRequest) -> HttpResponse:
    """Switch large type on or off: kept with the user, before login in a cookie."""
    response = HttpResponseRedirect(_back(request))
    if request.user.is_authenticated:
        request.user.large_type = not request.user.large_type
        request.user.save(update_fields=["large_type"])
    else:
        is_on = request.COOKIES.get(LARGE_TYPE_COOKIE) == "1"
        response.set_cookie(LARGE_TYPE_COOKIE, "0" if is_on else "1", max_age=YEAR_SECONDS, samesite="Lax")
    return response


def _back(request: PageRequest) -> str:
    came_from = request.headers.get("referer", "")
    safe = url_has_allowed_host_and_scheme(came_from, {request.get_host()})
    return came_from if safe else "/"


def help_page(request: PageRequest, slug: str = "") -> HttpResponse:
    """One chapter of the manual: the asked one, else the reader's own, else the first."""
    own = [chapter for chapter in chapters() if chapter.is_for(access_of(request.user).roles)]
    asked = [chapter for chapter in chapters() if chapter.slug == slug]
    shown = next(iter(asked if slug else own[::-1] or chapters()), None)
    if shown is None:
        raise NotInArea
    return render(request, "desk/help.html", {"chapters": chapters(), "own": own, "shown": shown})


def help_keys(request: PageRequest) -> HttpResponse:
    """Keys of the verification list."""
    return render(request, "desk/help_keys.html")
