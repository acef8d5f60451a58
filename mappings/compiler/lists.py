"""``snapshot`` lines of message structures in, checked; what the runtime must know of them, out.

A field that repeats is a list, too: in a message that gives the segment whole, its repetitions are
all there are (HL7 v2.5.1, 2.10.4). That counts for how somebody is called, found and reached; a
number that somebody gave out is not taken back by leaving it out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from mappings.compiler.types import Checker
from mappings.language.nested import nodes_of
from mappings.language.outline import Snapshot, Structure
from mappings.language.tree import Condition, TableError, Tables, Where
from mappings.runtime.plan import Listed, When

#: By field: what it fills, as `mappings.compiler.nulls` has it
Words = Mapping[int, tuple[str, ...]]
_Writer = Callable[[Condition | None, str, Where], When | None]  # what compiles a condition
_WHOLE = frozenset({"Address", "ContactPoint", "HumanName"})


def listed(
    structure: Structure,
    tables: Tables,
    when: _Writer,
    fills: Callable[[str], Words],
    checker: Checker,
) -> tuple[Listed, ...]:
    """Return what a structure says of lists.

    Parameters
    ----------
    when : callable
        Compiles a condition.
    fills : callable
        Name of a map → what its fields fill.

    Raises
    ------
    TableError
        There is no such map of a segment of the structure, or nothing the list could be of.
    """
    found = []
    for one in structure.snapshots:
        line = _listed(one, structure, tables, when)
        found.append(line._replace(repeats=tuple(_repeating(line.type, fills(one.map), checker))))
    return tuple(found)


def _repeating(type_: str, fills: Words, checker: Checker) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the fields that are lists of names, addresses or numbers to call."""
    elements = checker.definitions.elements(type_)
    for field, words in fills.items():
        names = {word.partition(" ")[0] for word in words}
        if all(name in elements and elements[name].type in _WHOLE for name in names):
            yield field, words


def _listed(snapshot: Snapshot, structure: Structure, tables: Tables, when: _Writer) -> Listed:
    table = tables.maps.get(snapshot.map)
    made = {name.lstrip("+") for node in nodes_of(structure.nodes) for name in node.resources}
    if table is None or not any(node.name == table.source for node in nodes_of(structure.nodes)):
        raise TableError(snapshot.where, f"{structure.name} has no segment of a map {snapshot.map}")
    if snapshot.of and snapshot.of not in made:
        raise TableError(snapshot.where, f"{structure.name} makes no {snapshot.of}")
    condition = when(snapshot.when, table.source, snapshot.where)
    return Listed(table.source, table.target, snapshot.of, condition)
