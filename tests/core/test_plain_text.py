"""NUL, half a character and a number without end, in a form, a query, an address, a cookie or a call: no failure."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from tests.subsidies.stages import drawn

pytestmark = pytest.mark.django_db
ENDLESS = "9" * 4301
BAD = ["a\x00b", ENDLESS]


@pytest.mark.parametrize("text", BAD)
@pytest.mark.parametrize(
    ("name", "field"),
    [("members", "q"), ("members", "year"), ("contributions", "q"), ("contributions", "year"), ("plans", "q"),
     ("applications", "village"), ("posted-lines", "job"), ("application-new", "plan"), ("refund-new", "line")],
)  # fmt: skip
def test_a_query_is_told_malformed(name, field, text, village, cast, page):
    answer = page(cast.clerk).get(reverse(name), {field: text})

    assert answer.status_code == 400
    assert "没有办成" in answer.content.decode()


@pytest.mark.parametrize("text", BAD)
def test_a_form_is_told_malformed_and_nothing_is_changed(text, village, cast, by, page):
    application = drawn(village, cast, by)
    decide = reverse("verification", args=[application.pk])
    count = application.lines.count()
    for user, address, typed in (
        (cast.clerk, reverse("application-edit", args=[application.pk]), {"remove": text}),
        (cast.clerk, reverse("application-edit", args=[application.pk]), {"amount-1": text, "version": text}),
        (cast.officer, decide, {"pick": text, "bulk": "pass"}),
        (cast.clerk, reverse("donor-new"), {"kind": "individual", "name": text}),
        (None, reverse("login"), {"username": text, "password": "x"}),
    ):
        client = page(user) if user else Client()
        assert client.post(address, {"request_key": uuid4().hex, **typed}).status_code == 400
    assert application.lines.count() == count


def test_half_a_character_is_no_text_whatever_the_sender_calls_its_encoding(village, cast, page):
    fields = {"kind": "individual", "name": "\\ud800", "request_key": uuid4().hex}
    parts = [f'--x\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()]
    answer = page(cast.clerk).generic(
        "POST",
        reverse("donor-new"),
        "".join([*parts, "--x--\r\n"]),
        content_type="multipart/form-data; boundary=x; charset=raw_unicode_escape",
    )

    assert answer.status_code == 400


def test_a_cookie_with_nul_is_no_cookie_and_its_neighbours_stay(village):
    # A cookie's value in quotes may write any byte as backslash and octal digits.
    cookie = r'sessionid="12345678\000abcd"; large_type=1'
    for address in ("/login/", "/api/me/"):
        answer = Client().get(address, headers={"Cookie": cookie})

        assert answer.status_code in (200, 401)
        assert answer.wsgi_request.COOKIES == {"large_type": "1"}


def test_an_address_with_nul_is_refused(village, cast, page):
    assert page(cast.officer).get("/policies/5001%00/").status_code in (400, 404)


@pytest.mark.parametrize("text", BAD)
def test_a_call_s_query_is_refused_in_the_shape_of_all(text, village, cast, api):
    answer = api(cast.clerk).get("/api/members/", {"q": text})

    assert answer.status_code == 400
    assert answer.json()["code"] == "E-INPUT" and answer.json()["number"]


@pytest.mark.parametrize("text", [*BAD, "a\ud800b"])
@pytest.mark.parametrize(
    ("address", "field", "more"),
    [
        ("donors/", "name", {"kind": "individual"}),
        ("plans/", "year", {}),
        ("contributions/", "voucher", {}),
        ("token/", "username", {"password": "x"}),
    ],
)
def test_a_call_s_field_is_told_malformed(address, field, more, text, village, cast, api):
    body = {field: text, **more}
    if address == "contributions/":
        body = {"rows": [{"name": "张三", "id_number": "x", "year": 2024, "personal_fen": 1, **body}]}
    answer = api(cast.clerk).generic(
        "POST",
        f"/api/{address}",
        json.dumps(body),
        content_type="application/json",
        HTTP_IDEMPOTENCY_KEY=uuid4().hex,
    )

    assert answer.status_code in (400, 401), answer.content.decode()
    assert answer.json()["code"] in ("E-INPUT", "E-LOGIN")
