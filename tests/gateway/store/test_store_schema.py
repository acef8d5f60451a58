import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text
from sqlmodel import SQLModel

from gateway.audit.events import SUCCESS, Event
from gateway.audit.log import AuditLog
from gateway.keys import Keys
from gateway.store import SchemaError, Store
from gateway.store.engine import open_engine
from gateway.store.errors import ForeignKeysError
from gateway.store.migrations import HEAD, upgrade


def test_migrations_make_the_schema_of_the_models(store):
    with store.read() as tx:
        context = MigrationContext.configure(tx.connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_head_is_the_newest_revision():
    from gateway.store import migrations

    config = Config()
    config.set_main_option("script_location", migrations.__path__[0])
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


@pytest.fixture
def bare_url(database_url):
    """An address without any table."""
    engine = create_engine(database_url)
    with engine.begin() as connection:
        names = inspect(connection).get_table_names()
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"DROP TABLE {', '.join(names)} CASCADE"))
        else:
            for name in names:
                connection.execute(text(f"DROP TABLE {name}"))
    engine.dispose()
    return database_url


def test_an_empty_database_is_filled_at_start_by_one_of_many(bare_url, keys):
    with ThreadPoolExecutor(3) as pool:
        for store in pool.map(lambda _: Store.open(bare_url, keys), range(3)):
            store.close()
    store = Store.open(bare_url, keys)
    with store.begin() as tx:
        assert tx.sequence() == 1
    store.close()


def test_other_keys_than_those_it_was_begun_with_are_refused(database_url, keys, tmp_path):
    Store.open(database_url, keys).close()
    with pytest.raises(ForeignKeysError, match="elsewhere: not the keys that this database"):
        Store.open(database_url, Keys(tmp_path / "elsewhere"))
    Store.open(database_url, keys).close()


def test_keys_that_are_rotated_open_what_was_begun_with_them(database_url, keys, tmp_path):
    Store.open(database_url, keys).close()
    running = Keys(tmp_path / "keys")
    keys.rotate()
    store = Store.open(database_url, keys)
    AuditLog(store, "x").record(Event("read", SUCCESS, "permitted"))
    store.close()
    Store.open(database_url, running).close()  # begun while they were rotated


def test_an_address_of_no_database_is_refused(keys):
    for url in ("postgresql://u@h:port/x", "nothing"):
        with pytest.raises(SchemaError, match="not a database address"):
            Store.open(url, keys)


def test_a_newer_schema_is_refused_and_left_alone(database_url, keys):
    engine = open_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaError, match="newer"):
        Store.open(database_url, keys)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{HEAD}'"))
    upgrade(engine)
    engine.dispose()


@pytest.mark.parametrize(
    "url", ["", "mysql://localhost/x", "sqlite://", "sqlite:///:memory:", "not an address"]
)
def test_other_databases_are_refused(url, keys):
    with pytest.raises(SchemaError):
        Store.open(url, keys)


@pytest.mark.postgres
@pytest.mark.parametrize("encoding", ["SQL_ASCII", "EUC_CN"])
def test_a_database_that_is_not_in_utf_8_is_refused(postgres_server, keys, encoding):
    name = f"yiqiao_test_{encoding.lower()}_{os.getpid()}"
    server = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        locale = "LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
        connection.execute(text(f"CREATE DATABASE {name} ENCODING '{encoding}' {locale}"))
        try:
            with pytest.raises(SchemaError, match=f"in {encoding}; make one with ENCODING 'UTF8'"):
                Store.open(postgres_server.set(database=name).render_as_string(False), keys)
        finally:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


def test_sqlite_is_set_up_to_lose_nothing(sqlite_url):
    engine = open_engine(sqlite_url)
    expected = {
        "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1,
        "busy_timeout": 30000,
    }  # fmt: skip
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in expected
        }
    engine.dispose()
    assert found == expected
