"""The groups of a structure that are open: the name of the next segment in, its plan out.

A segment is taken by the innermost open group that names it; a group begins anew where a segment
arrives that can only begin it (an ORC or OBR after results, a second PID). A segment that the
structure lacks stands where it would in a message without a structure (``ANY``); where that lacks
it, too, it is a group of its own, so that the next of its name is another one. What is the
patient's, and due before the group that is open (a PV1 behind OBR), is read where it is due; that
group stays open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import dropwhile, pairwise

from mappings.runtime.plan import ANY, Compiled, Plan, leaves, needed
from mappings.runtime.state.context import Context
from mappings.runtime.walk.scopes import Scope, Slot

_NOTHING = Plan("", False, False, False, None, (), (), (), 0, (), ())


class Groups:
    """The open groups of one message; `scope` is the innermost."""

    def __init__(
        self, compiled: Compiled, root: Plan | None, context: Context, slots: list[Slot]
    ) -> None:
        self.root = root or _NOTHING
        self.scope = context.scope = Scope(None, self.root)
        self._compiled = compiled
        self._context = context
        self._slots = slots
        self._others: Plan | None = None  # what the structure lacks, if that was asked for
        self._aside: Scope | None = None  # where a segment stands that came late

    def place(self, name: str, detail: str = "") -> Plan | None:
        """Open and close groups on the way to a segment; None if no table knows it.

        Of groups that begin alike, the one is opened that needs the `detail` which follows.
        """
        if detail:
            both = f"{name} {detail}"
            known = self.root.paths
            if both in known or (detail not in known and both in self._lacking().paths):
                name = both
        scope: Scope | None = self.scope
        while scope is not None:
            path = scope.group.paths.get(name)
            if path is not None and (scope.group.repeats or not _full(scope, path[0])):
                break
            scope = scope.parent
        else:
            return self._beyond(name)
        if name in self.root.twice:
            scope, path = _around(scope, path, name)
        group, member = scope.group, path[0]
        late = scope is not self.scope and name != "PID" and _is_late(scope, path)
        if late and not _is_said(scope, path):
            return self._beside(scope, path)
        if group.repeats and scope.parent is not None and (late or _begins(scope, group, member)):
            scope = Scope(scope.parent, self._begun(group) if group.forgets else group)
        self._go(scope, path)
        if name == "PID" and "Patient" in self.scope.slots:
            # A second patient where the structure has one: what follows is of this one only.
            scope = Scope(None, self._begun(self.root))
            scope.slots = {s.mention.name: s for s in self._slots if s.mention.home == "message"}
            path = self.root.paths["PID"]
            self._go(scope, path)
        return path[-1]

    def _beside(self, outer: Scope, path: tuple[Plan, ...]) -> Plan:
        """Place what is late in the group it belongs to, and leave open what is open now."""
        opened = self.scope
        scope: Scope | None = opened
        while scope is not None:
            if scope is self._aside and scope.parent is not None:
                opened = scope.parent  # else each of many would stand within the one before it
            scope = scope.parent
        plan = path[-1]
        group, *below = dropwhile(lambda step: _is_brackets(step, plan), path)
        if not below:
            group, below = replace(_alone(group), repeats=False), [group]
        aside = self._aside = Scope(opened, self._begun(group))
        if not group.repeats:
            aside.slots = outer.slots
        self._go(aside, tuple(below))
        return plan

    def _beyond(self, name: str) -> Plan | None:
        """Place a segment that the structure lacks, or has no room for."""
        plan = self._compiled.segments.get(name.partition(" ")[0])
        if plan is None or name in self.root.paths:
            return plan
        group = self._lacking()
        if name not in group.paths:
            group = _alone(plan)
        path = group.paths[name]
        self._go(Scope(self.scope, group), path)
        return path[-1]

    def _lacking(self) -> Plan:
        """Return the group of a patient's segments, as far as the structure has none of them."""
        if self._others is not None:
            return self._others
        anything, known = self._compiled.structures.get(ANY, _NOTHING), self.root.paths
        group, *_ = anything.paths.get("PID", (_NOTHING,))
        lacking = {
            name: tuple(_unlike(step, known) for step in path)
            for name, path in group.paths.items()
            if name not in known and not any(needed(step) in known for step in path[:-1])
        }
        self._others = replace(group, repeats=False, paths=lacking)
        return self._others

    def _go(self, scope: Scope, path: tuple[Plan, ...]) -> None:
        """Open the groups on the way from a scope to a segment."""
        scope.seen[path[0].name] = None
        if len(path) > 1:
            for step, following in pairwise(path):
                scope = Scope(scope, self._begun(step) if step.forgets else step)
                scope.seen[following.name] = None
        self.scope = self._context.scope = scope

    def _begun(self, group: Plan) -> Plan:
        """Begin a group: what an instance before it said is not near any more."""
        for name in group.forgets:
            self._context.current.pop(name, None)
        return group


def _is_late(scope: Scope, path: tuple[Plan, ...]) -> bool:
    """Whether a segment is due before the group that is open, and begins nothing anew.

    So is EVN behind PID; of groups that repeat, what follows PID in the group that PID begins.
    """
    group, name = scope.group, path[-1].name
    if group.repeats and ("PID" not in group.paths or name in _openers(group)):
        return False
    members = [member.name for member in group.members]
    last = next(reversed(scope.seen), "")
    return last in members and members.index(path[0].name) < members.index(last)


def _is_brackets(group: Plan, plan: Plan) -> bool:
    """Whether a group only says that a segment, and others before it, may be left out."""
    return not (group.segment or group.repeats or group.members[0].name == plan.name)


def _openers(group: Plan) -> set[str]:
    """Return the segments that may begin an instance of a group."""
    return {next(leaves(member)).name for member in group.members[: group.anchor + 1]}


def _is_said(scope: Scope, path: tuple[Plan, ...]) -> bool:
    """Whether a group has what a segment makes already: a second visit is not that of the first."""
    made = (mention.name for mention in path[-1].mentions if not mention.adds)
    return not any(step.repeats for step in path) and any(name in scope.slots for name in made)


def _unlike(group: Plan, known: Mapping[str, object]) -> Plan:
    """Return a group that what the structure itself begins a group with does not begin anew."""
    if not group.members or group.members[0].name not in known:
        return group
    first = group.members[0].name
    return replace(group, paths={n: path for n, path in group.paths.items() if n != first})


def _alone(plan: Plan) -> Plan:
    """Return a group of one segment, which begins anew with each."""
    member = replace(plan, repeats=False)
    return replace(
        _NOTHING,
        name=f"{plan.name}…",
        repeats=True,
        members=(member,),
        paths={plan.name: (member,)},
    )


def _full(scope: Scope, member: Plan) -> bool:
    """Whether brackets have what they can take: another one begins the group around them anew."""
    return scope.parent is not None and member.name in scope.seen and not member.repeats


def _around(scope: Scope, path: tuple[Plan, ...], name: str) -> tuple[Scope, tuple[Plan, ...]]:
    """Return the group around a scope that such a segment began, if one did; else the scope's."""
    outer = scope.parent
    while outer is not None:
        wider = outer.group.paths.get(name)
        if wider is not None and outer.begun_by(wider[0]):
            return outer, wider
        outer = outer.parent
    return scope, path


def _begins(scope: Scope, group: Plan, member: Plan) -> bool:
    """Whether `member` can only stand in a new instance of its group."""
    if member.name in scope.seen:
        return not member.repeats
    if member.name == "ORC":  # stands before what it orders (`requests.orders_first`)
        return bool(scope.seen)
    anchor = group.members[group.anchor]
    return anchor.name in scope.seen and member in group.members[: group.anchor]
