"""Resources under construction, and the groups they are made in: who is near whom.

A segment speaks of the resources of its own group, or else of the groups around it.
"""

from __future__ import annotations

from mappings.runtime.plan import Mention, Plan, Tie
from mappings.runtime.state.elements import called
from mappings.runtime.types import JSON, Common, Parent


class Slot:
    """A resource under construction.

    Attributes
    ----------
    tied
        By element: the ids of what it refers to.
    first
        The id of the first one of its key, if it is another one.
    parent
        The result that it belongs to, which is not in the message.
    at
        What began it; if it may lack something, all its segments.
    promised
        Whether a row let another resource refer to it.
    """

    __slots__ = (
        "at", "begins", "compartment", "erased", "first", "id", "key", "key_text", "links",
        "mention", "parent", "promised", "reference", "resource", "scope", "shared", "tied", "weak",
    )  # fmt: skip

    def __init__(self, mention: Mention, scope: Scope, compartment: str, number: int) -> None:
        self.mention = mention
        self.scope = scope
        self.resource: JSON = {"resourceType": mention.type}
        self.compartment = compartment
        self.weak: set[str] = set()
        self.reference: JSON = {"reference": number}  # until there is an id
        self.key: tuple[str, ...] | None = None
        self.key_text = self.id = self.first = ""
        self.erased: tuple[str, ...] = ()
        self.links: tuple[Tie, ...] = ()
        self.tied: dict[str, set[str]] | None = None
        self.shared: Common | None = None
        self.parent: Parent | None = None
        self.at: tuple[tuple[str, int], ...] = ()
        self.promised = self.begins = False

    def tie(self, tie: Tie, target: Slot) -> None:
        """Let an element refer to another resource, once."""
        holder, name = self.resource, tie.name
        for outer in tie.above:
            if outer not in holder and not tie.makes:
                return
            holder = holder.setdefault(outer, {})
        if not tie.repeats:
            if name not in holder:
                holder[name] = target.reference
            return
        if self.tied is None:
            self.tied = {}
        tied = self.tied.setdefault(name, set())
        if target.id not in tied:
            tied.add(target.id)
            holder.setdefault(name, []).append(target.reference)


class Scope:
    """The resources of one group instance; looks outward for others."""

    __slots__ = ("group", "known", "parent", "seen", "slots")

    def __init__(self, parent: Scope | None, group: Plan) -> None:
        self.parent = parent
        self.group = group
        # A group that cannot repeat is only brackets: what it holds belongs to the one around it.
        self.slots: dict[str, Slot] = parent.slots if parent and not group.repeats else {}
        self.seen: dict[str, None] = {}  # members, the one that began it first
        self.known: dict[str, Slot | None] | None = None

    def begun_by(self, member: Plan) -> bool:
        """Whether a member began this instance of a group that repeats."""
        return self.group.repeats and next(iter(self.seen), "") == member.name

    def find(self, name: str) -> Slot | None:
        """Return the nearest resource of that name."""
        scope: Scope | None = self
        while scope is not None:
            slot = scope.slots.get(name)
            if slot is not None:
                return slot
            scope = scope.parent
        return None

    def near(self, name: str) -> Slot | None:
        """`find`, when all resources are there: what groups around this one have is remembered."""
        slot, parent = self.slots.get(name), self.parent
        if slot is not None or parent is None:
            return slot
        known = parent.known
        if known is None:
            known = parent.known = {}
        if name not in known:
            known[name] = parent.near(name)
        return known[name]

    def farthest(self, name: str) -> Slot | None:
        """Return the resource of that name that is of the outermost group."""
        found: Slot | None = None
        scope: Scope | None = self
        while scope is not None:
            found = scope.slots.get(name) or found
            scope = scope.parent
        return found

    def around(self) -> Scope:
        """Return the group around this one: a resource finds others of its own type there."""
        return self.parent or Scope(None, self.group)

    def reference(self, name: str) -> JSON | None:
        """Return a reference to the nearest resource of that name, to be completed at the end."""
        slot = self.find(name)
        if slot is None:
            return None
        slot.promised = True
        if slot.mention.home == "directory" and (display := called(slot.resource)):
            slot.reference["display"] = display
        return slot.reference

    def key_of(self, name: str) -> str:
        """Return the key of the nearest resource of that name, for keys built on it; "" if none."""
        slot = self.find(name)
        if slot is None or not slot.key:
            return ""
        if not slot.key_text:
            slot.key_text = "|".join(slot.key)
        return slot.key_text
