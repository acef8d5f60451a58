"""The store: an address and the keys in; transactions, each with its repositories, out.

`Store.read` is one snapshot and changes nothing. `Store.begin` commits at its end, or leaves no
trace. Transactions that write resources are numbered (`Tx.sequence`) and, from the moment they ask
for their number until they commit, run one after the other: so on PostgreSQL as on SQLite, what
such a transaction reads after that moment stays true until it has written.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cached_property
from threading import Lock

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from gateway.keys import Keys
from gateway.store.beginning import begin, check_keys, may_begin
from gateway.store.caching import KeyCache, OpenCompartment
from gateway.store.compartments import Compartments
from gateway.store.directory import Directory
from gateway.store.engine import WRITE, open_engine
from gateway.store.errors import SchemaError
from gateway.store.homes import Homes
from gateway.store.lanes import claim
from gateway.store.lists import Lists
from gateway.store.merges import Merges
from gateway.store.migrations import upgrade
from gateway.store.orders import Orders
from gateway.store.persons import Persons
from gateway.store.resources import Resources
from gateway.store.spool import Arrival, Message, Placed, Spool
from gateway.store.worklist import Worklist

_NEXT = text("UPDATE commit_sequence SET value = value + 1 WHERE id = 1 RETURNING value")


def _said(fault: DBAPIError) -> str:
    return str(fault.orig).strip().partition("\n")[0]


def _shown(engine: Engine) -> str:
    """Return the address without what may be secret."""
    return engine.url.set(query={}).render_as_string(hide_password=True)


def now_us() -> int:
    """Return µs since 1970-01-01 UTC."""
    return time.time_ns() // 1000


class Tx:
    """One database transaction and the repositories that work in it.

    Attributes
    ----------
    connection : Connection
        For tables that other rooms of the gateway keep.
    now : int
        The transaction's time, in µs, whole milliseconds (as ``meta.lastUpdated`` shows).
    """

    def __init__(self, connection: Connection, keys: Keys, cache: KeyCache, now: int) -> None:
        self.connection = connection
        self.keys = keys
        self.now = now - now % 1000
        self.opened: dict[str, OpenCompartment] = {}
        self.destroyed: set[str] = set()
        self._cache = cache
        self._sequence: int | None = None

    def sequence(self) -> int:
        """Return this transaction's commit sequence; the first call waits for other writers."""
        if self._sequence is None:
            self._sequence = int(self.connection.execute(_NEXT).scalar_one())
        return self._sequence

    @cached_property
    def directory(self) -> Directory:
        """Organisations, sources, clients."""
        return Directory(self)

    @cached_property
    def compartments(self) -> Compartments:
        """Compartments and their keys."""
        return Compartments(self, self._cache)

    @cached_property
    def resources(self) -> Resources:
        """Resources, their versions and bodies."""
        return Resources(self)

    @cached_property
    def persons(self) -> Persons:
        """Persons, identifiers, links, reviews."""
        return Persons(self)

    @cached_property
    def merges(self) -> Merges:
        """Merged records of one source."""
        return Merges(self)

    @cached_property
    def lists(self) -> Lists:
        """What snapshots have listed."""
        return Lists(self)

    @cached_property
    def orders(self) -> Orders:
        """What the numbers of orders name."""
        return Orders(self)

    @cached_property
    def homes(self) -> Homes:
        """The records that orders are in."""
        return Homes(self)

    @cached_property
    def spool(self) -> Spool:
        """Messages as received."""
        return Spool(self)

    @cached_property
    def worklist(self) -> Worklist:
        """What messages lacked in their tables."""
        return Worklist(self)


class Store:
    """The database, its schema brought up to date."""

    def __init__(self, engine: Engine, keys: Keys, clock: Callable[[], int] = now_us) -> None:
        self._keys = keys
        self._clock = clock
        self._cache = KeyCache()
        self._engine = engine
        self._write = engine.execution_options(**{WRITE: True})
        self._one_writer: AbstractContextManager[object]
        if engine.dialect.name == "sqlite":
            # Threads wait here for one another; SQLite itself would have them poll.
            self._one_writer = Lock()
            self._read = engine
            self._single = self._write
        else:
            self._one_writer = nullcontext()
            self._read = engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            # One statement is a transaction by itself, with one round trip in the place of three.
            self._single = engine.execution_options(isolation_level="AUTOCOMMIT")

    @classmethod
    def open(
        cls, url: str, keys: Keys, *, pool_size: int = 8, clock: Callable[[], int] = now_us
    ) -> Store:
        """Open the database at `url`, creating or migrating its schema; a new one begins its log.

        Raises
        ------
        SchemaError
            The address cannot be used, or a newer program has migrated the database.
        ForeignKeysError
            The database was begun with other keys.
        """
        engine = open_engine(url, pool_size=pool_size)
        try:
            upgrade(engine)
            store = cls(engine, keys, clock)
            store._begin_log()
        except DBAPIError as fault:
            engine.dispose()
            raise SchemaError(
                f"the database cannot be used: {_said(fault)} ({_shown(engine)})"
            ) from None
        except BaseException:
            engine.dispose()
            raise
        return store

    def _begin_log(self) -> None:
        with self.read() as tx:
            check_keys(tx.connection, self._keys)
            wanted = may_begin(tx.connection)
        if wanted:
            with self.begin() as tx:
                begin(tx.connection, self._keys)

    @property
    def keys(self) -> Keys:
        """The keys that seal what lies here."""
        return self._keys

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._engine.dialect.name

    def now(self) -> int:
        """Return the store's time in µs."""
        return self._clock()

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """Begin a transaction that reads one snapshot."""
        with self._read.connect() as connection, connection.begin():
            tx = Tx(connection, self._keys, self._cache, self._clock())
            yield tx
        self._cache.put(tx.opened)

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        """Begin a transaction that writes; never inside another one of the same thread."""
        with self._one_writer, self._write.connect() as connection:
            with connection.begin():
                tx = Tx(connection, self._keys, self._cache, self._clock())
                yield tx
            self._cache.put(tx.opened)
            self._cache.forget(tx.destroyed)

    def append(self, arrivals: Sequence[Arrival]) -> list[Placed]:
        """Write messages to the spool: a transaction of its own, as short as can be."""
        with self._one_writer, self._single.connect() as connection, connection.begin():
            return Tx(connection, self._keys, self._cache, self._clock()).spool.append(arrivals)

    @contextmanager
    def claim(self, limit: int) -> Iterator[list[Message]]:
        """Yield pending messages that are this worker's alone until the block ends."""
        with self._engine.connect() as connection, connection.begin():
            tx = Tx(connection, self._keys, self._cache, self._clock())
            yield claim(tx, limit)

    def rewrap(self, batch: int = 500) -> int:
        """Wrap every data key under the active key-encryption key; return how many there were."""
        total = 0
        while True:
            with self.begin() as tx:
                done = tx.compartments.rewrap(batch)
            total += done
            if done < batch:
                return total

    def close(self) -> None:
        """Give back every connection."""
        self._engine.dispose()
