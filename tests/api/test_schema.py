"""The schema is complete: no warning while it is made, the request key on every act, every refusal described."""

from __future__ import annotations

import pytest
from django.urls import reverse
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

ACTS = {"post", "put", "patch", "delete"}
OPEN = {"/api/token/"}


@pytest.fixture(scope="module")
def schema():
    GENERATOR_STATS.reset()
    with GENERATOR_STATS.silence():
        return SchemaGenerator().get_schema(request=None, public=True)


def operations(schema):
    return [
        (path, method, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if path not in OPEN
    ]


def test_the_schema_is_valid_and_made_without_a_warning(schema):
    validate_schema(schema)

    assert dict(GENERATOR_STATS._warn_cache) == {}
    assert dict(GENERATOR_STATS._error_cache) == {}
    assert len(schema["paths"]) > 60


def test_every_act_declares_its_request_key(schema):
    without = [
        (path, method)
        for path, method, operation in operations(schema)
        if method in ACTS
        and not any(p["name"] == "Idempotency-Key" and p["required"] for p in operation["parameters"])
    ]
    assert without == []


def test_every_refusal_is_described_in_one_shape(schema):
    expected = {"get": {"401", "403", "404"}} | {
        key: {"400", "401", "403", "404", "409", "422"} for key in ACTS
    }
    for path, method, operation in operations(schema):
        missing = expected[method] - set(operation["responses"])
        assert not missing, f"{method} {path}"
        shape = operation["responses"]["404"]["content"]["application/json"]["schema"]
        assert shape == {"$ref": "#/components/schemas/Refusal"}


@pytest.mark.parametrize(
    ("shape", "more"), [("RewardOutput", set()), ("RefundOutput", {"payee_changed"}), ("RefundDetail", set())]
)
def test_where_money_went_is_in_the_shape_and_no_whole_number(schema, shape, more):
    fields = set(schema["components"]["schemas"][shape]["properties"])

    assert {"payee_name", "payee_bank", "payee_account_last4"} | more <= fields
    assert not fields & {"payee_account", "bank_account"}


def test_schema_and_docs_are_public(client, db):
    assert client.get(reverse("api-schema")).status_code == 200
    assert client.get(reverse("api-docs")).status_code == 200
