"""``snapshot`` lines of message structures in, checked; what the runtime must know of them, out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from mappings.language.tree import Condition, Node, Snapshot, Structure, TableError, Tables, Where

When = Callable[[Any, list[str]], bool]
_Writer = Callable[[Condition | None, str, Where], When | None]  # what compiles a condition


class Listed(NamedTuple):
    """Segments of a message that are a whole list: of the patient, or of a resource (`of`)."""

    segment: str
    type: str
    of: str
    when: When | None


def listed(structure: Structure, tables: Tables, when: _Writer) -> tuple[Listed, ...]:
    """Return what a structure says of lists; `when` compiles the conditions.

    Raises
    ------
    TableError
        There is no such map of a segment of the structure, or nothing the list could be of.
    """
    return tuple(_listed(one, structure, tables, when) for one in structure.snapshots)


def _listed(
    snapshot: Snapshot,
    structure: Structure,
    tables: Tables,
    when: _Writer,
) -> Listed:
    table = tables.maps.get(snapshot.map)
    made = {name.lstrip("+") for node in _nodes(structure.nodes) for name in node.resources}
    if table is None or not any(node.name == table.source for node in _nodes(structure.nodes)):
        raise TableError(snapshot.where, f"{structure.name} has no segment of a map {snapshot.map}")
    if snapshot.of and snapshot.of not in made:
        raise TableError(snapshot.where, f"{structure.name} makes no {snapshot.of}")
    condition = when(snapshot.when, table.source, snapshot.where)
    return Listed(table.source, table.target, snapshot.of, condition)


def _nodes(nodes: tuple[Node, ...]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _nodes(node.children)
