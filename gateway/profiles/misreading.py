"""A site profile in; where it most likely reads what no message has, or reads it amiss, out.

A condition that never holds leaves an element out of every message, and what is called otherwise
than the standard calls it changes every message, in silence.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.definitions import definitions
from gateway.profiles.remarks import Remark
from gateway.profiles.slips import nodes
from mappings.hl7v2.lines import TYPES
from mappings.hl7v2.segments import STANDARD
from mappings.language.names import NAME_LISTS
from mappings.language.nested import flat
from mappings.language.tree import Combined, Condition, Map, Source, Tables, Test, Where
from mappings.language.ucum import is_ucum

#: HL7's tables of what a message is: its code, its event
_KINDS = {
    Source("MSH", 9, 1): "http://terminology.hl7.org/CodeSystem/v2-0076",
    Source("MSH", 9, 2): "http://terminology.hl7.org/CodeSystem/v2-0003",
}
_RESULT_TYPE, _OTHERWISE = Source("OBX", 2), "otherwise"
#: Data types whose first component does not stand for the whole
_COMPOSED = frozenset({"PL", "XAD", "XCN", "XPN", "XTN"})


def misreadings(file: str, base: Tables, whole: Tables) -> Iterator[Remark]:
    """Yield what no message has, and what is said otherwise than below the profile.

    Parameters
    ----------
    file
        The profile's.
    base, whole
        The tables below it, and with it.
    """
    for table in whole.maps.values():
        for where, condition in _conditions(table):
            if where.file == file:
                yield from _unheard(where, condition, whole)
        yield from _untaken(file, table, base)
        yield from _untyped(file, table)
    yield from _left_out(file, base, whole)
    for kind in NAME_LISTS:
        yield from _otherwise(file, kind, base, whole)


def _conditions(table: Map) -> Iterator[tuple[Where, Condition]]:
    """Yield the conditions of a map, each where it stands."""
    parts = [(table.where, table.when), *((row.where, row.when) for row in flat(table.rows))]
    parts += [(each.where, each.when) for each in (*table.keys, *table.erases)]
    yield from ((where, condition) for where, condition in parts if condition is not None)


def _tests(condition: Condition) -> Iterator[Test]:
    if isinstance(condition, Combined):
        for part in condition.parts:
            yield from _tests(part)
    else:
        yield condition


def _unheard(where: Where, condition: Condition, whole: Tables) -> Iterator[Remark]:
    """Yield segments, codes of messages and events of a condition that HL7 does not have."""
    events = {event for one in whole.structures.values() for event in one.events}
    for test in _tests(condition):
        name = test.source.name
        if test.source.field and not (name in STANDARD or name.startswith("Z")):
            yield Remark(where, f"asks for {test.source}: HL7 has no segment {name}")
        known = definitions().code_system(_KINDS.get(test.source, "")) or {}
        for value in test.values if known else ():
            said = any(value in event.split("^") for event in events)
            if value not in known and not said and not value.startswith("Z"):
                yield Remark(where, f"asks whether {test.source} is {value}: HL7 has none of it")


def _untaken(file: str, table: Map, base: Tables) -> Iterator[Remark]:
    """Yield rows that read a name, an address or a place as if it were one text."""
    types: dict[Source, set[str]] = {}
    for known in base.maps.values():
        for row in flat(known.rows):
            for source in row.sources:
                types.setdefault(source, set()).add(row.convert.partition("[")[0])
    for row in flat(table.rows):
        plain = not (row.convert or row.codes or row.table or row.literal or row.rows or row.by)
        for source in row.sources if plain and row.where.file == file else ():
            composed = types.get(source, set())
            if composed and composed <= _COMPOSED and not source.component:
                type_ = min(composed)
                text = f"{source} has parts: write the one you mean ({source}.1), or {type_}[…]"
                yield Remark(row.where, text)


def _untyped(file: str, table: Map) -> Iterator[Remark]:
    """Yield cases of a result's type that is none."""
    for row in flat(table.rows):
        for inner in row.rows if row.by == _RESULT_TYPE else ():
            for type_ in {*inner.cases} - TYPES - {_OTHERWISE}:
                if inner.where.file == file:
                    yield Remark(inner.where, f"asks whether OBX-2 is {type_}: no such data type")


def _left_out(file: str, base: Tables, whole: Tables) -> Iterator[Remark]:
    """Yield message structures that lack segments which they have below the profile."""
    for name, structure in whole.structures.items():
        if structure.where.file != file or name not in base.structures:
            continue
        here = {node.name for node in nodes(structure.nodes)}
        there = {node.name for node in nodes(base.structures[name].nodes)}
        if lost := ", ".join(sorted((there - here) & STANDARD)):
            yield Remark(structure.where, f"takes the place of all of {name}, and lacks {lost}")


def _otherwise(file: str, kind: str, base: Tables, whole: Tables) -> Iterator[Remark]:
    """Yield names that mean something else below the profile, and units that are UCUM's own."""
    before = base.names.get(kind, {})
    for name, meant in whole.names.get(kind, {}).items():
        where = whole.named[kind, name]
        if where.file != file or before.get(name) == meant:
            continue
        if name in before:
            text = f"{name} means {before[name]} without this row ({base.named[kind, name]})"
            yield Remark(where, text)
        elif kind == "units" and name != meant and is_ucum(name):
            yield Remark(where, f"{name} is a UCUM code, and becomes another unit: {meant}")
        elif kind == "units" and _cased_otherwise(meant, before.get(meant, meant)):
            text = (
                f"{meant} means {before[meant]} where senders write it"
                f" ({base.named[kind, meant]}); in UCUM it is another unit"
            )
            yield Remark(where, text)


def _cased_otherwise(unit: str, other: str) -> bool:
    """Tell whether two codes differ in nothing but small and large letters; l and L are one."""
    return unit.lower() == other.lower() and unit.replace("l", "L") != other.replace("l", "L")
