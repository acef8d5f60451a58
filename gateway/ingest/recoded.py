"""Results of a report that is known by another name: what messages say in; each under its id, out.

The tables name a result by its report and its first code. A report may be known under another id
(`gateway.ingest.reports`), and a laboratory may turn a result's codings round, or leave one away:
the result is the same. So one that is not known is the one of the same report and sub-id that has a
coding in common with it (`gateway.ingest.alike`). A sub-id that is 1 may be left away, where there
is no other result of that code. A correction under another number (OBX-21) is of the only one that
is known of its code and sub-id: laboratories number the versions of a result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gateway.ingest.alike import first_code, has_its_name, is_result, is_same
from gateway.ingest.findings import finding
from gateway.ingest.joining import renamed
from gateway.ingest.known import There
from gateway.ingest.pipeline import Said
from gateway.ingest.reports import TYPE, Named, Reports, home_of, listed
from gateway.ingest.results import CORRECTS, time_of
from gateway.store import Key, Tx
from mappings.findings import Finding
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]
_RESULT = "Observation"


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
        new = [one for one in said_now if one.resource["id"] not in self._there]
        if not new:
            return {}
        now = {one.resource["id"]: one.resource for one in said_now}
        ids = [id_ for id_ in listed(self._there.content(report.id)) if id_ not in now]
        self._look(ids)
        known = {id_: self._there.content(id_) for id_ in ids if id_ in self._there}
        same_key = report.id == report.made.resource["id"]
        names: dict[str, str] = {}
        for one in new:
            same = [id_ for id_, each in known.items() if is_result(each, one.resource)]
            first: str | None = same[0] if len(same) == 1 else _first_of(said, same, known)
            if same_key and first and first_code(known[first]) == first_code(one.resource):
                first = first if _are_alone(one.resource, now, known) else ""  # by its sub-id
            if not same and one.resource.get("status") in CORRECTS:
                first = _corrected(one.resource, now, known)
                if first is None:
                    found.append(finding("warning", "correction-unclear", "OBX"))
            if first:
                del known[first]
                names[f"{_RESULT}/{one.resource['id']}"] = f"{_RESULT}/{first}"
        return names


def _are_alone(result: JSON, *others: Mapping[str, JSON]) -> bool:
    """Whether there is one result of a code at most, among those that are said and are known."""
    return all(sum(is_same(result, each) for each in some.values()) == 1 for some in others)


def _corrected(result: JSON, now: Mapping[str, JSON], known: Mapping[str, JSON]) -> str | None:
    """Return the id of the result that one of another number corrects: the only one of its code.

    "" if there is none; None if there are several, or several are said.
    """
    ids = [id_ for id_, each in known.items() if has_its_name(each, result)]
    if len(ids) == 1 and sum(has_its_name(each, result) for each in now.values()) == 1:
        return ids[0]
    return None if ids else ""


def _first_of(said: Said, ids: Sequence[str], known: dict[str, JSON]) -> str:
    """Return the first one of serial results (see `gateway.ingest.results`); "" if none is."""
    for id_ in ids:
        series = {said.ids.beside(id_, _RESULT, time_of(known[one])) for one in ids}
        if not series.isdisjoint(ids):
            return id_
    return ""
