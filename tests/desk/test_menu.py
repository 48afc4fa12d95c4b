"""The menu: few rooms in the order of the work, every list one click away or beside its neighbours, counts kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse

from core.navigation import ITEMS, ROOMS, navigation_for
from tests.subsidies import stages
from tests.test_doors import DOORS, OWN_ROLES

pytestmark = pytest.mark.django_db

MOST_ROOMS = 9  # docs/look.md

# Pages without an argument that are no lists: forms, previews and prints of a list, and what the frame links.
FROM_THE_FRAME = {"search", "activity", "working-date", "large-type", "password_change", "help", "help-keys"}
FROM_A_PAGE = {
    "doubtful-lines": "refunds",
    "estimator-poster": "estimator",
    "estimator-village": "estimator",
    "plan-reward-estimate": "rewards",
    "policies-compare-print": "policies-compare",
    "posted-lines": "postings",
    "posting-confirm": "postings",
    "pilot-apply": "pilots",
    "reward-apply": "rewards",
    "reward-compute": "rewards",
    "reward-determine": "rewards",
    "reward-rates": "rewards",
}
NO_PAGES = {"login", "logout", "healthz", "gallery"}


def menu(user, rf, path="/"):
    request = rf.get(path)
    request.user = user
    return navigation_for(request)


def plain_pages():
    """Names of the addresses without argument, forms of something new left out."""
    for name in get_resolver().reverse_dict:
        if isinstance(name, str) and not name.endswith("-new"):
            try:
                url = reverse(name)
            except NoReverseMatch:
                continue
            if not url.startswith("/api/"):
                yield name, url


@pytest.mark.parametrize("role", OWN_ROLES)
def test_nobody_has_more_than_nine_rooms(cast, rf, role):
    groups = menu(getattr(cast, role), rf)

    assert len(groups[0]["items"]) <= MOST_ROOMS
    assert [group["title"] for group in groups] == ["", "查询和工具"]


def test_every_list_page_is_in_the_menu_or_hangs_on_one_that_is():
    known = {item.url_name for item in ITEMS} | FROM_THE_FRAME | set(FROM_A_PAGE) | NO_PAGES

    assert {name for name, _url in plain_pages()} - known == set()


def test_every_address_is_named_by_some_template_or_view():
    """Else nobody comes to it: a link, a form or a redirect names an address that is not a part of the interface."""
    rooms = [path for app in apps.get_app_configs() if (path := Path(app.path)).parent == settings.BASE_DIR]
    views = [
        path for room in rooms for path in room.rglob("*.py") if "urls" not in {path.stem, path.parent.name}
    ]
    templates = (settings.BASE_DIR / "templates").rglob("*.html")
    named = {
        word
        for path in (*views, *templates)
        for word in re.findall(r"""["']([a-z_]+(?:-[a-z]+)*)["']""", path.read_text("utf-8"))
    }

    addresses = {door.name for door in DOORS if not door.is_api and door.name != door.route}
    # A register builds the names of its pages from its own.
    registers = {f"{register}-new" for register in ("outreach", "summary", "selection")}
    assert addresses - named - registers <= NO_PAGES


@pytest.mark.parametrize("role", ["officer", "auditor", "district"])
def test_who_oversees_the_whole_work_has_every_list_that_he_may_open(cast, rf, role):
    user = getattr(cast, role)
    tabs = {tab["url"] for group in menu(user, rf) for entry in group["items"] for tab in entry["tabs"]}
    client = Client()
    client.force_login(user)
    # Those of another region's rules, and sheets, which he does not bring in.
    elsewhere = {"commendations", "filings", "imports"}
    lists = {item.url_name: reverse(item.url_name) for item in ITEMS if item.url_name not in elsewhere}

    assert [n for n, url in lists.items() if url not in tabs and client.get(url).status_code == 200] == []


@pytest.mark.parametrize("role", OWN_ROLES)
def test_the_menu_leads_nobody_to_a_shut_door(cast, rf, role):
    user = getattr(cast, role)
    client = Client()
    client.force_login(user)
    entries = [entry for group in menu(user, rf) for entry in group["items"]]

    shut = [
        tab["url"] for entry in entries for tab in entry["tabs"] if client.get(tab["url"]).status_code != 200
    ]
    assert shut == []


def test_every_list_stands_in_one_room():
    placed = [name for room in ROOMS for name in room.lists]

    assert sorted(placed) == sorted({item.url_name for item in ITEMS})


def test_a_room_of_one_list_goes_by_its_name(cast, rf):
    clerk = [entry["label"] for entry in menu(cast.clerk, rf)[0]["items"]]
    officer = [entry["label"] for entry in menu(cast.officer, rf)[0]["items"]]

    assert "成员名单" in clerk and "村和成员" not in clerk
    assert "村和成员" in officer and "成员名单" not in officer


def test_lists_of_one_room_stand_side_by_side_on_their_pages(cast, client):
    client.force_login(cast.officer)

    page = client.get("/policies/compare/").content.decode()
    tabs = page.split('<nav class="tabs room-tabs"')[1].split("</nav>")[0]
    assert '<a href="/policies/">政策文件</a>' in tabs
    assert '<a href="/policies/compare/" aria-current="page">政策对照</a>' in tabs
    assert "room-tabs" not in client.get("/estimator/").content.decode()
    assert "room-tabs" not in client.get("/plans/new/").content.decode()


@pytest.mark.parametrize(("name", "parent"), FROM_A_PAGE.items())
def test_what_hangs_on_a_page_hangs_on_one_of_the_menu(name, parent):
    assert reverse(name)
    assert parent in {item.url_name for item in ITEMS}


def test_a_room_counts_what_waits_in_all_its_lists(cast, village, by, rf):
    stages.submitted(village, cast, by)

    room = next(entry for entry in menu(cast.officer, rf)[0]["items"] if entry["label"] == "实缴核实")

    assert room["count"] == sum(tab["count"] for tab in room["tabs"]) == 1
