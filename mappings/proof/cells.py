"""Values by place in, the text of a message out; conditions are judged on the same values.

A place is a `Source` that names a segment: field, component, subcomponent.
"""

from __future__ import annotations

from collections.abc import Iterable

from mappings.language.tree import Combined, Condition, Source, Test
from mappings.proof.shapes import ANY, is_shaped

_ESCAPES = str.maketrans({"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "~": "\\R\\", "&": "\\T\\"})
_COMPARE = {
    ">": int.__gt__, "<": int.__lt__, ">=": int.__ge__, "<=": int.__le__, "=": int.__eq__,
}  # fmt: skip
_UNREAD = 79  # a field of which no table reads
_TOLD = 3  # the first field that says more than a number or a kind
#: What a message has where a trial says nothing else of the place.
DEFAULTS = {
    Source("MSH", 4): "QF7",
    Source("MSH", 7): "20260102030405+0800",
    Source("MSH", 10): "Q1",
    Source("MSH", 12): "2.5",
    Source("PID", 3): "QP7",
    Source("OBR", 22): "20260102030405+0800",  # else of some messages no report is made
}


def below(place: Source, component: int, subcomponent: int = 0) -> Source | None:
    """Return the place of a part of what stands at `place`; None where nothing is below."""
    if not component:
        return place
    if not place.component:
        return place._replace(component=component, subcomponent=subcomponent)
    if not place.subcomponent and subcomponent < 2:
        return place._replace(subcomponent=component)
    return place if component == 1 and subcomponent < 2 else None


def leaf(place: Source) -> Source:
    """Return the place of the first part of `place`."""
    return place._replace(component=place.component or 1, subcomponent=place.subcomponent or 1)


def holds_place(outer: Source, inner: Source) -> bool:
    """Whether `inner` is `outer`, or a part of it."""
    numbers = (outer.component, outer.subcomponent)
    return outer[:2] == inner[:2] and all(
        a in (0, b) for a, b in zip(numbers, (inner.component, inner.subcomponent), strict=True)
    )


class Cells:
    """The values of one message."""

    def __init__(self) -> None:
        self.values: dict[Source, str] = {}
        self.empty: set[Source] = set()
        self.repeats: dict[tuple[str, int], int] = {}

    def copy(self) -> Cells:
        """Return another with the same values."""
        other = Cells()
        other.values, other.empty = dict(self.values), set(self.empty)
        other.repeats = dict(self.repeats)
        return other

    def put(self, place: Source, text: str) -> None:
        """Put a text at a place, or empty it."""
        if text:
            self.values[leaf(place)] = text
            self.empty -= {e for e in self.empty if holds_place(e, leaf(place))}
        else:
            self.clear(place)

    def clear(self, place: Source) -> None:
        """Empty a place, and keep it empty."""
        self.values = {p: t for p, t in self.values.items() if not holds_place(place, p)}
        self.empty.add(place)

    def valued(self, place: Source) -> bool:
        """Whether anything stands at a place or below it."""
        return any(holds_place(place, p) for p in self.values)

    def default(self) -> None:
        """Add what every message has."""
        for place, text in DEFAULTS.items():
            if not self.valued(place) and place not in self.empty:
                self.values[leaf(place)] = text

    def text(self, place: Source) -> str:
        """Return the plain text of the first part of a place."""
        return self.values.get(leaf(place), "")

    def count(self, place: Source) -> int:
        """Return how many repetitions a field has, or how often a segment stands."""
        field = place[:2]
        if not place.field:
            return self.repeats.get(field, 1)
        return self.repeats.get(field, 1) if self.valued(Source(*field)) else 0

    def segment(self, name: str) -> str:
        """Return the text of a segment."""
        used: dict[int, list[Source]] = {}
        for place in self.values:
            if place.name == name:
                used.setdefault(place.field, []).append(place)
        last = max(used, default=0)
        fields = [self._field(used.get(number, [])) for number in range(1, 1 + last)]
        if name == "MSH":
            return "|".join(["MSH", "^~\\&", *fields[2:]])
        if last < _TOLD:  # of nothing nothing is made: it says what no table reads
            fields += [*[""] * (_UNREAD - last - 1), ANY]
        return "|".join([name, *fields])

    def _field(self, places: list[Source]) -> str:
        if not places:
            return ""
        if len(places) == 1 and places[0][2:] == (1, 1):
            once = _escaped(self.values[places[0]])
            return "~".join([once] * self.repeats.get(places[0][:2], 1))
        once = "^".join(
            "&".join(
                _escaped(self.values.get(places[0]._replace(component=c, subcomponent=s), ""))
                for s in range(1, 1 + max((p.subcomponent for p in places if p.component == c),
                                          default=1))
            )
            for c in range(1, 1 + max(p.component for p in places))
        )  # fmt: skip
        return "~".join([once] * self.repeats.get(places[0][:2], 1))

    def message(self, order: Iterable[str]) -> str:
        """Return the text of a message with these segments.

        Of a segment that stands several times, the last has the values.
        """
        return "\r".join(line for name in order for line in self._lines(name)) + "\r"

    def _lines(self, name: str) -> list[str]:
        before = "|".join([name, *[""] * (_UNREAD - 1), ANY])
        return [before] * (self.repeats.get((name, 0), 1) - 1) + [self.segment(name)]

    def holds(self, condition: Condition) -> bool:
        """Whether a condition holds of these values."""
        if isinstance(condition, Combined):
            parts = [self.holds(part) for part in condition.parts]
            match condition.operator:
                case "not":
                    return not parts[0]
                case "and":
                    return all(parts)
                case _:
                    return any(parts)
        return self._test(condition)

    def _test(self, test: Test) -> bool:
        text = self.text(test.source)
        match test.kind:
            case "valued":
                return self.valued(test.source)
            case "in":
                return text in test.values
            case "is-a":
                return is_shaped(test.values[0], text)
            case "count":
                return _COMPARE[test.operator](self.count(test.source), int(test.values[0]))
            case _:
                return _COMPARE[test.operator](len(text), int(test.values[0]))


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)
