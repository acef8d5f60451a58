"""Message structures and links: lines of ``message`` and ``links`` tables in, syntax trees out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mappings.language.conditions import condition
from mappings.language.lexer import Line, below
from mappings.language.sources import target
from mappings.language.tree import Link, Node, Snapshot, TableError, Where

_NODE = re.compile(r"(\[?)(\{?)([A-Z][A-Z0-9_]*)(\}?)(\]?)")
_MOST = 12  # groups within one another


def nodes(block: list[Line], depth: int = 0) -> tuple[Node, ...]:
    """Read the segments and groups of a structure, written as HL7 writes them.

    Raises
    ------
    TableError
        A line that is no segment or group.
    """
    if depth > _MOST:
        raise TableError(block[0].where, "too many groups, one within the other")
    return tuple(_node(line, nodes(inner, depth + 1)) for line, inner in below(block))


def _node(line: Line, children: tuple[Node, ...]) -> Node:
    words, where = list(line.words), line.where
    match = _NODE.fullmatch(words.pop(0))
    if match is None:
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
