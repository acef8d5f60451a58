"""Our mapping tables against HL7's published v2-to-FHIR maps: what is covered, what is missing.

In come the folder of published CSV files (``segments``, ``datatypes``, ``messages``,
``codesystems``), our tables as plain tuples and a list of waivers; out comes a `Report`. A
published row is satisfied if one of ours takes the same v2 element (or a part of it, or the whole)
to the same FHIR path (or below it), with the same constant and the same code table: through the
maps that ours call, as theirs do, or in the map that makes the resource theirs refers to. A row of
a data type map that ours do without is looked for where their maps call it (`Places`).
How ours say its condition is told, and does not decide: theirs are partly prose. A reference is
satisfied if ours makes one from the same element to the same type, in messages of that structure.
What a code is called decides nothing, and is told apart.

Source: HL7 Version 2 to FHIR implementation guide, concept map spreadsheets.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path as File

from conformance import sheets
from conformance.coverage import KINDS, REFERENCES, Report, Verdict
from conformance.judge import Judge
from conformance.ours import Code, Mention, Ours, Reference, Row
from conformance.places import Places
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
    judge = Judge(ours, Places(theirs), waived)
    verdicts = [judge(row) for row in theirs if row.kind != REFERENCES]
    linked = tuple(judge(row) for row in theirs if row.kind == REFERENCES)
    # What a data type map that ours do without calls, is judged where that is called.
    calling = [row for row in theirs if row.calls and (row.kind == "segments" or ours.has(row.map))]
    called = tuple(each for row in calling for each in judge.called(row))
    alone = {v for v in verdicts if v.row.kind in _CALLED and v.row.map in uncalled}
    return Report(
        tuple(
            v._replace(verdict="unreached")
            if v in alone and v.verdict in {"satisfied", "mended"}
            else v
            for v in verdicts
        ),
        tuple(w for w in waived if w not in judge.used),
        linked,
        called,
        tuple(_named(v.row, ours) for v in verdicts if v.row.display and v.verdict == "satisfied"),
    )


def _named(row: Published, ours: Ours) -> Verdict:
    """Say whether a code that is the same is called the same."""
    name = ours.named(row)
    how = "same" if name.lower() == row.display.lower() else "otherwise" if name else "nameless"
    return Verdict(row, how, name)  # fmt: skip
