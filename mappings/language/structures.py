"""Message structures and links: lines of ``message``, ``group``, ``links`` in, syntax trees out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

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
    read = (_node(line, nodes(inner, known, depth + 1)) for line, inner in below(block))
    return tuple(chain.from_iterable(_known(node, known) for node in read))


def group(head: Line, rows: list[Line], into: Tables) -> None:
    """Add a group that structures name: ``group VISIT``, and below it one segment or several.

    Raises
    ------
    TableError
        Its name could be a segment's, or its layer has it already; it has no segment, or one alone
        in brackets.
    """
    name = head.words[1]
    known = into.groups.get(name)
    if known and known.where.layer == head.where.layer:
        raise TableError(head.where, f"there is a group {name} already, in {known.where}")
    held = nodes(rows, into)
    alone = len(held) == 1 and (held[0].optional or held[0].repeats)
    if not _GROUP.fullmatch(name) or not held or alone:
        why = "write: group NAME, below it a segment without brackets, or several"
        raise TableError(head.where, why)
    into.groups[name] = Group(head.where, held)


def _known(node: Node, known: Tables) -> tuple[Node, ...]:
    """Return a node; of a group that has a table of its own, its segments; the first says more."""
    found = known.groups.get(node.name)
    if found is None:
        return (node,)
    known.asked.add(found.where)
    first, *others = found.nodes
    if others and (node.optional or node.repeats or node.children):
        why = f"{node.name} stands for several segments: without brackets, and nothing below it"
        raise TableError(node.where, why)
    whole = replace(
        node,
        name=first.name,
        resources=first.resources + node.resources,
        links=first.links + node.links,
        when=both(first.when, node.when),
        children=first.children + node.children,
    )
    return (whole, *others)


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
