"""What commands share: consoles, opening the store, tables of rows, failing with one line."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from gateway.settings import Settings
    from gateway.store import Store

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # all but tabs and line ends


def visible(text: str) -> str:
    """Write control characters as escapes: what a sender wrote must not steer a terminal."""
    return _CONTROL.sub(lambda one: f"\\x{ord(one[0]):02x}", text)


class _Plain(Console):
    """Prints text as it stands: brackets and colons of a message are no markup."""

    def __init__(self, *, stderr: bool = False, width: int | None = None) -> None:
        super().__init__(
            stderr=stderr, width=width, highlight=False, soft_wrap=True, markup=False, emoji=False
        )

    def render_str(self, text: str, **how: Any) -> Text:
        """Make a text of a string; a pipe gets the string as it is."""
        return super().render_str(visible(text) if self.is_terminal else text, **how)


out = _Plain(width=10_000)  # the terminal folds what is wider than it; no table is cut off
err = _Plain(stderr=True)

_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")


def fail(message: str, *, code: int = 1) -> NoReturn:
    """Say why on standard error, and exit."""
    err.print(f"yiqiao: {message}", style="red")
    sys.exit(code)


def reason(fault: Exception) -> tuple[str, int] | None:
    """Why something cannot be used, and the exit code; None for a fault of the program's own.

    2 where a setting, a table or a file cannot be used, 1 for the store, its keys, the network.
    """
    from sqlalchemy.exc import DBAPIError

    from adapters.charset import UndecodableError
    from gateway.keys import KeysError
    from gateway.profiles.feeds import FeedError
    from gateway.settings import BadSettingError
    from gateway.store import StoreError
    from mappings.language.tree import TableError

    if isinstance(fault, BadSettingError | TableError):
        return str(fault), 2
    if isinstance(fault, DBAPIError):
        said = str(fault.orig).strip().partition("\n")[0]
        return f"the database cannot be used: {said}", 1
    if isinstance(fault, OSError) and isinstance(fault.filename, str) and fault.strerror:
        return f"{fault.filename}: {fault.strerror}", 2
    if isinstance(fault, FeedError | StoreError | KeysError | UndecodableError | OSError):
        return str(fault), 1
    return None


def write_any_text(*streams: TextIO) -> None:
    """Have streams take any text, whatever the locale is: names are of many scripts.

    A terminal keeps its character set, and is shown escapes of what that lacks; a file or pipe
    gets UTF-8, as profiles and FHIR are.
    """
    for stream in streams:
        if isinstance(stream, TextIOWrapper):
            encoding = None if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


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
            cells = ("" if cell is None else str(cell) for cell in row)
            print("\t".join(visible(re.sub(r"\s", " ", cell)) for cell in cells))  # noqa: T201


def when(micros: int | None) -> str:
    """µs since 1970 as ISO 8601 UTC, to the second."""
    if micros is None:
        return ""
    return datetime.fromtimestamp(micros / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
