"""Many rows in one go: tuples in, one statement out, in each database's fastest form.

SQLite: statements of 64, 16, 4 rows and one, each prepared once; a statement per row would give up
the interpreter's lock at each, and other threads would take it. PostgreSQL: one statement over
``unnest`` of one binary array per column, which costs a third of a statement per row and, unlike
COPY, takes ON CONFLICT and RETURNING.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, TypeVar

import orjson
from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql

T = TypeVar("T")
_SQLITE_SIZES = (64, 16, 4, 1)
_PG = postgresql.dialect()  # type: ignore[no-untyped-call]


def is_postgresql(connection: Connection) -> bool:
    """Tell which of the two databases this is."""
    return connection.dialect.name == "postgresql"


def insert(
    connection: Connection,
    table: Table,
    columns: tuple[str, ...],
    rows: Sequence[tuple[Any, ...]],
    then: str = "",
) -> None:
    """Insert rows given as tuples in the order of `columns`; `then` is an ON CONFLICT clause."""
    if not rows:
        return
    if is_postgresql(connection):
        connection.exec_driver_sql(pg_insert(table, columns, then), arrays(rows))
    else:
        start = 0
        for size in _SQLITE_SIZES:
            while len(rows) - start >= size:
                values = tuple(chain.from_iterable(rows[start : start + size]))
                connection.exec_driver_sql(sqlite_insert(table, columns, size, then), values)
                start += size


@lru_cache(maxsize=64)
def sqlite_insert(table: Table, columns: tuple[str, ...], size: int, then: str = "") -> str:
    """Return the statement that inserts `size` rows."""
    marks = ", ".join(["(" + ", ".join("?" * len(columns)) + ")"] * size)
    return f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES {marks} {then}"  # noqa: S608


@lru_cache(maxsize=64)
def pg_insert(table: Table, columns: tuple[str, ...], then: str = "") -> str:
    """Return the statement that inserts the rows whose columns come as arrays, in their order."""
    names = ", ".join(columns)
    return (
        f"INSERT INTO {table.name} ({names}) SELECT {names} "  # noqa: S608
        f"FROM {pg_unnest(table, columns)} ORDER BY ordinality {then}"
    )


@lru_cache(maxsize=64)
def pg_unnest(table: Table, columns: tuple[str, ...]) -> str:
    """Return the FROM item that turns an array per column back into rows, as ``given``."""
    types = (table.c[name].type.compile(_PG) for name in columns)
    arrays_ = ", ".join(f"%b::{type_}[]" for type_ in types)
    return f"unnest({arrays_}) WITH ORDINALITY AS given ({', '.join(columns)}, ordinality)"


def arrays(rows: Sequence[tuple[Any, ...]]) -> tuple[list[Any], ...]:
    """Turn rows into columns, the parameters of a `pg_unnest`."""
    return tuple(list(column) for column in zip(*rows, strict=True))


def select_by_key(
    connection: Connection,
    table: Table,
    wanted: tuple[str, ...],
    key: tuple[str, ...],
    values: Sequence[tuple[str, ...]],
) -> Sequence[tuple[Any, ...]]:
    """Select the rows whose text columns `key` equal one of `values`; each is one index probe."""
    select = ", ".join(f"t.{name}" for name in wanted)
    if is_postgresql(connection):
        equal = " AND ".join(f"t.{name} = given.{name}" for name in key)
        statement = f"SELECT {select} FROM {pg_unnest(table, key)} JOIN {table.name} t ON {equal}"  # noqa: S608
        return connection.exec_driver_sql(statement, arrays(values)).all()
    given = orjson.dumps([tuple(value) for value in values]).decode()
    equal = " AND ".join(
        f"t.{name} = json_extract(given.value, '$[{index}]')" for index, name in enumerate(key)
    )
    # CROSS JOIN: SQLite's way to be told which table leads
    statement = f"SELECT {select} FROM json_each(?) given CROSS JOIN {table.name} t WHERE {equal}"  # noqa: S608
    return connection.exec_driver_sql(statement, (given,)).all()


def present(
    connection: Connection, table: Table, column: str, values: Sequence[Any]
) -> Iterator[Any]:
    """Yield those values that a column has; one that it has many times costs no more than once."""
    has = f"EXISTS (SELECT 1 FROM {table.name} t WHERE t.{column} = given.{column})"  # noqa: S608
    for some in chunks(values):
        if is_postgresql(connection):
            given = pg_unnest(table, (column,))
            statement = f"SELECT given.{column} FROM {given} WHERE {has}"  # noqa: S608
            parameters: Any = arrays([(value,) for value in some])
        else:
            marks = ", ".join(["(?)"] * len(some))
            statement = (
                f"WITH given({column}) AS (VALUES {marks}) SELECT {column} FROM given WHERE {has}"  # noqa: S608
            )
            parameters = tuple(some)
        for (value,) in connection.exec_driver_sql(statement, parameters):
            yield value


def chunks(values: Sequence[T], size: int = 5000) -> Iterator[Sequence[T]]:
    """Cut a long list of bind parameters into what every database takes in one statement."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
