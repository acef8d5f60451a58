"""Results of a report that is known by another name: what messages say in; each under its id, out.

The tables name a result by its report and its first code. A report may be known under another id
(`gateway.ingest.things.reports`), and a laboratory may turn a result's codings round, or leave one
away: the result is the same. So one that is not known is the one of the same report and sub-id that
has a coding in common with it (`gateway.ingest.things.alike`). A sub-id that is 1 may be left away,
where there is no other result of that code. A correction under another number (OBX-21) is of the
only one that is known of its code and sub-id: laboratories number the versions of a result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gateway.ingest.findings import finding
from gateway.ingest.pipeline import Said
from gateway.ingest.things.alike import Results, first_code, only, signature
from gateway.ingest.things.joining import renamed
from gateway.ingest.things.reports import TYPE, Named, Reports, home_of, listed
from gateway.ingest.things.results import CORRECTS, time_of
from gateway.ingest.versions.known import There
from gateway.store import Key, Tx
from mappings.findings import Finding
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]
_RESULT = "Observation"
#: Any one of a series tells its first, but the first itself, and one whose time was corrected.
_ASKED = 4


def settled(tx: Tx, told: Told, findings: Mapping[int, list[Finding]]) -> Told:
    """Return what messages say, with each report and result under the id that it has."""
    reports = [(said, made) for _, said in told for made in _of(said, TYPE)]
    if not reports:
        return told
    book = _Book(tx, reports)
    settled_ = []
    for seq, said in told:
        names, found = book.names(said)
        findings[seq].extend(found)
        made = [_renamed(one, names) for one in said.made] if names else said.made
        settled_.append((seq, said._replace(made=made)))
        book.hear(made)
    book.reports.write()
    return settled_


def _of(said: Said, type_: str) -> Iterator[Made]:
    return (made for made in said.made if made.resource["resourceType"] == type_)


def _renamed(made: Made, names: dict[str, str]) -> Made:
    first = names.get(f"{_RESULT}/{made.first}", "").partition("/")[2]
    return renamed(made, names)._replace(first=first or made.first)


class _Book:
    """Which reports and results there are, while a batch is applied."""

    def __init__(self, tx: Tx, said: Sequence[tuple[Said, Made]]) -> None:
        self._there = There(tx)
        self.reports = Reports(tx, self._there, said)
        heard = {id_ for _, made in said for id_ in listed(made.resource)}
        self._look(heard if self._there else ())

    def _look(self, results: Iterable[str]) -> None:
        self._there.look(Key(home_of(id_), _RESULT, id_) for id_ in results)

    def names(self, said: Said) -> tuple[dict[str, str], list[Finding]]:
        """Return the names that reports and results of a message have in truth, and the doubts."""
        names: dict[str, str] = {}
        found: list[Finding] = []
        results = {made.resource["id"]: made for made in _of(said, _RESULT)}
        for report in self.reports.named(said, {id_: results[id_].resource for id_ in results}):
            old = report.made.resource["id"]
            if report.id != old:
                names[f"{TYPE}/{old}"] = f"{TYPE}/{report.id}"
            if report.id in self._there:
                names.update(self._results(said, report, results, found))
            if report.unclear:
                found.append(finding("warning", "report-unclear", TYPE))
        return names, found

    def hear(self, said: Iterable[Made]) -> None:
        """Note what a message says.

        Of results that are alike the first one stands for all of them, which are told apart later.
        """
        for made in said:
            if made.resource["resourceType"] in (TYPE, _RESULT) and not made.first:
                self._there.hear(made.resource)

    def _results(
        self, said: Said, report: Named, made: Mapping[str, Made], found: list[Finding]
    ) -> dict[str, str]:
        """Return the names of results of a report that is known, where they have others."""
        said_now = [made[id_] for id_ in listed(report.made.resource) if id_ in made]
        new = [one for one in said_now if not self._is_known(one)]
        if not new:
            return {}
        now = {one.resource["id"]: one.resource for one in said_now}
        ids = [id_ for id_ in listed(self._there.content(report.id)) if id_ not in now]
        self._look(ids)
        known = {id_: self._there.content(id_) for id_ in ids if id_ in self._there}
        same_key = report.id == report.made.resource["id"]
        book = _Alike(said, now, known)
        names: dict[str, str] = {}
        for one in new:
            first = book.first(one.resource)
            if same_key and first and first_code(known[first]) == first_code(one.resource):
                first = first if book.is_alone(one.resource) else ""  # by its sub-id
            if first is None and one.resource.get("status") in CORRECTS:
                first = book.corrected(one.resource)
                if first is None:
                    found.append(finding("warning", "correction-unclear", "OBX"))
            if first:
                book.drop(first)
                names[f"{_RESULT}/{one.resource['id']}"] = f"{_RESULT}/{first}"
        return names

    def _is_known(self, one: Made) -> bool:
        """Whether a result, or the first one of its series, is known by the id that it has."""
        return one.resource["id"] in self._there or one.first in self._there


class _Alike:
    """Which of the results that are known those of a message may be."""

    def __init__(self, said: Said, now: Mapping[str, JSON], known: Mapping[str, JSON]) -> None:
        self._said, self._known = said, known
        self._of_now, self._of_known = Results(now.values()), Results(known.values())
        self._firsts: dict[object, str | None] = {}

    def first(self, result: JSON) -> str | None:
        """Return the id of the only known one, or of the first of a series; "" if it is not clear.

        None if there is none.
        """
        key = signature(result)
        if key not in self._firsts:
            same = [*self._of_known.alike(result)]
            first = same[0] if len(same) == 1 else _first_of(self._said, same, self._known)
            self._firsts[key] = first if same else None
        return self._firsts[key]

    def is_alone(self, result: JSON) -> bool:
        """Whether there is one result of a code, among those that are said and are known."""
        return all(only(some.coded(result)) for some in (self._of_now, self._of_known))

    def corrected(self, result: JSON) -> str | None:
        """Return the id of what one of another number corrects: the only one of its code.

        "" if there is none; None if there are several, or several are said.
        """
        id_ = only(self._of_known.called(result))
        return id_ if not id_ or only(self._of_now.called(result)) else None

    def drop(self, id_: str) -> None:
        """Let one that was found be no other one's."""
        self._of_known.drop(self._known[id_])
        self._firsts.clear()


def _first_of(said: Said, ids: Sequence[str], known: Mapping[str, JSON]) -> str:
    """Return the first one of serial results (`gateway.ingest.things.results`); "" if none is."""
    for one in ids[:_ASKED]:
        time = time_of(known[one])
        for id_ in ids:
            if said.ids.beside(id_, _RESULT, time) == one:
                return id_
    return ""
