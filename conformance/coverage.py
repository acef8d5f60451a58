"""Published rows with their verdicts in, counts and lists as text out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from conformance.sheets import Published
from conformance.waivers import Waiver

KINDS = ("messages", "segments", "datatypes", "codesystems")
#: What the message maps say of references: in a column of its own, not counted as rows
REFERENCES = "references"
VERDICTS = ("satisfied", "mended", "unreached", "waived", "missing")
SAID = {verdict: verdict for verdict in VERDICTS}
#: What a code that is the same is called
NAMES = {"same": "are called the same", "otherwise": "otherwise", "nameless": "nothing"}
#: How ours say the condition of a published row: the same, by the same fields, by others, not at
#: all; or theirs is not said in words that can be compared.
CONDITIONS = {
    "equal": "say the same",
    "reworded": "ask for the same fields in other words",
    "other": "ask for other fields",
    "none": "are not asked for",
    "prose": "are prose",
}


class Verdict(NamedTuple):
    """A published row and what became of it: satisfied, mended, unreached, waived or missing.

    It is ``unreached`` where it would be satisfied or mended, but no row of ours calls its map, or
    uses its code table: no message will ever meet it.
    """

    row: Published
    verdict: str
    why: str = ""
    condition: str = ""  # of a row that ours have, and that has one: how ours say it


class Report(NamedTuple):
    """Every published row with a FHIR target, judged; apart from them, references."""

    verdicts: tuple[Verdict, ...]
    idle: tuple[Waiver, ...]  # waivers that no row needs
    references: tuple[Verdict, ...] = ()
    called: tuple[Verdict, ...] = ()  # the rows of data type maps, at every call of these
    names: tuple[Verdict, ...] = ()  # of codes that are the same: whether they are called so

    def tally(self, kind: str = "", name: str = "") -> Counter[str]:
        """How many rows got which verdict."""
        return Counter(
            v.verdict for v in self.verdicts if kind in {"", v.row.kind} and name in {"", v.row.map}
        )

    @property
    def missing(self) -> tuple[Verdict, ...]:
        """Rows and references neither satisfied nor waived, and rows not made where called."""
        judged = (*self.verdicts, *self.references, *self.called)
        return tuple(v for v in judged if v.verdict == "missing")

    @property
    def conditions(self) -> Counter[str]:
        """How many rows that ours have come with a condition, by how ours say it."""
        return Counter(v.condition for v in self.verdicts if v.condition)

    def shares(self) -> str:
        """Say how much of all is satisfied, mended … and missing; and of what is reached."""
        counts = self.tally()
        all_, done = counts.total(), counts["satisfied"] + counts["mended"]
        reached = all_ - counts["unreached"]
        parts = (f"{verdict} {100 * counts[verdict] / (all_ or 1):.2f} %" for verdict in VERDICTS)
        return (
            f"{', '.join(parts)}\n"
            f"of {reached} rows that messages can reach, {done} satisfied or mended "
            f"({100 * done / (reached or 1):.2f} %), {counts['satisfied']} as published "
            f"({100 * counts['satisfied'] / (reached or 1):.2f} %); in the waiver file "
            f"{counts['mended'] + counts['waived']} of {all_} "
            f"({100 * (counts['mended'] + counts['waived']) / (all_ or 1):.2f} %)\n"
            f"of {self.conditions.total()} conditions of rows that are there, "
            + ", ".join(f"{self.conditions[how]} {text}" for how, text in CONDITIONS.items())
            + _counts(self.called, "rows of data type maps, at each of their calls")
            + _counts(self.references, "references that the message maps name")
            + _counts(self.names, "codes that the code tables name", NAMES)
        )

    def text(self, *, maps: bool = True, missing: bool = True) -> str:
        """Coverage by kind and by map, then the missing rows, and the waivers nobody needs.

        With `maps`, rows whose condition ours do not say, too.
        """
        lines = [_line("", ("rows", *VERDICTS), "")]
        lines += [_counted(kind or "all", self.tally(kind)) for kind in (*KINDS, "")]
        if maps:
            names = sorted({(v.row.kind, v.row.map) for v in self.verdicts})
            lines += [_counted(name, self.tally(kind, name)) for kind, name in names
                      if set(self.tally(kind, name)) != {"satisfied"}]  # fmt: skip
        if missing:
            lines += [f"missing  {v.row}{v.why and f'  ({v.why})'}" for v in self.missing]
        if maps:
            lines += [f"condition {v.condition}  {v.row}" for v in self.verdicts
                      if v.condition in {"none", "other"}]  # fmt: skip
            lines += [f"called {v.why or 'nothing'!r}  {v.row}  {v.row.display!r}"
                      for v in self.names if v.verdict != "same"]  # fmt: skip
        lines += [f"idle waiver  {w.map}  {w.element}  {w.target}" for w in self.idle]
        return "\n".join(lines)


def _counts(verdicts: Sequence[Verdict], what: str, words: Mapping[str, str] = SAID) -> str:
    """Say in a line how many of something got which verdict; nothing if there are none."""
    counts = Counter(v.verdict for v in verdicts)
    parts = ", ".join(
        f"{counts[verdict]} {word}" for verdict, word in words.items() if counts[verdict]
    )
    return f"\nof {counts.total()} {what}, {parts}" * bool(parts)


def _line(name: str, cells: Sequence[object], tail: str) -> str:
    return (f"{name:<58}" + "".join(f"{cell:>10}" for cell in cells) + tail).rstrip()


def _counted(name: str, counts: Counter[str]) -> str:
    total = counts.total()
    cells = (total, *(counts[verdict] for verdict in VERDICTS))
    done = counts["satisfied"] + counts["mended"]
    return _line(name, cells, f"{100 * done / total:9.1f} %" if total else "")
