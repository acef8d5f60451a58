"""Shared fixtures: an empty store on either database, and keys.

PostgreSQL is tested where ``YIQIAO_TEST_POSTGRES_URL`` names a server on which databases may be
created; each test process makes one of its own, and drops it.
"""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import URL, Engine, create_engine, make_url, text
from sqlmodel import SQLModel

from gateway.keys import Keys
from gateway.store import Store
from gateway.store.engine import open_engine
from gateway.store.migrations import upgrade
from mappings import dictionary

POSTGRES = "YIQIAO_TEST_POSTGRES_URL"
KEPT_PROFILES = 8  # more than one file of tests has at a time

# How busy a machine is says nothing of the code: `benchmarks` measure.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave what reads the corpus out of coverage: that must hold where there is none, too."""
    for item in items:
        if item.get_closest_marker("corpus"):
            item.add_marker("no_cover")


def pytest_collection_finish() -> None:
    """Let no collection of garbage look again at what stays: ten thousand tests and their code.

    Nor often at what comes: a table's compiler makes a million objects, nearly all of which stay.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


@pytest.fixture(autouse=True)
def _forgotten_profiles() -> Iterator[None]:
    """Forget compiled tables of tests' own files but the newest: hundreds would fill gigabytes."""
    yield
    own = [stack for stack in dictionary._loaded if (stack[2] or "").endswith(".map")]
    for stack in own[:-KEPT_PROFILES]:
        del dictionary._loaded[stack]


@pytest.fixture(scope="session", autouse=True)
def _kept_tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep generated tables for all processes of these tests, not in the user's cache."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(shared / "cache"))
        yield


@pytest.fixture(scope="session")
def postgres_server() -> URL:
    """Return the address of the PostgreSQL server to test on."""
    url = os.environ.get(POSTGRES)
    if not url:
        pytest.skip(f"PostgreSQL: set {POSTGRES} to a server where databases may be created")
    return make_url(url)


def _administer(server: URL, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(scope="session")
def _postgres_database(postgres_server: URL) -> Iterator[URL]:
    name = f"yiqiao_test_{os.getpid()}"
    _administer(postgres_server, f"CREATE DATABASE {name}")
    # Tests kill gateways, never the server: what it has not flushed yet is lost to nobody.
    _administer(postgres_server, f"ALTER DATABASE {name} SET synchronous_commit = off")
    url = postgres_server.set(database=name)
    engine = open_engine(url.render_as_string(hide_password=False))
    upgrade(engine)
    engine.dispose()
    yield url
    _administer(postgres_server, f"DROP DATABASE {name}")  # FORCE may not end an autovacuum


@pytest.fixture(scope="session")
def _sqlite_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "empty.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, _sqlite_database: Path) -> str:
    """Return the address of an empty store on SQLite."""
    path = tmp_path / "store.db"
    shutil.copy(_sqlite_database, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def _emptying(_postgres_database: URL) -> Iterator[Callable[[], None]]:
    """Return what empties the database: to delete few rows takes a hundredth of truncating."""
    tables = [table.name for table in reversed(SQLModel.metadata.sorted_tables)]
    statements = "; ".join(
        [
            f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE",  # after whoever still writes
            *(f"DELETE FROM {table}" for table in tables),
            "SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'",
            "INSERT INTO commit_sequence (id, value) VALUES (1, 0)",
        ]
    )
    engine = create_engine(_postgres_database)

    def empty() -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql(statements)

    yield empty
    engine.dispose()


@pytest.fixture
def postgres_url(_postgres_database: URL, _emptying: Callable[[], None]) -> Iterator[str]:
    """Return the address of an empty store on PostgreSQL."""
    yield _postgres_database.render_as_string(hide_password=False)
    _emptying()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the address of an empty store, on each database in turn."""
    url: str = request.getfixturevalue(
        "sqlite_url" if request.param == "sqlite" else "postgres_url"
    )
    return url


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """Return a new installation's keys."""
    return Keys(tmp_path / "keys")


@pytest.fixture(scope="session")
def _postgres_engine(_postgres_database: URL) -> Iterator[Engine]:
    """Return connections that tests take over from one another: a new one has all to learn."""
    engine = open_engine(_postgres_database.render_as_string(hide_password=False))
    yield engine
    engine.dispose()


@pytest.fixture
def store(database_url: str, keys: Keys, request: pytest.FixtureRequest) -> Iterator[Store]:
    """Return an empty store, on each database in turn."""
    if database_url.startswith("sqlite"):
        opened = Store.open(database_url, keys)
        yield opened
        opened.close()
    else:
        opened = Store(request.getfixturevalue("_postgres_engine"), keys)
        opened._begin_log()
        yield opened
