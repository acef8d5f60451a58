"""Message structures and links: lines of ``message``, ``group``, ``links`` in, syntax trees out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from mappings.language.conditions import condition
from mappings.language.lexer import Line, below
from mappings.language.moved import both
from mappings.language.outline import Group, Link, Node, Snapshot
from mappings.language.sources import target
from mappings.language.tree import TableError, Tables, Where

_NODE = re.compile(r"(\[?)(\{?)([A-Z][A-Z0-9_]*)(\}?)(\]?)")
_GROUP = re.compile(r"[A-Z][A-Z0-9_]{3,}")  # no segment has so long a name
_CLOSING = str.maketrans("[{", "]}")
_MOST = 12  # groups within one another


def nodes(block: list[Line], known: Tables, depth: int = 0) -> tuple[Node, ...]:
    """Read the segments and groups of a structure, written as HL7 writes them.

    Raises
    ------
    TableError
        A line that is no segment or group.
    """
    if depth > _MOST:
        raise TableError(block[0].where, "too many groups, one within the other")
    return tuple(_known(_node(line, nodes(inner, known, depth + 1)), known)
                 for line, inner in below(block))  # fmt: skip


def group(head: Line, rows: list[Line], into: Tables) -> None:
    """Add a group that structures name: ``group VISIT``, and below it a segment and what follows.

    Raises
    ------
    TableError
        Its name could be a segment's, or its layer has it already; it begins with no one segment.
    """
    name = head.words[1]
    known = into.groups.get(name)
    if known and known.where.layer == head.where.layer:
        raise TableError(head.where, f"there is a group {name} already, in {known.where}")
    first = nodes(rows, into)
    if not _GROUP.fullmatch(name) or len(first) != 1 or first[0].optional or first[0].repeats:
        why = "write: group NAME, below it one segment without brackets, below that what follows it"
        raise TableError(head.where, why)
    into.groups[name] = Group(head.where, first[0])


def _known(node: Node, known: Tables) -> Node:
    """Return a node; of a group that has a table of its own, what that says before its own."""
    found = known.groups.get(node.name)
    if found is None:
        return node
    known.asked.add(found.where)
    first = found.node
    return replace(
        node,
        name=first.name,
        resources=first.resources + node.resources,
        links=first.links + node.links,
        when=both(first.when, node.when),
        children=first.children + node.children,
    )


def _node(line: Line, children: tuple[Node, ...]) -> Node:
    words, where = list(line.words), line.where
    match = _NODE.fullmatch(words.pop(0))
    if match is None or (match[1] + match[2]).translate(_CLOSING) != match[5] + match[4]:
        raise TableError(where, "write a segment or group as HL7 does: PID, [PD1], {OBX}, [{NTE}]")
    when = None
    if "when" in words:
        cut = words.index("when")
        when = condition(words[cut + 1 :], where)
        words = words[:cut]
    resources, links = [], []
    text = " ".join(words)
    for part in filter(None, (p.strip() for p in text.split(","))):
        if "<-" in part:
            links.append(link(part.split(), where))
        else:
            resources.append(part)
    return Node(
        where,
        match[3],
        bool(match[1]),
        bool(match[2]),
        tuple(resources),
        tuple(links),
        when,
        children,
    )


def snapshots(line: Line) -> Iterator[Snapshot]:
    """Read ``snapshot DG1[Condition] IN1[Coverage]  of Encounter  when MSH-9.2 is A08``.

    Raises
    ------
    TableError
        It names no map.
    """
    words, when, of = list(line.words[1:]), None, ""
    if "when" in words:
        cut = words.index("when")
        when = condition(words[cut + 1 :], line.where)
        words = words[:cut]
    if words[-2:-1] == ["of"]:
        of = words[-1]
        words = words[:-2]
    if not words:
        raise TableError(line.where, "write: snapshot DG1[Condition] … of Encounter when CONDITION")
    for word in words:
        yield Snapshot(line.where, word, of, when)


def link(words: list[str], where: Where) -> Link:
    """Read ``Holder.path <- Resource``.

    Raises
    ------
    TableError
        The words are none.
    """
    if len(words) != 3 or words[1] != "<-":
        raise TableError(where, "write: Holder.path <- Resource")
    holder, _, path = words[0].partition(".")
    return Link(where, holder, target(path, where), words[2])
