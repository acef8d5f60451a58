"""Tables in, tables that call what nothing calls out: so that its rows can be proven all the same.

A data type map that no row names, and a code table that no row uses, never take part in a
translation. They are told of; and a segment of the proof's own calls each, to show that it would
do what it says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from mappings.compiler.types import PRIMITIVES, Checker, Definitions
from mappings.language.tree import Map, Tables, Where
from mappings.proof.chains import Chains, hops
from mappings.proof.shapes import ANY

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_EXTENSION = "proof-value"
_HEAD = f"extensions\n  {_EXTENSION}  https://yiqiao.org/fhir/StructureDefinition/{_EXTENSION}\n"
_LABEL = "called"  # of the item that is built
_TEXT = "urn:example:q7"  # a text, and an address
_WHERE = Where("callers.map", 0, "proof")
_STRUCTURE = "\nmessage QQQ_Q01  QQQ^Q01\n  MSH    -\n  PID    Patient\n"


class _Block(NamedTuple):
    """A table: what it makes, the row that calls, and constants without which R4 refuses it."""

    target: str
    path: str
    how: str
    constants: tuple[str, ...] = ()


def uncalled(tables: Tables) -> tuple[list[str], list[str]]:
    """Return the data type maps that no row reaches, and the code tables that no row uses."""
    chains = Chains(tables)
    maps = [n for n, table in tables.maps.items() if not chains.entries(table)]
    used = {
        row.codes
        for name, table in tables.maps.items() if name not in maps
        for hop in hops(table) for row in hop.rows
    }  # fmt: skip
    codes = [n for n in tables.codes if n not in used and not n.startswith("concepts ")]
    return maps, codes


def never_called(tables: Tables) -> frozenset[str]:
    """Return the names of what `uncalled` returns, by their aliases too."""
    names = {name for group in uncalled(tables) for name in group}
    aliases = tables.names.get("aliases", {}).items()
    return frozenset(names | {alias for alias, meant in aliases if meant in names})


def text(tables: Tables, definitions: Definitions) -> str:
    """Return tables, as text, of segments that call what nothing calls; "" if there is nothing."""
    maps, codes = uncalled(tables)
    chains = Chains(tables)
    blocks: list[_Block] = []
    for name in maps:
        if name not in chains.callers:  # else what calls it is called
            blocks += _caller(tables.maps[name], definitions)
    wanted = "CWE[CodeableConcept]"
    for name in codes if wanted in tables.maps else ():
        blocks.append(_extended("CodeableConcept", f"{wanted}    codes {name}"))
    tables_, nodes = [], []
    for segment, (target, path, how, constants) in zip(_names(), blocks, strict=False):
        field = f"{segment}-1"
        rows = [f"{field}    {path}    {how}"]
        rows += [f"-    {said}    when {field} valued" for said in constants]
        tables_.append(f"\n{segment} -> {target}\n" + "".join(f"  {row}\n" for row in rows))
        nodes.append(f"  [{segment}]    {target}\n")
    return "".join([_HEAD, *tables_, _STRUCTURE, *nodes]) if nodes else ""


def _names() -> Iterator[str]:
    for first in _DIGITS:
        for second in _DIGITS:
            yield f"Q{first}{second}"


def _caller(table: Map, definitions: Definitions) -> Iterator[_Block]:
    """Yield a row that calls a map, where FHIR has room for it."""
    arguments = ", ".join("v3-RoleCode#MTH" for _ in table.parameters)
    how = f"{table.name}({arguments})" if arguments else table.name
    type_, _, inside = table.target.partition(".")
    given = {row.target[0].name for row in table.rows if row.target}
    checker = Checker(definitions)
    if table.target in definitions.resource_types:
        lacking = tuple(_needs(checker, type_, "", given))
        yield _Block(type_, ".", how, lacking) if lacking else _extended("Reference", how)
    elif inside:
        mark = f"[{_LABEL}]" if definitions.element(type_, inside).array else ""
        below = _needs(checker, table.target, f"{inside}{mark}.", given)
        beside = _needs(checker, type_, "", {inside})
        yield _Block(type_, f"{inside}{mark}", how, (*below, *beside))
    else:
        name = type_ if type_ not in PRIMITIVES else type_[0].upper() + type_[1:]
        if definitions.element("Extension", f"value{name}") is not None:
            path = f"extension[{_EXTENSION}].value{name}"
            simple = type_ in PRIMITIVES
            yield _extended(
                name, how, *([] if simple else _needs(checker, type_, f"{path}.", given))
            )


def _extended(name: str, how: str, *constants: str) -> _Block:
    """Return a resource of no meaning that has a value of a type."""
    path = f"extension[{_EXTENSION}].value{name}"
    return _Block("Basic", path, how, (f"code.text    = {ANY}", *constants))


def _needs(checker: Checker, target: str, prefix: str, given: Collection[str]) -> Iterator[str]:
    """Yield constants for what an object must have, and is not given."""
    type_, _, inside = target.partition(".")
    for names in checker.required(checker.start(target, _WHERE)):
        if not set(names).isdisjoint(given):
            continue
        name = names[-1]
        element = checker.definitions.element(type_, ".".join(filter(None, (inside, name))))
        path = f"{prefix}{name}" + f"[{_LABEL}]" * element.array
        if element.type == "BackboneElement":
            yield from _needs(checker, f"{target}.{name}", f"{path}.", ())
        elif element.type == "CodeableConcept":
            yield f"{path}.text    = {ANY}"
        else:
            yield f"{path}    = {min(element.binding or (_TEXT,), key=_by_need)}"


def _by_need(code: str) -> tuple[bool, str]:
    """Order codes: what is proposed needs least beside it (an appointment no time, app-3)."""
    return code != "proposed", code
