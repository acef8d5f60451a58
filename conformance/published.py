"""Our mapping tables against HL7's published v2-to-FHIR maps: what is covered, what is missing.

In come the folder of published CSV files (``segments``, ``datatypes``, ``messages``,
``codesystems``), our tables as plain tuples and a list of waivers; out comes a `Report`. A
published row is satisfied if one of ours takes the same v2 element (or a part of it, or the whole)
to the same FHIR path (or below it), with the same constant and the same code table: through the
maps that ours call, as theirs do, or in the map that makes the resource theirs refers to. A row of
a data type map that ours do without is looked for where their maps call it (`Places`).
How ours say its condition is told, and does not decide: theirs are partly prose. A reference is
satisfied if ours makes one from the same element to the same type, in messages of that structure.

Source: HL7 Version 2 to FHIR implementation guide, concept map spreadsheets.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path as File

from conformance import sheets
from conformance.coverage import KINDS, REFERENCES, Report, Verdict
from conformance.notation import Element
from conformance.ours import Code, Mention, Ours, Reference, Row
from conformance.places import Places, above
from conformance.sheets import Published
from conformance.waivers import Waiver

#: Whose rows only others bring into a translation
_CALLED = frozenset({"datatypes", "codesystems"})


def report(
    published: File,
    rows: Iterable[Row],
    codes: Iterable[Code],
    mentions: Iterable[Mention] = (),
    waived: Sequence[Waiver] = (),
    uncalled: Collection[str] = (),
    references: Iterable[Reference] = (),
) -> Report:
    """Compare our tables with the published maps below a folder.

    Parameters
    ----------
    published
        The folder.
    rows, codes, mentions, references
        Our tables.
    waived
        Published rows that are not followed.
    uncalled
        Data type maps and code tables that no row of ours calls.

    Raises
    ------
    OSError
        The folder or a file in it cannot be read.
    ValueError
        A file that is not one of the published spreadsheets.
    """
    theirs = [row for kind in KINDS for row in sheets.read(published / kind, kind)]
    ours = Ours(rows, codes, mentions, {row.map for row in theirs}, references)
    judge = _Judge(ours, Places(theirs), waived)
    verdicts = [judge(row) for row in theirs if row.kind != REFERENCES]
    linked = tuple(judge(row) for row in theirs if row.kind == REFERENCES)
    alone = {v for v in verdicts if v.row.kind in _CALLED and v.row.map in uncalled}
    return Report(
        tuple(
            v._replace(verdict="unreached")
            if v in alone and v.verdict in {"satisfied", "mended"} else v
            for v in verdicts
        ),
        tuple(w for w in waived if w not in judge.used),
        linked,
    )  # fmt: skip


class _Judge:
    """Says what became of a published row."""

    def __init__(self, ours: Ours, places: Places, waived: Sequence[Waiver]) -> None:
        self._ours, self._places, self._waived = ours, places, waived
        self.used: set[Waiver] = set()

    def __call__(self, row: Published) -> Verdict:
        why = self._ours.lacks(row)
        if why is None:
            base = Element("", ()) if row.kind == "datatypes" else None
            return Verdict(row, "satisfied", condition=self._ours.condition(row, base))
        places = list(self._places.of(row)) if row.kind == "datatypes" else []
        waiver = self._waiver(row)
        if waiver is None:
            return self._in_place(row, places) or Verdict(row, "missing", why)
        if waiver.instead and not any(
            self._ours.has_instead(there, waiver.instead, above(row, there))
            for there in (row, *(there for _, there in places))
        ):
            return Verdict(row, "missing", f"no {waiver.instead} either")
        self.used.add(waiver)
        return Verdict(row, "mended" if waiver.instead else "waived", waiver.reason)

    def _in_place(
        self, row: Published, places: list[tuple[Published, Published]]
    ) -> Verdict | None:
        for call, there in places:
            if self._ours.lacks(there) is None:
                condition = self._ours.condition(there, call.read)
                return Verdict(row, "satisfied", condition=condition)
        for call, there in places:
            waiver = self._waiver(call)
            if waiver and waiver.instead and self._ours.goes_on(there, row, waiver.instead):
                return Verdict(row, "mended", waiver.reason)
        return None

    def _waiver(self, row: Published) -> Waiver | None:
        return next((w for w in self._waived if w.covers(row)), None)
