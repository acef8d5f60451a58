"""Plans in, a group of them out: what begins it, and what its next instance must not read.

A row may read a segment of another name (``OBR-7`` in a map of OBX): the nearest one. What an
earlier instance of a group said is not near.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain

from mappings.compiler.reading import is_segment
from mappings.compiler.reads import keyed, tested, used
from mappings.language.nested import flat
from mappings.language.tree import Map
from mappings.runtime.plan import Plan, leaves, needed


def foreign(tables: Iterable[Map]) -> frozenset[str]:
    """Return the segments that maps of other segments read."""
    return frozenset(
        source.name
        for table in filter(is_segment, tables)
        for source in chain(
            (s for row in flat(table.rows) for s in row.sources),
            used(table),
            tested(table),
            keyed(table),
        )
        if source.field and source.name != table.source
    )


def grouped(plan: Plan, members: tuple[Plan, ...], foreign: frozenset[str]) -> Plan:
    """Return the group of some members; ``foreign`` are the segments that others read."""
    forgets = _named(members) & foreign if plan.repeats else ()
    return replace(
        plan,
        segment=False,
        members=members,
        anchor=_anchor(members),
        forgets=tuple(sorted(forgets)),
    )


def whole(members: tuple[Plan, ...], foreign: frozenset[str]) -> Plan:
    """Return a structure: a group that occurs once; only a second PID begins it anew."""
    first = next((n for n, m in enumerate(members) if "PID" in _named((m,))), len(members))
    forgets = tuple(sorted(_named(members[first:]) & foreign))
    twice = frozenset(name for member in members for name in _twice(member))
    return Plan("", False, False, False, None, (), (), members, _anchor(members), (), (),
                forgets=forgets, twice=twice)  # fmt: skip


def alike(members: tuple[Plan, ...]) -> tuple[Plan, ...]:
    """Return members, of which groups that begin alike are told apart by what else only they have.

    An order (ORC) of a drug is one that an RXO follows: its group is reached as ``ORC RXO``. What
    nothing tells apart is of the group that needs nothing else, or else of the first.
    """
    first = [member.members[0].name if member.members else "" for member in members]
    kin: dict[str, list[Plan]] = {}
    for member, name in zip(members, first, strict=True):
        kin.setdefault(name, []).append(member)
    return tuple(
        _apart(member, name, kin[name]) if name and len(kin[name]) > 1 else member
        for member, name in zip(members, first, strict=True)
    )


def _apart(group: Plan, first: str, kin: list[Plan]) -> Plan:
    own = needed(group)
    if own == first:
        return group
    others = (_named(other.members) for other in kin if other is not group)
    names = {own} | _named(group.members).difference(*others)
    plain = group is kin[0] and all(needed(other) != first for other in kin)
    paths = {f"{first} {name}": group.paths[first] for name in sorted(names)}
    rest = {name: path for name, path in group.paths.items() if plain or name != first}
    return replace(group, paths={**paths, **rest})


def _twice(group: Plan) -> Iterator[str]:
    """Yield the segments that may begin an instance of a group, and stand further below, too."""
    for number, member in enumerate(group.members[: group.anchor] if group.repeats else ()):
        first = next(leaves(member)).name
        if first in _named(group.members[number + 1 :]):
            yield first
    for member in group.members:
        yield from _twice(member)


def _named(members: Iterable[Plan]) -> set[str]:
    return {leaf.name for member in members for leaf in leaves(member)}


def _anchor(members: tuple[Plan, ...]) -> int:
    return next((i for i, m in enumerate(members) if not m.optional), 0)
