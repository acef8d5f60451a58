"""A site's `snapshots` setting in; tables out, in which what it does not send whole is no list."""

from __future__ import annotations

from dataclasses import replace

from mappings.language.outline import Snapshot, Structure
from mappings.language.tree import Map, TableError, Tables

NONE = "none"


def listed_whole(tables: Tables) -> set[str]:
    """Return the segments that some message lists as a whole."""
    return {_segment(one) for each in tables.structures.values() for one in each.snapshots}


def with_snapshots(tables: Tables) -> Tables:
    """Let the lists that a site does not send whole take nothing back.

    Raises
    ------
    TableError
        The setting names a segment of which there is no such list.
    """
    setting = tables.settings.get("snapshots")
    if setting is None:
        return tables
    known = listed_whole(tables)
    sent = set() if setting.value == NONE else set(setting.value.split())
    for segment in sorted(sent - known):
        why = f"no message lists {segment} as a whole: it is one of {', '.join(sorted(known))}"
        raise TableError(setting.where, why)
    partial = known - sent

    def structure(one: Structure) -> Structure:
        left = tuple(each for each in one.snapshots if _segment(each) not in partial)
        return replace(one, snapshots=left)

    def table(one: Map) -> Map:
        """Return a map that empties no list (NK1 those to be called) before it adds to it."""
        if one.source not in partial:
            return one
        return replace(one, erases=tuple(e for e in one.erases if e.path[-1].mark != ""))

    return replace(
        tables,
        structures={name: structure(one) for name, one in tables.structures.items()},
        maps={name: table(one) for name, one in tables.maps.items()},
    )


def _segment(snapshot: Snapshot) -> str:
    return snapshot.map.partition("[")[0]
