"""What commands share: consoles, opening the store, tables of rows, failing with one line."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NoReturn

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from gateway.settings import Settings
    from gateway.store import Store

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")


def fail(message: str, *, code: int = 1) -> NoReturn:
    """Say why on standard error, and exit."""
    err.print(f"yiqiao: {message}", style="red", markup=False)
    sys.exit(code)


def reason(fault: Exception) -> tuple[str, int] | None:
    """Why something cannot be used, and the exit code; None for a fault of the program's own.

    2 where the settings or the tables are wrong, 1 for the store, its keys, a file, the network.
    """
    from sqlalchemy.exc import DBAPIError

    from adapters.charset import UndecodableError
    from gateway.keys import KeysError
    from gateway.settings import BadSettingError
    from gateway.store import StoreError
    from mappings.language.tree import TableError

    if isinstance(fault, BadSettingError | TableError):
        return str(fault), 2
    if isinstance(fault, DBAPIError):
        said = str(fault.orig).strip().partition("\n")[0]
        return f"the database cannot be used: {said}", 1
    if isinstance(fault, OSError) and isinstance(fault.filename, str) and fault.strerror:
        return f"{fault.filename}: {fault.strerror}", 1
    if isinstance(fault, StoreError | KeysError | UndecodableError | OSError):
        return str(fault), 1
    return None


def check_name(name: str) -> None:
    """Hold a client's or an organisation's name to what FHIR allows as an id."""
    if not _NAME.fullmatch(name):
        fail(f"{name!r} is no name: letters, digits and '-', 64 at most", code=2)


@contextmanager
def open_store() -> Iterator[tuple[Settings, Store]]:
    """Open the store that the settings name.

    Raises
    ------
    BadSettingError, SchemaError, KeyringError
        It cannot be opened.
    """
    from gateway.keys import open_keys
    from gateway.settings import load
    from gateway.store import Store

    settings = load()
    store = Store.open(settings.database.url, open_keys(settings))
    try:
        yield settings, store
    finally:
        store.close()


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows: aligned for a terminal, tab-separated for a pipe."""
    if out.is_terminal:
        table = Table(*columns, box=None, pad_edge=False, header_style="bold")
        for row in rows:
            table.add_row(*("" if cell is None else str(cell) for cell in row))
        out.print(table)
    else:
        for row in (columns, *rows):
            print("\t".join("" if cell is None else str(cell) for cell in row))  # noqa: T201


def when(micros: int | None) -> str:
    """µs since 1970 as ISO 8601 UTC, to the second."""
    if micros is None:
        return ""
    return datetime.fromtimestamp(micros / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
