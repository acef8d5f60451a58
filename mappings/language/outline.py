"""Message structures as the parser yields them: segments and groups, and what they make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from mappings.language.tree import Condition, Step, Where


class Link(NamedTuple):
    """``DiagnosticReport.result[] <- Observation``."""

    where: Where
    holder: str
    path: tuple[Step, ...]
    target: str


@dataclass(frozen=True, slots=True)
class Node:
    """A segment or group of a message structure, written as HL7 writes it: ``[{OBX}]``."""

    where: Where
    name: str
    optional: bool
    repeats: bool
    resources: tuple[str, ...] = ()  # "Encounter" is made here, "+Encounter" added to
    links: tuple[Link, ...] = ()
    when: Condition | None = None
    children: tuple[Node, ...] = ()


class Snapshot(NamedTuple):
    """``snapshot DG1[Condition]  of Encounter  when …``: a map whose segments are a whole list."""

    where: Where
    map: str
    of: str = ""
    when: Condition | None = None


class Group(NamedTuple):
    """Segments that message structures name together: ``group VISIT``."""

    where: Where
    nodes: tuple[Node, ...]  # one, and what is below it; or several, as they stand side by side


@dataclass(frozen=True, slots=True)
class Structure:
    """A message structure ``message ORU_R01`` and the events that use it."""

    where: Where
    name: str
    events: tuple[str, ...]
    nodes: tuple[Node, ...]
    snapshots: tuple[Snapshot, ...] = ()
