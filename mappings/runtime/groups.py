"""The groups of a structure that are open: the name of the next segment in, its plan out.

A segment is taken by the innermost open group that names it; a group begins anew where a segment
arrives that can only begin it (an ORC or OBR after results, a second PID). A segment that the
structure lacks stands where it would in a message without a structure (``ANY``); where that lacks
it, too, it is a group of its own, so that the next of its name is another one.
"""

from __future__ import annotations

from itertools import pairwise

from mappings.compiler.build import ANY, Compiled, Plan
from mappings.runtime.context import Context
from mappings.runtime.scopes import Scope, Slot

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

    def place(self, name: str, detail: str = "") -> Plan | None:
        """Open and close groups on the way to a segment; None if no table knows it.

        Of groups that begin alike, the one is opened that needs the `detail` which follows.
        """
        if detail and f"{name} {detail}" in self.root.paths:
            name = f"{name} {detail}"
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
        if scope is not self.scope and name != "PID" and _is_late(scope, path):
            return path[-1]
        if group.repeats and scope.parent is not None and _begins(scope, group, member):
            scope = Scope(scope.parent, self._begun(group) if group.forgets else group)
        self._go(scope, path)
        if name == "PID" and "Patient" in self.scope.slots:
            # A second patient where the structure has one: what follows is of this one only.
            scope = Scope(None, self._begun(self.root))
            scope.slots = {s.mention.name: s for s in self._slots if s.mention.home == "message"}
            path = self.root.paths["PID"]
            self._go(scope, path)
        return path[-1]

    def _beyond(self, name: str) -> Plan | None:
        """Place a segment that the structure lacks, or has no room for."""
        plan = self._compiled.segments.get(name)
        if plan is None or name in self.root.paths:
            return plan
        group = self._others()
        if name not in group.paths:
            group = _alone(plan)
        path = group.paths[name]
        self._go(Scope(self.scope, group), path)
        return path[-1]

    def _others(self) -> Plan:
        """Return the group of a patient's segments, as far as the structure has none of them."""
        anything, known = self._compiled.structures.get(ANY, _NOTHING), self.root.paths
        group, *_ = anything.paths.get("PID", (_NOTHING,))
        lacking = {
            name: path
            for name, path in group.paths.items()
            if name not in known and not any(_anchor(step) in known for step in path[:-1])
        }
        return group._replace(repeats=False, paths=lacking)

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
    """Whether a segment's place was before the open group: an EVN behind PID closes none."""
    if scope.group.repeats or len(path) > 1:
        return False
    members = [member.name for member in scope.group.members]
    last = next(reversed(scope.seen), "")
    return last in members and members.index(path[0].name) < members.index(last)


def _anchor(group: Plan) -> str:
    """Return the name of the segment that makes an instance of a group."""
    return group.members[group.anchor].name.rstrip("…")


def _alone(plan: Plan) -> Plan:
    """Return a group of one segment, which begins anew with each."""
    member = plan._replace(repeats=False)
    return _NOTHING._replace(
        name=f"{plan.name}…", repeats=True, members=(member,), paths={plan.name: (member,)}
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
