"""What both databases must hold by themselves: append-only tables, and INSERT … SELECT from a queryset."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from django.core.exceptions import EmptyResultSet
from django.db import IntegrityError, connection, models
from django.utils.translation import gettext as _

from core.errors import TransitionNotAllowed

logger = logging.getLogger(__name__)
UNIQUE_VIOLATION = "23505"
# table → columns that may be set once although the row is otherwise final
APPEND_ONLY: dict[str, tuple[str, ...]] = {}

_PG_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'append-only: % on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def register_append_only(table: str, *, settable: Sequence[str] = ()) -> None:
    """Declare a table whose rows nobody may change or delete."""
    APPEND_ONLY[table] = tuple(settable)


def _final_columns(table: str, settable: Iterable[str]) -> list[str]:
    with connection.cursor() as cursor:
        columns = [c.name for c in connection.introspection.get_table_description(cursor, table)]
    return [c for c in columns if c not in settable]


def install_triggers() -> None:
    """Install every append-only trigger; repeatable (a table remake on SQLite drops triggers silently)."""
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_PG_FUNCTION, None)
        for table, settable in APPEND_ONLY.items():
            if table in tables:
                for statement in _trigger_statements(table, settable):
                    cursor.execute(statement, None)


def _trigger_statements(table: str, settable: tuple[str, ...]) -> list[str]:
    columns = ", ".join(f'"{c}"' for c in _final_columns(table, settable))
    once = " OR ".join(f'OLD."{c}" IS NOT NULL' for c in settable)
    if connection.vendor == "postgresql":
        body = "FOR EACH ROW {} EXECUTE FUNCTION refuse_change()"
        return [
            f'DROP TRIGGER IF EXISTS "{name}" ON "{table}"' for name in trigger_names(table, settable)
        ] + [
            f'CREATE TRIGGER "{table}_no_update" BEFORE UPDATE OF {columns} ON "{table}" {body.format("")}',
            f'CREATE TRIGGER "{table}_no_delete" BEFORE DELETE ON "{table}" {body.format("")}',
            *(
                [f'CREATE TRIGGER "{table}_once" BEFORE UPDATE ON "{table}" {body.format(f"WHEN ({once})")}']
                if once
                else []
            ),
        ]
    refuse = f"BEGIN SELECT RAISE(ABORT, 'append-only: {table}'); END"
    return [f'DROP TRIGGER IF EXISTS "{name}"' for name in trigger_names(table, settable)] + [
        f'CREATE TRIGGER "{table}_no_update" BEFORE UPDATE OF {columns} ON "{table}" {refuse}',
        f'CREATE TRIGGER "{table}_no_delete" BEFORE DELETE ON "{table}" {refuse}',
        *([f'CREATE TRIGGER "{table}_once" BEFORE UPDATE ON "{table}" WHEN {once} {refuse}'] if once else []),
    ]


def trigger_names(table: str, settable: tuple[str, ...]) -> list[str]:
    """The names of a table's triggers."""
    return [f"{table}_no_update", f"{table}_no_delete", *([f"{table}_once"] if settable else [])]


def missing_triggers() -> list[str]:
    """Names of append-only triggers that the database lacks although their table is there."""
    tables = set(connection.introspection.table_names())
    query = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        present = {row[0] for row in cursor.fetchall()}
    wanted = [n for t, s in APPEND_ONLY.items() if t in tables for n in trigger_names(t, s)]
    return [name for name in wanted if name not in present]


@contextmanager
def told_who_came_second(act: str) -> Iterator[None]:
    """Answer the loser of a race for a unique row as any lost race: around the transaction of an act.

    Raises TransitionNotAllowed for a unique violation; any other violation stays what it is, a mistake of ours.
    """
    try:
        yield
    except IntegrityError as error:
        if not _is_unique_violation(error):
            raise
        logger.warning("the act %s met a row that another made first", act, exc_info=True)
        raise TransitionNotAllowed(
            _("刚才另有一人办了同一件事，您这次的“%(act)s”没有生效。请刷新页面，看看现在的情况。")
            % {"act": act}
        ) from error


def _is_unique_violation(error: IntegrityError) -> bool:
    if connection.vendor == "postgresql":
        return getattr(error.__cause__, "pgcode", "") == UNIQUE_VIOLATION
    return "UNIQUE constraint failed" in str(error)


def insert_select(
    model: type[models.Model], columns: Sequence[str], rows: models.QuerySet, *, on_conflict: str = ""
) -> int:
    """INSERT INTO model (columns) SELECT … from a `values_list` queryset whose columns stand in the same order.

    `columns` are field names of the model; `on_conflict` is the clause after ON CONFLICT (empty: a conflict raises).
    Returns how many rows were written. One statement on both engines.
    """
    query, params = rows.query.sql_with_params()
    names = ", ".join(connection.ops.quote_name(_column(model, name)) for name in columns)
    # SQLite reads "ON CONFLICT" after a SELECT as a join's ON unless the SELECT is closed by a WHERE.
    table = connection.ops.quote_name(model._meta.db_table)
    sql = f"INSERT INTO {table} ({names}) SELECT * FROM ({query}) AS q WHERE 1 = 1"
    if on_conflict:
        sql += f" ON CONFLICT {on_conflict}"
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount


def update_best(
    model: type[models.Model],
    rows: models.QuerySet,
    *,
    key: str,
    best_first: Sequence[str],
    columns: Mapping[str, str],
) -> int:
    """UPDATE each row of the model from the best of the `values()` rows that carry its id in the column `key`.

    Best is what comes first by `best_first`, each from the highest down. `columns` maps fields of the model to
    columns of the rows. Who has none of the rows stays as he is. Returns how many were written; one statement on
    both engines.
    """
    try:
        query, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return 0
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    values = ", ".join(f"{quote(_column(model, to))} = best.{quote(of)}" for to, of in columns.items())
    order = ", ".join(f"{quote(name)} DESC" for name in best_first)
    sql = f"""
        UPDATE {table} SET {values} FROM (
            SELECT q.*, ROW_NUMBER() OVER (PARTITION BY {quote(key)} ORDER BY {order}) AS place FROM ({query}) AS q
        ) AS best
        WHERE best.place = 1 AND {table}.{quote("id")} = best.{quote(key)}
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount


def _column(model: type[models.Model], name: str) -> str:
    field = model._meta.get_field(name)
    assert isinstance(field, models.Field)
    return str(field.column)
