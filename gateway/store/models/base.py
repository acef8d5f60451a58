"""What all tables are written with: a wide number, an index over few rows, a model's table."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Integer, Table, text
from sqlmodel import SQLModel

BIG = BigInteger().with_variant(Integer, "sqlite")  # SQLite autoincrements only INTEGER


def table(model: type[SQLModel]) -> Table:
    """Return a model's table, for SQLAlchemy Core."""
    found: Table = model.__table__  # type: ignore[attr-defined]
    return found


def partial(name: str, *columns: str, where: str) -> Index:
    """Return an index over few of the rows, so that the many cost nothing."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))
