"""The schema's history: an engine in; its database at the newest revision out (Alembic)."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from gateway.store.engine import WRITE
from gateway.store.errors import SchemaError

HEAD = "0008"  # the newest revision; a test holds it to `versions/`


def upgrade(engine: Engine) -> None:
    """Create the schema, or migrate it to `HEAD`; do nothing where it is there already.

    Raises
    ------
    SchemaError
        The database is at a revision that this program does not know.
    """
    with engine.connect() as connection:
        if _revision(connection) == HEAD:
            return
    with engine.execution_options(**{WRITE: True}).connect() as connection, connection.begin():
        if connection.dialect.name == "postgresql":  # one process migrates, others wait
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('yiqiao-migrations'))"))
        if _revision(connection) != HEAD:
            _run(connection)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return str(found) if found is not None else None


def _run(connection: Connection) -> None:
    # Alembic takes a fifth of a second to load, and is needed once in a schema's life.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError:
        raise SchemaError("the database was migrated by a newer yiqiao") from None
