"""Rows of HL7's data type maps in, the same rows where its other maps call them out.

Our tables need no map for a date, a boolean or a name with an address: a row reads it in place.
What HL7 publishes as a map of its own is then found at the fields where HL7 calls it:
``XTN[ContactPoint]`` calls ``NM[positiveInt]`` for ``XTN.18`` to ``rank``, so that the row ``NM.1``
to ``$value`` is there the row ``XTN.18.1`` to ``rank``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from conformance.notation import Element, Path
from conformance.sheets import Published


class Places:
    """Where published rows call data type maps."""

    def __init__(self, rows: Iterable[Published]) -> None:
        self._calls: dict[str, list[Published]] = {}
        self._rows: dict[str, list[Published]] = {}
        self._first: dict[str, set[str]] = {}
        for row in rows:
            if row.calls and row.read is not None:
                self._calls.setdefault(row.calls.lower(), []).append(row)
            if row.kind == "datatypes":
                self._rows.setdefault(row.map.lower(), []).append(row)
            if row.kind == "datatypes" and row.path.steps:
                self._first.setdefault(row.map, set()).add(row.path.steps[0])

    def of(self, row: Published) -> Iterator[tuple[Published, Published]]:
        """Yield each published row that calls the map of `row`, and `row` as it is read there."""
        for call in self._calls.get(row.map.lower(), ()):
            if call.map != row.map:
                yield call, self.there(row, call)

    def called(self, call: Published) -> list[Published]:
        """Return the rows of the map that a published row calls."""
        return self._rows.get(call.calls.lower(), [])

    def there(self, row: Published, call: Published) -> Published:
        """Return a row of a data type map as it is read where another row calls its map."""
        here = call.read or Element("", ())
        numbers = row.read.numbers if row.read else ()
        return replace(
            row,
            kind=call.kind,
            map=call.map,
            element=f"{call.element} > {row.element}",
            target=f"{call.target} > {row.target}",
            read=Element(here.name, here.numbers + numbers) if row.read else None,
            path=self._joined(call.path, row),
            other=call.other,
            inside=self._joined(call.inside, row),
            makes=made(row.map) if f"({made(row.map)}" in call.target else "",
            codes=row.codes or call.codes,
            beside=tuple(Element(here.name, here.numbers + e.numbers) for e in row.beside),
        )

    def _joined(self, path: Path, row: Published) -> Path:
        """Go on below a path; some calls name what the called map fills as well (``.endpoint``)."""
        steps = path.steps
        if steps and steps[-1] in self._first.get(row.map, ()):
            steps = steps[:-1]
        return Path(steps + row.path.steps)


def above(row: Published, there: Published) -> tuple[str, ...]:
    """Return the path to what the map of `row` fills, where it is called."""
    return there.path.steps[: len(there.path.steps) - len(row.path.steps)]


def made(name: str) -> str:
    """Return what a map makes: ``XCN[RelatedPerson]`` a RelatedPerson."""
    return name.partition("[")[2].rstrip("]").partition("-")[0]
