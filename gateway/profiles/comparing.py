"""Two site profiles in; how their tables differ, and what that does to a feed's messages, out.

Rows are shown as they are written. Of messages, element paths are shown; values, which may be
patient content, only where they are asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import orjson

from adapters.charset import UndecodableError
from gateway.profiles.checking import plain
from gateway.profiles.feeds import Sample, decode_as
from gateway.profiles.survey import IDS
from gateway.translator import Translator
from mappings.dictionary import LAYERS, read
from mappings.language.nested import flat
from mappings.language.tree import Map, Row, Tables, Where
from mappings.runtime.types import JSON, Made


class Difference(NamedTuple):
    """One thing that two profiles do not say alike; a side is "" where it says nothing."""

    what: str
    before: str
    after: str


class Changed(NamedTuple):
    """One element that a message has with one profile only, or with another value."""

    message: int
    element: str
    before: str | None
    after: str | None


def differences(one: str | None, other: str | None) -> list[Difference]:
    """Return what two profiles (None: the tables without any) do not say alike.

    Raises
    ------
    TableError
        A profile cannot be read.
    """
    before, after = (_said(read(LAYERS, profile)) for profile in (one, other))
    return [
        Difference(what, before.get(what, ("", ""))[1], after.get(what, ("", ""))[1])
        for what in sorted({*before, *after})
        if before.get(what, ("",))[0] != after.get(what, ("",))[0]
    ]


def _said(tables: Tables) -> dict[str, tuple[Any, str]]:
    """Return everything tables say: its name, what is compared, and what is shown."""
    found: dict[str, tuple[Any, str]] = {}
    for name, setting in tables.settings.items():
        found[f"site {name}"] = setting.value, setting.value
    for kind, names in tables.names.items():
        found.update((f"{kind} {name}", (uri, uri)) for name, uri in names.items())
    for word, where in tables.ignored.items():
        found[f"ignore {word}"] = word, f"ignored ({where})"
    for key, table in tables.codes.items():
        head = key if key.startswith("concepts ") else f"codes {key}"
        for code in table.codes.values():
            shown = " ".join(
                filter(None, (code.target or "-", code.display and f'"{code.display}"'))
            )
            found[f"{head} {code.code}"] = plain(code), shown
    for name, structure in tables.structures.items():
        standard = structure.where.layer in LAYERS  # what a profile ignores in it, is told above
        said = structure.where if standard else plain(structure)
        found[f"message {name}"] = said, str(structure.where)
    for one in tables.maps.values():
        found.update(_of_map(one))
    return found


def _of_map(table: Map) -> Iterator[tuple[str, tuple[Any, str]]]:
    head = plain((table.parameters, table.home, table.replace, table.when, table.keys))
    yield table.name, (head, str(table.where))
    for word, _layer in table.ignored:
        yield f"{table.name} ignore {word}", (word, "ignored")
    rows: dict[str, list[Row]] = {}
    for row in table.rows:
        sources, target = "|".join(map(str, row.sources)), ".".join(map(str, row.target))
        rows.setdefault(f"{table.name} {sources} {target or '.'}", []).append(row)
    for what, found in rows.items():
        yield what, (tuple(map(plain, found)), ", ".join(str(_first(row)) for row in found))


def _first(row: Row) -> Where:
    return next(flat((row,))).where


def changed(
    feed: Iterable[Sample], one: str | None, other: str | None, source: str
) -> Iterator[Changed]:
    """Yield what each message of a feed becomes differently; an unreadable one is as nothing.

    Raises
    ------
    TableError
        A profile is wrong.
    """
    translator = Translator()
    for sample in feed:
        sides: list[list[Made]] = []
        for profile in (one, other):
            said = translator.dictionary(profile).settings.get("charset")
            try:
                text = decode_as(sample.octets, said.value if said else None).text
            except UndecodableError:
                sides.append([])
            else:
                result = translator.translate(text, IDS, source=source, profile=profile)
                sides.append(result.made)
        before, after = sides
        names = _paired(before, after)
        yield from _between(sample.number, _elements(before, names[0]), _elements(after, names[1]))


def _between(number: int, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Changed]:
    for element in dict.fromkeys((*before, *after)):
        old, new = before.get(element), after.get(element)
        if old != new:
            yield Changed(number, element, old, new)


def _paired(before: Sequence[Made], after: Sequence[Made]) -> tuple[dict[str, str], dict[str, str]]:
    """Give every resource a name that it has on both sides, though its id may differ.

    Those of one id are one; else the first of a type is the first of that type.
    """
    ids = [[_reference(made.resource) for made in side] for side in (before, after)]
    common = set(ids[0]) & set(ids[1])
    names: list[dict[str, str]] = [{}, {}]
    for side, found in zip(names, ids, strict=True):
        count: Counter[str] = Counter()
        for own in sorted(found, key=lambda reference: reference not in common):
            type_ = own.partition("/")[0]
            count[type_] += 1
            side[own] = type_ if count[type_] == 1 else f"{type_}[{count[type_]}]"
    for own in common:
        names[1][own] = names[0][own]
    return names[0], names[1]


def _reference(resource: JSON) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def _elements(side: Sequence[Made], names: dict[str, str]) -> dict[str, str]:
    """Return every leaf of what was made, by its path; a reference by the name of what it means."""
    found: dict[str, str] = {}
    for made in side:
        name = names[_reference(made.resource)]
        inner = {k: v for k, v in made.resource.items() if k not in {"id", "resourceType"}}
        for path, value in _leaves(name, inner):
            text = orjson.dumps(value, default=str).decode()
            found[path] = names.get(value, text) if isinstance(value, str) else text
    return found


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(f"{path}.{name}", inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves(f"{path}[{number}]" if number else path, inner)
    else:
        yield path, value
