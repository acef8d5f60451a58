"""Tables in; tables out, in which a condition on a system's names has all of them.

``CWE.3 names ICD10-CN`` asks whether a sender's word is one of the names, or the object identifier,
that ``systems`` has for what is called ICD10-CN there: a later layer's names among them.
"""

from __future__ import annotations

from dataclasses import replace

from mappings.language.outline import Node, Structure
from mappings.language.tree import Combined, Condition, Map, Row, TableError, Tables, Where


def with_names(tables: Tables) -> Tables:
    """Write ``names A`` as ``in (…)``, everywhere.

    Raises
    ------
    TableError
        No system is called that.
    """
    systems = tables.names.get("systems", {})

    def asked(when: Condition | None, where: Where) -> Condition | None:
        if isinstance(when, Combined):
            parts = (asked(each, where) for each in when.parts)
            return when._replace(parts=tuple(part for part in parts if part is not None))
        if when is None or when.kind != "names":
            return when
        for name in when.values:
            if name not in systems:
                raise TableError(where, f"no system is called {name!r}: add it to systems")
        return when._replace(kind="in", values=_names(systems, when.values))

    def row(one: Row) -> Row:
        return replace(one, when=asked(one.when, one.where), rows=tuple(map(row, one.rows)))

    def table(one: Map) -> Map:
        return replace(
            one,
            when=asked(one.when, one.where),
            rows=tuple(map(row, one.rows)),
            keys=tuple(replace(key, when=asked(key.when, key.where)) for key in one.keys),
            erases=tuple(
                erase._replace(when=asked(erase.when, erase.where)) for erase in one.erases
            ),
        )

    def node(one: Node) -> Node:
        return replace(
            one, when=asked(one.when, one.where), children=tuple(map(node, one.children))
        )

    def structure(one: Structure) -> Structure:
        lists = tuple(each._replace(when=asked(each.when, each.where)) for each in one.snapshots)
        return replace(one, nodes=tuple(map(node, one.nodes)), snapshots=lists)

    return replace(
        tables,
        maps={name: table(one) for name, one in tables.maps.items()},
        structures={name: structure(one) for name, one in tables.structures.items()},
    )


def _names(systems: dict[str, str], wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Return all that means one of these systems: names, and their addresses."""
    addresses = [systems[name] for name in wanted]
    known = [name for name, address in systems.items() if address in addresses]
    oids = [address.removeprefix("urn:oid:") for address in addresses]
    return tuple(dict.fromkeys([*known, *addresses, *oids]))
