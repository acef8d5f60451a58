"""Lists whose items have numbers: what is said of each of them, and of all, in; items out.

A prescription has a dosage for every TQ1 (or repetition of ORC-7). The n-th builds the n-th item,
whatever comes between; what is said of every item (``[*]``) is put in when all of them are there,
at the end of the message, for a TQ1 may stand before its RXE or behind it. So is what an item only
assumes (``default``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from mappings.findings import Finding
from mappings.runtime.state.elements import add, fresh, nth, says
from mappings.runtime.state.held import Long
from mappings.runtime.types import JSON, Location

if TYPE_CHECKING:
    from mappings.runtime.state.context import Context

ASSUMED = "?"  # in an item that is being built: what it assumes
_SEQUENCE = "sequence"  # of a Dosage: until the end, the conjunction that leads to the next (0427)
_NEXT = "S"
_MOST = 4096  # things said of all items of a list: more than any prescription says,
_EACH = 32  # but so many of each


class Way(NamedTuple):
    """A step to an element below an item; `others` are those of a choice that exclude it."""

    name: str
    mark: str | None
    others: tuple[str, ...] = ()


class Said(NamedTuple):
    """A value for an element below an item, and where it stands in the message."""

    path: tuple[Way, ...]
    value: Any
    places: tuple[str, ...]


class Items:
    """One list of one resource."""

    def __init__(self, resource: JSON, name: str) -> None:
        self.resource, self.name = resource, name
        self.all: list[Said] = []  # what is said of every item
        self.named: dict[str, int] = {}  # by what tells the items apart: their numbers


def in_a_row(context: Context) -> int:
    """Return the number of the present segment among those of its name in a row.

    They are in a row until the next segment that stands only once in its group: an order's and its
    prescription's (ORC TQ1 TQ1 RXE TQ1 TQ1) say twice when a drug is to be given.
    """
    scope, ordinal = context.scope, context.ordinal
    single = {member.name for member in scope.group.members if not member.repeats}
    part = scope, *(name for name in scope.seen if name in single)
    before, last, number = context.runs.get(context.segment, (None, 0, 0))
    if part != before:
        number = 1
    elif ordinal != last:
        number += 1
    context.runs[context.segment] = part, ordinal, number
    return number


def item(context: Context, resource: JSON, name: str, number: int) -> JSON:
    """Return an item by its number (from 1)."""
    return nth(_items(context, resource, name).resource, name, number)


def item_of(context: Context, resource: JSON, name: str, value: str) -> JSON:
    """Return the item of a value that tells the items apart: all segments with it build it."""
    known = _items(context, resource, name)
    return nth(known.resource, name, known.named.setdefault(value, len(known.named) + 1))


def next_item(context: Context, resource: JSON, name: str) -> JSON:
    """Return the item of the present segment: of the second of its name in a row, the second."""
    return nth(_items(context, resource, name).resource, name, in_a_row(context))


def of_all(
    context: Context, resource: JSON, name: str, path: tuple[Way, ...], value: Any,
    *places: Location,
) -> Said:  # fmt: skip
    """Note what is said of every item of a list."""
    said = Said(path, value, tuple(map(context.locate, places)))
    _items(context, resource, name).all.append(said)
    return said


def assumed(
    context: Context, holder: JSON, path: tuple[Way, ...], value: Any, place: Location
) -> Said:
    """Note what an item has where nothing is said of every one."""
    said = Said(path, value, (context.locate(place),))
    holder.setdefault(ASSUMED, []).append(said)
    return said


def _items(context: Context, resource: JSON, name: str) -> Items:
    key = id(resource), name
    known = context.items.get(key)
    if known is None:
        known = context.items[key] = Items(resource, name)
    return known


def complete(context: Context) -> None:
    """Put into the items of a message what is said of every one; find what has no room in any."""
    for items in context.items.values():
        made = [each for each in items.resource.get(items.name, ()) if each] or [{}]
        own: list[Sequence[Said]] = [each.pop(ASSUMED, ()) for each in made]
        most = max(_EACH, _MOST // len(made))
        every = items.all[:most]
        lost = list(_fill(made, own, every, context))
        lost += (("already-filled", at) for said in items.all[most:] for at in said.places)
        context.findings += (Finding("information", code, at) for code, at in lost)
        _number(made)
        items.resource[items.name] = [left for each in made if (left := _pruned(each))]
        if not items.resource[items.name]:
            del items.resource[items.name]


def _fill(
    items: list[JSON], own: list[Sequence[Said]], every: list[Said], context: Context
) -> Iterator[tuple[str, str]]:
    """Fill items; yield what found no room: why, and where it stands."""
    taken: set[int] = set()
    long = context.held
    first = [{s.path: s for s in reversed(each) if "value" in s.value} for each in own]
    values = _values(first)
    for number, item_ in enumerate(items):
        known: dict[tuple[int, str, str], JSON] = {}
        for said in own[number]:
            rivals = [each for each in every if _rivals(each, said)]
            mine = first[number].get(said.path)
            stands = [mine] if mine and _counts(mine, rivals, values[said.path]) else rivals
            if mine is said and mine in stands:
                path = rivals[-1].path[:-1] + said.path[-1:] if rivals else said.path
                _put(item_, said._replace(path=path), known, long)
                continue
            context.outdone(id(said))
            if not any(says(each.value, said.value) for each in stands):
                yield from (("not-applicable", place) for place in said.places)
        taken.update(n for n, said in enumerate(every) if _put(item_, said, known, long))
    for number, said in enumerate(every):
        if number not in taken:
            context.outdone(id(said))
            yield from (("already-filled", place) for place in said.places)


def _rivals(one: Said, other: Said) -> bool:
    """Whether two are for the same element, or exclude one another."""
    *above, last = one.path
    *around, name = other.path
    same = [step.name for step in above] == [step.name for step in around]
    return same and (last.name == name.name or last.name in name.others)


def _values(first: list[dict[tuple[Way, ...], Said]]) -> dict[tuple[Way, ...], list[Any]]:
    """Return by path what items assume: two values are enough to tell that they differ."""
    found: dict[tuple[Way, ...], list[Any]] = {}
    for said in chain.from_iterable(each.values() for each in first):
        values = found.setdefault(said.path, [])
        if len(values) < 2 and said.value not in values:
            values.append(said.value)
    return found


def _counts(said: Said, rivals: list[Said], others: list[Any]) -> bool:
    """Whether an item's own amount counts: nobody says one of all, or the items differ in it."""
    alone = not rivals or any(value != said.value for value in others)
    return alone or any(_unit(each.value) == _unit(said.value) is not None for each in rivals)


def _unit(amount: Any) -> Any:
    """Return the unit of a Quantity or Range."""
    amount = amount.get("high", amount)
    return amount.get("code", amount.get("unit"))


def _put(holder: JSON, said: Said, known: dict[tuple[int, str, str], JSON], long: Long) -> bool:
    """Put a value where there is room; tell whether it stands there. `known`: labelled items."""
    *above, last = said.path
    for step in above:
        if step.mark is None:
            holder = holder.setdefault(step.name, {})
        elif not step.mark:
            if said.path[-2:] == (step, last) and _is_told(
                holder, step.name, last.name, said.value
            ):
                return True  # an order's dose in words, and its prescription's
            holder = fresh(holder, step.name)
        else:
            key = id(holder), step.name, step.mark
            if key not in known:
                known[key] = fresh(holder, step.name)
            holder = known[key]
    if last.mark is not None:
        add(holder, last.name, said.value, long)
        return True
    if any(other in holder for other in last.others):
        return False
    return says(holder.setdefault(last.name, said.value), said.value)


def _is_told(holder: JSON, items: str, name: str, value: Any) -> bool:
    """Whether an item of a list has a value already."""
    return any(each.get(name) == value for each in holder.get(items, ()))


def _number(items: list[JSON]) -> None:
    """Give dosages the numbers in which they follow one another, as far as that is said (0427).

    After ``S`` comes the next number; what goes on at the same time (``A``) has the same.
    """
    number, before = 1, ""
    for each in items:
        conjunction = each.pop(_SEQUENCE, "")
        number += before == _NEXT
        if before or conjunction:
            each[_SEQUENCE] = number
        before = conjunction


def _pruned(value: JSON) -> JSON:
    """Return an object without empty ones inside: a place was made, and the value found no room."""
    left = {name: _left(each) for name, each in value.items()}
    return {name: each for name, each in left.items() if each not in ({}, [])}


def _left(value: Any) -> Any:
    if isinstance(value, dict):
        return _pruned(value)
    if isinstance(value, list):
        return [each for each in map(_left, value) if each != {}]
    return value
