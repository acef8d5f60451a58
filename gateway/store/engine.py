"""A database address in, a SQLAlchemy engine set up for durability out.

SQLite: write-ahead log, a full flush at every commit, deleted pages overwritten, write transactions
begun as such (``BEGIN IMMEDIATE``), so that no reader has to turn writer and fail. PostgreSQL:
psycopg 3; reads are one snapshot; the database is in UTF-8.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from gateway.store.errors import SchemaError

WRITE = "yiqiao_write"  # execution option of engines whose transactions write

_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA busy_timeout = 30000",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -65536",  # KiB
    "PRAGMA wal_autocheckpoint = 8192",  # pages: 32 MiB, so that ingest seldom stops for one
    "PRAGMA journal_size_limit = 67108864",
)


def open_engine(url: str, *, pool_size: int = 8) -> Engine:
    """Return an engine for ``sqlite:///file`` or ``postgresql://…``.

    Raises
    ------
    SchemaError
        The address is of another database, or of an SQLite database without a file. On connecting:
        a PostgreSQL database is in another encoding than UTF-8.
    """
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        raise SchemaError("not a database address") from None
    match address.get_backend_name():
        case "sqlite":
            return _sqlite(address, pool_size)
        case "postgresql":
            return _postgresql(address, pool_size)
        case other:
            raise SchemaError(f"the store is SQLite or PostgreSQL, not {other}")


def _postgresql(address: URL, pool_size: int) -> Engine:
    engine = create_engine(
        address.set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=pool_size,
        connect_args={"client_encoding": "utf8"},
    )
    event.listen(engine, "connect", _check_encoding)
    return engine


def _check_encoding(connection: Any, _record: Any) -> None:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise SchemaError(f"the database is in {encoding}; make one with ENCODING 'UTF8'")


def _sqlite(address: URL, pool_size: int) -> Engine:
    if address.database in (None, "", ":memory:"):
        raise SchemaError("an SQLite store needs a file: sqlite:///yiqiao.db")
    engine = create_engine(
        address,
        pool_size=pool_size,
        max_overflow=pool_size,
        connect_args={"check_same_thread": False, "cached_statements": 512},
    )
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself; `_begin` does
    cursor = connection.cursor()
    for pragma in _SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get(WRITE)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
