"""Conditions in, values that make them true (or false) out, as proposals to be judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, product
from typing import NamedTuple

from mappings.language.tree import Combined, Condition, Source, Test
from mappings.proof.cells import Cells, holds_place, leaf
from mappings.proof.shapes import ANY, SHAPES

_MOST, _LOOKED_AT = 48, 2000


class Put(NamedTuple):
    """A value for a place; ``gentle`` gives way to what stands there; ``times`` repeats it."""

    place: Source
    text: str
    gentle: bool = False
    times: int = 0


Proposal = tuple[Put, ...]


def proposals(
    wanted: Sequence[tuple[Condition, bool]], stands: Cells | None = None
) -> Iterator[Proposal]:
    """Yield values that may give each condition the truth wanted of it; the simplest first.

    To put no value is none of them where what ``stands`` in a message is not what is wanted.
    """
    choices = [list(_options(condition, truth, stands)) for condition, truth in wanted]
    choices.sort(key=len)  # what can be had in many ways is tried in all of them soon
    joined = (tuple(put for part in parts for put in part) for parts in product(*choices))
    yield from islice(filter(_is_possible, islice(joined, _LOOKED_AT)), _MOST)


def _is_possible(proposal: Proposal) -> bool:
    """Whether no value of a proposal takes another one's place away."""
    cleared = [put.place for put in proposal if not put.text and not put.times]
    texts: dict[Source, str] = {}
    for put in proposal:
        if put.text and any(holds_place(place, leaf(put.place)) for place in cleared):
            return False
        if put.text and not put.gentle and texts.setdefault(leaf(put.place), put.text) != put.text:
            return False
    return True


def apply(proposal: Proposal, cells: Cells) -> None:
    """Put a proposal's values into cells."""
    for put in proposal:
        if not (put.gentle and cells.valued(put.place)):
            if put.text or not put.times:
                cells.put(put.place, put.text)
            if put.times:
                cells.repeats[put.place[:2]] = put.times


def _options(condition: Condition, truth: bool, stands: Cells | None) -> Iterator[Proposal]:
    """Yield what may give a condition a truth: nothing, first of all, where it has that already."""
    if stands is None:
        yield from _changes(condition, truth, None)
        return
    if stands.holds(condition) is truth:
        yield ()
    yield from filter(None, _changes(condition, truth, stands))


def _changes(condition: Condition, truth: bool, stands: Cells | None) -> Iterator[Proposal]:
    if not isinstance(condition, Combined):
        yield from _of_test(condition, truth)
    elif condition.operator == "not":
        yield from _options(condition.parts[0], not truth, stands)
    elif (condition.operator == "and") is truth:
        yield from proposals([(part, truth) for part in condition.parts], stands)
    else:
        for part in condition.parts:
            yield from _options(part, truth, stands)


def _of_test(test: Test, truth: bool) -> Iterator[Proposal]:
    place = test.source
    match test.kind:
        case "valued":
            yield (Put(place, ANY if truth else "", gentle=truth),)
            if truth and not place.component:  # a field that says next to nothing
                yield (Put(place._replace(component=3), ANY, gentle=True),)
        case "in" if truth:
            for value in test.values:
                yield (Put(place, value),)
        case "in":
            yield ()  # what stands there may do
            yield (Put(place, ANY),)
            yield (Put(place, ""),)
        case "is-a":
            yield ()
            yield from ((Put(place, text),) for text in _shaped(test.values[0], truth))
        case "count" if not place.field:
            yield (Put(place, "", times=_number(test, truth)),)
        case "count":
            yield (Put(place, ANY, gentle=True), Put(place, "", times=_number(test, truth)))
        case _:
            yield ()
            number = _number(test, truth)
            yield (Put(place, ("20260102030405+0100" if number < 20 else "7" * number)[:number]),)


def _shaped(name: str, truth: bool) -> Iterator[str]:
    """Yield texts of a shape, of narrower ones after its own (``denial-of-food``); or of none."""
    if not truth:
        yield from (shape.other for own, shape in SHAPES.items() if own == name)
        return
    for own, shape in SHAPES.items():
        if own == name or own.startswith(f"{name}-of-"):
            yield shape.text


def _number(test: Test, truth: bool) -> int:
    """Return the least number from 1 that compares as wanted."""
    cells, place = Cells(), Source("X", 1)
    for number in range(1, 64):
        cells.values = {Source("X", 1, 1, 1): "x" * number}
        cells.repeats[place[:2]] = number
        if cells.holds(test._replace(source=place)) is truth:
            return number
    return 1
