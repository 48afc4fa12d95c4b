"""One member at a time through the API: judged as a row of the list is."""

from __future__ import annotations

import uuid
from datetime import date

import pytest

from core.identity import NumberError, read_id_number
from tests.factories import id_number
from villages.models import Membership

pytestmark = pytest.mark.django_db


def add(client, **body):
    return client.post(
        "/api/members/",
        {"on": "2024-06-18", "id_number": id_number(), **body},
        format="json",
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )


@pytest.mark.parametrize("name", ["=1+1", "<b>x</b>", "😀", "张三7", "□三", "张" * 51, "=cmd|'/c calc'!A1"])
def test_a_name_that_no_list_would_take_is_refused_here_too(village, cast, api, name):
    answer = add(api(cast.clerk), name=name)

    assert answer.status_code == 400
    assert answer.json()["fields"].keys() == {"name"}
    assert answer.json()["message"].endswith("。")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("张\u200b三", "张三"),
        ("\u202e张 三", "张三"),
        ("阿卜杜·拉", "阿卜杜·拉"),
    ],
)
def test_invisible_characters_do_not_become_part_of_a_name(village, cast, api, written, kept):
    answer = add(api(cast.clerk), name=written)

    assert (answer.status_code, answer.json()["name"]) == (201, kept)


def test_a_number_whose_bearer_is_not_born_yet_is_no_identity_number():
    born_tomorrow = id_number(date(2099, 1, 1))

    with pytest.raises(NumberError, match="出生日期"):
        read_id_number(born_tomorrow)


def test_what_is_wrong_with_a_number_is_told_with_how_to_mend_it(village, cast, api):
    answer = add(api(cast.clerk), name="张三", id_number="500115199003071235")

    assert answer.json()["code"] == "E-ID-CHECK"
    assert answer.json()["message"] == "末位校验不符。对照户口簿或身份证，逐位核对。"


def test_an_identity_number_is_text_and_never_a_number(village, cast, api):
    answer = add(api(cast.clerk), name="张三", id_number=500115199003071234)

    assert (answer.status_code, answer.json()["fields"].keys()) == (400, {"id_number"})
    assert not Membership.objects.filter(person__name="张三").exists()
