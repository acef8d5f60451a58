"""Things under other ids: what a message says, or JSON that names them, in; the same out."""

from __future__ import annotations

from typing import Any

from gateway.ingest.pipeline import Said
from mappings.translate import Made

JSON = dict[str, Any]
_NAMING = frozenset({"reference", "url"})  # elements that name another resource


def renamed(made: Made, names: dict[str, str]) -> Made:
    """Return a resource under its other id, and what refers to one accordingly."""
    resource: JSON = referring(made.resource, names)
    name = names.get(f"{resource['resourceType']}/{resource['id']}")
    if name is not None:
        resource = {**resource, "id": name.partition("/")[2]}
    return made._replace(resource=resource)


def under(said: Said, ids: dict[tuple[str, str], str]) -> Said:
    """Return what a message says, with some things under other ids."""
    names = {f"{type_}/{old}": f"{type_}/{new}" for (type_, old), new in ids.items()}
    plain = {old: new for (_, old), new in ids.items()}
    return said._replace(
        made=[renamed(one, names) for one in said.made],
        moves=[(type_, plain.get(old, old), plain.get(new, new)) for type_, old, new in said.moves],
        lists=[
            one._replace(
                of=plain.get(one.of, one.of), ids=tuple(plain.get(id_, id_) for id_ in one.ids)
            )
            for one in said.lists
        ],
    )


def referring(node: Any, names: dict[str, str]) -> Any:
    """Return JSON with references changed; parts may be shared, so nothing is changed in place."""
    if isinstance(node, list):
        return [referring(each, names) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        name: names.get(each, each)
        if name in _NAMING and isinstance(each, str)
        else referring(each, names)
        for name, each in node.items()
    }
