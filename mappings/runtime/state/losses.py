"""What a translation has to say: findings, and values that may yet be carried by another map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mappings.findings import Finding, Severity
from mappings.runtime.state.carrying import Facts, Lent, Loan, Suspect, is_carried
from mappings.runtime.state.telling import Telling
from mappings.runtime.text import primitives
from mappings.runtime.text.pieces import BLANK
from mappings.runtime.types import Location, Parts

#: Stands among findings for one that the segment which has the field says itself.
ELSEWHERE = Finding("information", "", "")


class Losses(Telling):
    """Finds what is lost, and (``--explain``) tells where everything else went."""

    __slots__ = (
        "carried", "findings", "guesses", "lent", "ordinal", "ordinals", "owed", "places", "repaid",
        "segment", "suspects", "whole",
    )  # fmt: skip

    def __init__(self, *, explain: bool) -> None:
        super().__init__(explain=explain)
        self.findings: list[Finding] = []
        self.suspects: list[Suspect] = []
        # fields that rows which need not have, have carried, and the maps of those
        self.carried: set[tuple[int, str]] = set()
        self.lent: dict[tuple[str, int], Loan] = {}  # not carried by any segment's map so far
        # elements that may yet be said otherwise (`assumed.Guess`): of a resource, by name
        self.guesses: dict[tuple[int, str], list[Any]] = {}
        self.places: dict[tuple[str, str], tuple[str, int, Location]] = {}  # that name resources
        self.repaid: dict[tuple[str, int], Loan] = {}  # carried by one
        self.owed: dict[tuple[str, int], list[Location]] = {}  # parts of those that found no room
        self.whole = ""  # where the value stands that was last found to be kept, all of it
        self.segment = "MSH"
        self.ordinal = 1
        self.ordinals: dict[str, int] = {}  # of the last segment of each name

    def locate(self, location: Location) -> str:
        """``(((3, 1), 4), 0)`` → ``PID-3[2].4.1``."""
        steps: list[int] = []
        while isinstance(location, tuple):
            location, step = location
            steps.append(step)
        if isinstance(location, str):
            loan, (segment, _, location) = self._loan(location), location.partition("-")
            number = loan.ordinal if loan is not None else self.ordinals.get(segment, 1)
            segment += f"[{number}]" if number > 1 else ""
        else:
            segment = self.segment if self.ordinal == 1 else f"{self.segment}[{self.ordinal}]"
        if not location:
            return segment
        text = f"{segment}-{location}"
        if text in self.moved:
            return self.moved[text]
        if steps:
            repetition = steps.pop()
            if repetition:
                text += f"[{repetition + 1}]"
        return text + "".join(f".{step}" for step in reversed(steps))

    def say(self, severity: Severity, code: str, location: Location, detail: str = "") -> bool:
        """Record a finding, and return whether it is this segment's to say."""
        if self._is_elsewhere(location):
            self.findings.append(ELSEWHERE)
            return False
        self.findings.append(Finding(severity, code, self.locate(location), detail))
        return True

    def _is_elsewhere(self, location: Location) -> bool:
        """Whether another segment has a field whose own table says what is lost of it.

        It still counts as found: what is remembered of the value must not be taken for one in
        which nothing was lost.
        """
        while isinstance(location, tuple):
            location = location[0]
        return isinstance(location, str) and self._loan(location) is None

    def bad(self, location: Location, type_: str) -> None:
        """Find a value that does not parse as `type_`."""
        self.say("warning", "bad-value", location, f"no valid {type_}")

    def kept(self, location: Location, type_: str, *, whole: bool = False) -> None:
        """Find a value that does not parse as `type_`, and is kept as it stands.

        Of one that is kept as a `whole` the row that asked for `type_` misses nothing.
        """
        self.say("warning", "kept-as-text", location, f"no valid {type_}")
        if whole:
            self.whole = self.locate(location)

    def lost(self, location: Location) -> None:
        """Find a valued component without a row."""
        self._suspect("part", "warning", "unmapped-component", location)

    def incomplete(self, fields: list[str], numbers: tuple[int, ...], code: str, why: str) -> None:
        """Find the fields of an object that R4 does not allow, and that was left out."""
        for number in numbers:
            if fields[number]:
                self.say("warning", code, number, why)

    def miss(self, code: str, location: Location, certain: bool = False, by: str = "") -> None:
        """Find a value that no row of a map carried, though one reads it; `code` says why.

        Unless `certain`, another map of the segment may carry a whole field, and with it the part
        that the map `by` misses.
        """
        if code == "bad-value" and self.whole and self.whole == self.locate(location):
            return
        severity: Severity = "warning" if code == "bad-value" else "information"
        if certain or (isinstance(location, tuple) and not by):
            self.say(severity, code, location)
        else:
            self._suspect("value", severity, code, location, by)

    def miss_parts(
        self, code: str, location: Location, text: str, separator: str, parts: Parts, by: str = ""
    ) -> None:
        """Find the parts of a value that only a row would have carried which did not.

        Of a field, of each repetition.
        """
        whole = isinstance(location, int)
        for repetition, value in enumerate(text.split("~") if whole else [text]):
            pieces = value.split(separator)
            at = (location, repetition) if whole else location
            for number in parts:
                if number <= len(pieces) and pieces[number - 1].strip(BLANK):
                    self.miss(code, (at, number), by=by)

    def unread(self, text: str, location: Location, separator: str, parts: Parts) -> None:
        """Find the valued parts of a value that no row reads."""
        for number, piece in enumerate(text.split(separator), 1):
            known = parts.get(number)
            if piece and not (known and 0 in known):
                unread(piece, known, self, (location, number))

    def stamp(self, text: str, location: Location, separator: str, also: Parts | None) -> None:
        """Find what a time says beside itself: all but how many of its digits count (TS.2)."""
        first, *pieces = text.split(separator)
        for number, piece in enumerate(pieces, 2):
            if also is not None and piece and (number > 2 or not primitives.is_precision(piece)):
                unread(piece, also.get(number), self, (location, number))
        if also is not None and "&" in first:
            unread(first, (1, *filter(None, also.get(1, ()))), self, (location, 1))

    def pieces(self, text: str, field: int, parts: Parts) -> None:
        """Find what rows do not read of a field of which they read components only."""
        first, _, rest = text.partition("~")
        if rest.strip(BLANK):
            self._suspect("repetition", "warning", "extra-repetition", field)
        self.unread(first, (field, 0), "^", parts)

    def lend(self, field: int, text: str, lent: Lent) -> None:
        """Note a value of this segment that only maps of other segments may carry."""
        self._default(self.segment, field)
        self.lent[self.segment, field] = Loan(self.ordinal, text, lent)

    def repay(self, segment: str, field: int) -> None:
        """Note that another segment's map carried a value; find what it did not read of it."""
        loan = self.lent.pop((segment, field), None)
        if loan is None:
            return
        self.repaid[segment, field] = loan
        here, before = (self.segment, self.ordinal), len(self.suspects)
        self.segment, self.ordinal = segment, loan.ordinal
        for number, text in enumerate(loan.text.split("~")):
            if number and not loan.lent.repeats:
                self.say("warning", "extra-repetition", field)
                break
            if 0 not in loan.lent.parts:
                self.unread(text, (field, number), "^", loan.lent.parts)
        self.convict(before)  # no map of the segment it stands in reads them
        self.segment, self.ordinal = here
        for part in self.owed.pop((segment, field), ()):
            self.miss("already-filled", part)

    def unpaid(self, segment: str, field: int, part: Location) -> None:
        """Note a part of another segment's field that found no room, if the rest of it does."""
        if (segment, field) in self.lent:
            self.owed.setdefault((segment, field), []).append(part)
        elif (segment, field) in self.repaid:
            self.miss("already-filled", part)

    def _loan(self, location: str) -> Loan | None:
        """Return what was lent of another segment's field: ``OBR-7``."""
        segment, _, number = location.partition("-")
        field = segment, int(number)
        return self.lent.get(field) or self.repaid.get(field)

    def foreclose(self) -> None:
        """Find what no map has carried."""
        for segment, field in list(self.lent):
            self._default(segment, field)

    def _default(self, segment: str, field: int) -> None:
        loan = self.lent.pop((segment, field), None)
        self.owed.pop((segment, field), None)
        if loan is not None:
            here = self.segment, self.ordinal
            self.segment, self.ordinal = segment, loan.ordinal
            self.say("information", "not-applicable", field)
            self.segment, self.ordinal = here

    def _suspect(
        self, kind: str, severity: Severity, code: str, location: Location, by: str = ""
    ) -> None:
        if self._is_elsewhere(location):
            self.findings.append(ELSEWHERE)
            return
        self.suspects.append(Suspect(len(self.findings), kind, location, by))
        self.findings.append(Finding(severity, code, ""))  # most do not hold: where, is told late

    def convict(self, before: int) -> None:
        """Find what was suspected after `before`: no other map answers for that."""
        for suspect in self.suspects[before:]:
            self._convict(suspect)
        del self.suspects[before:]

    def _convict(self, suspect: Suspect) -> None:
        found = self.findings[suspect.place]
        place = self.locate(suspect.location)
        self.findings[suspect.place] = Finding(found.severity, found.code, place)

    def forget(self, before: int, location: Location, type_: str) -> None:
        """Take back what was found, after `before`, of a value that is kept as text instead."""
        found = self.findings[before:]
        del self.findings[before:]
        self.suspects = [suspect for suspect in self.suspects if suspect.place < before]
        kept = [finding for finding in found if finding.code == "kept-as-text"]
        self.findings += kept
        if not kept and any(finding.code in {"bad-value", "incomplete"} for finding in found):
            self.kept(location, type_)

    def settle(self, run: Sequence[Facts]) -> None:
        """Take back what the maps that ran on a segment found against one another."""
        for suspect in reversed(self.suspects):
            if is_carried(suspect, run, self.carried):
                del self.findings[suspect.place]
            else:
                self._convict(suspect)
        self.suspects.clear()


def lost(
    parts: list[str],
    length: int,
    parted: tuple[int, ...],
    known: int,
    read: Parts,
    context: Losses,
    location: Location,
    also: Parts,
) -> None:
    """Find valued components that no row of a data type map reads, nor others (`also`).

    ``parted`` are those, up to the last `known`, of which rows do not read the whole.
    """
    for number in (*parted, *range(known + 1, length + 1)):
        if number <= length and parts[number - 1]:
            found = (*read.get(number, ()), *also.get(number, ()))
            unread(parts[number - 1], found, context, (location, number))


def unread(piece: str, read: tuple[int, ...] | None, context: Losses, location: Location) -> None:
    """Find a component, or those of its subcomponents, that rows do not read."""
    if not read:
        if piece.strip(BLANK):
            context.lost(location)
    elif 0 not in read and "&" in piece:
        for number, below in enumerate(piece.split("&"), 1):
            if below.strip() and number not in read:
                context.lost((location, number))
