"""Many rows at once: each changed in its own way in one statement, or found by a long list of values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, models
from django.db.models.fields.related import ForeignObject

CHUNK_ROWS = 20_000
# Rows of one statement where Django writes it: INSERT; UPDATE, which grows by every row and column.
BATCH_ROWS, UPDATED_ROWS = 1000, 500


class Among(models.Lookup):
    """`column__among=[…]`: like `in`, with the whole list as one parameter, so that its length does not matter."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, params = self.process_lhs(compiler, connection)
        values = list(self.rhs)
        if connection.vendor == "postgresql":
            kind = self.lhs.output_field.db_type(connection).split("(")[0].replace("serial", "int")
            return f"{left} = ANY(%s::{_plain_kind(kind)}[])", (*params, values)
        return f"{left} IN (SELECT value FROM json_each(%s))", (*params, json.dumps(values))


models.Field.register_lookup(Among)
# A foreign key keeps a list of lookups of its own.
ForeignObject.register_lookup(Among)


def update_rows(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    raise_version: str = "",
) -> int:
    """Set columns of many rows to a value each; return how many rows were met.

    rows: (primary key, value of the first column, …), values as the field's Python type. One statement for every
    20,000 rows on either engine. `raise_version` names a counter that goes up by one in each row.
    """
    fields = [model._meta.get_field(name) for name in columns]
    prepared = [_prepared(fields, row) for row in rows]
    return sum(
        _update_chunk(model, fields, prepared[start : start + CHUNK_ROWS], raise_version)
        for start in range(0, len(prepared), CHUNK_ROWS)
    )


def _prepared(fields: Sequence[Any], row: Sequence[Any]) -> list[Any]:
    return [
        row[0],
        *(field.get_db_prep_save(value, connection) for field, value in zip(fields, row[1:], strict=True)),
    ]


def _update_chunk(
    model: type[models.Model], fields: Sequence[Any], rows: list[list[Any]], counter: str
) -> int:
    quote = connection.ops.quote_name
    table, key = quote(model._meta.db_table), quote(str(model._meta.pk.column))
    raised = [f"{quote(counter)} = {quote(counter)} + 1"] if counter else []
    if connection.vendor == "postgresql":
        return _run_on_postgresql(table, key, model, fields, rows, raised)
    sets = [f"{quote(f.column)} = json_extract(v.value, '$[{i}]')" for i, f in enumerate(fields, start=1)]
    sql = (
        f"UPDATE {table} SET {', '.join(sets + raised)} FROM json_each(%s) AS v"
        f" WHERE {table}.{key} = json_extract(v.value, '$[0]')"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [json.dumps(rows, default=_json_value)])
        return cursor.rowcount


def _json_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return str(value)
    if isinstance(value, date | Decimal):
        return str(value)
    raise TypeError(f"no column of ours holds {type(value)}")


def _run_on_postgresql(
    table: str,
    key: str,
    model: type[models.Model],
    fields: Sequence[Any],
    rows: list[list[Any]],
    raised: list[str],
) -> int:
    quote = connection.ops.quote_name
    all_fields = [model._meta.pk, *fields]
    kinds = [str(f.db_type(connection)).split("(")[0].replace("serial", "int") for f in all_fields]
    arrays = ", ".join(f"%s::{_plain_kind(kind)}[]" for kind in kinds)
    names = ", ".join(f"c{i}" for i in range(len(kinds)))
    sets = [f"{quote(f.column)} = v.c{i}" for i, f in enumerate(fields, start=1)]
    raised = [text.replace("= ", f"= {table}.", 1) for text in raised]
    sql = (
        f"UPDATE {table} SET {', '.join(sets + raised)} FROM unnest({arrays}) AS v({names})"
        f" WHERE {table}.{key} = v.c0"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(column) for column in zip(*rows, strict=True)])
        return cursor.rowcount


def _plain_kind(kind: str) -> str:
    return kind.split(" GENERATED")[0].strip()
