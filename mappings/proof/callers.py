"""Tables in, tables that call what nothing calls out: so that its rows can be proven all the same.

A data type map that no row names, and a code table that no row uses, never take part in a
translation. They are told of; and a segment of the proof's own calls each, to show that it would
do what it says.
"""

from __future__ import annotations

from collections.abc import Iterator

from mappings.compiler.types import PRIMITIVES, Definitions
from mappings.language.tree import Map, Tables
from mappings.proof.chains import Chains, hops

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_EXTENSION = "proof-value"
_HEAD = f"extensions\n  {_EXTENSION}  https://yiqiao.org/fhir/StructureDefinition/{_EXTENSION}\n"
_STRUCTURE = "\nmessage QQQ_Q01  QQQ^Q01\n  MSH    -\n  PID    Patient\n"


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
    blocks: list[tuple[str, str, str]] = []
    for name in maps:
        if name not in chains.callers:  # else what calls it is called
            blocks += _caller(tables.maps[name], definitions)
    wanted = "CWE[CodeableConcept]"
    for name in codes if wanted in tables.maps else ():
        blocks.append(
            ("Basic", f"extension[{_EXTENSION}].valueCodeableConcept", f"{wanted}    codes {name}")
        )
    tables_, nodes = [], []
    for segment, (target, path, how) in zip(_names(), blocks, strict=False):
        tables_.append(f"\n{segment} -> {target}\n  {segment}-1    {path}    {how}\n")
        nodes.append(f"  [{segment}]    {target}\n")
    return "".join([_HEAD, *tables_, _STRUCTURE, *nodes]) if nodes else ""


def _names() -> Iterator[str]:
    for first in _DIGITS:
        for second in _DIGITS:
            yield f"Q{first}{second}"


def _caller(table: Map, definitions: Definitions) -> Iterator[tuple[str, str, str]]:
    """Yield target, path and conversion of a row that calls a map, where FHIR has room for it."""
    arguments = ", ".join("v3-RoleCode#MTH" for _ in table.parameters)
    how = f"{table.name}({arguments})" if arguments else table.name
    type_, _, inside = table.target.partition(".")
    if table.target in definitions.resource_types:
        yield "Basic", f"extension[{_EXTENSION}].valueReference", how
    elif inside:
        element = definitions.element(type_, inside)
        yield type_, inside + "[]" * element.array, how
    else:
        name = type_ if type_ not in PRIMITIVES else type_[0].upper() + type_[1:]
        if definitions.element("Extension", f"value{name}") is not None:
            yield "Basic", f"extension[{_EXTENSION}].value{name}", how
