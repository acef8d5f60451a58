"""What a map erases in, checked; Python statements, and the words that the walker hands on, out.

An element is named by its path: ``period.end``. What repeats goes as a whole (``location[]``), of
extensions the one of a name; ``status=revoked`` where it has that value. Each becomes a word of
`Made.erase`.
"""

from __future__ import annotations

import json

from mappings.compiler.conditions import boolean
from mappings.compiler.reading import Reader
from mappings.compiler.types import Checker
from mappings.compiler.writer import Writer
from mappings.language.tree import Erase, Map, TableError, Tables


def word(erase: Erase, table: Map, tables: Tables, checker: Checker) -> str:
    """Return the word for an element that is erased.

    Raises
    ------
    TableError
        FHIR has no such element, or it is inside one that repeats, or is no code of that value.
    """
    *above, last = erase.path
    place = checker.start(table.target, erase.where)
    _, element = checker.resolve(place, erase.path, erase.where)
    if erase.value and erase.value not in (getattr(element, "binding", None) or ()):
        raise TableError(erase.where, f"{erase.value} is no code of {table.target}.{last.name}")
    if any(step.mark is not None for step in above):
        raise TableError(erase.where, "what is inside of something that repeats cannot be erased")
    if last.mark and not above and last.name == "extension":
        uri = tables.names.get("extensions", {}).get(last.mark)
        if uri is None:
            raise TableError(erase.where, f"no extension is called {last.mark}")
        return f"extension {uri}"
    if last.mark:
        raise TableError(erase.where, f"write {last.name}[]: all of it is erased")
    path = ".".join(step.name for step in erase.path)
    return f"{path} {json.dumps(erase.value)}" if erase.value else path


def write(table: Map, tables: Tables, checker: Checker, reader: Reader, out: Writer) -> None:
    """Write the statements that erase, one for each condition; raises as `word`."""
    together: dict[str, list[str]] = {}
    for erase in table.erases:
        condition = boolean(erase.when, reader, None) if erase.when is not None else "True"
        together.setdefault(condition, []).append(word(erase, table, tables, checker))
        if not reader.segment:
            raise TableError(erase.where, "only the map of a segment erases")
    for condition, words in together.items():
        out.line(f"if {condition}: erase(X, {table.target!r}, {tuple(words)!r})")
