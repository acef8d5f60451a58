"""Results of a report that is known by another name: what messages say in; each under its id, out.

The tables name a result by its report and its first code. A report may be known under another id
(`gateway.ingest.things.reports`), and a laboratory may turn a result's codings round, or leave one
away: the result is the same. So one that is not known is the one of the same report and sub-id that
has a coding in common with it (`gateway.ingest.things.alike`). A sub-id that is 1 may be left away,
where there is no other result of that code. A correction under another number (OBX-21) is of the
only one that is known of its code and sub-id: laboratories number the versions of a result.

Sub-ids may be places in the report, which change with what comes to it. Where none tells results of
one code apart, and a report says that it is final, its only result of a code is the preliminary one
of that code. What comes under the other sub-id afterwards is another result. A document that comes
as a result is the one that the known result is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gateway.ingest.findings import finding
from gateway.ingest.pipeline import Said
from gateway.ingest.sending import outdated
from gateway.ingest.things.alike import (
    Results,
    are_told_apart,
    first_code,
    has_sub_id,
    is_it,
    only,
    signature,
    sub_ids_of,
)
from gateway.ingest.things.renaming import renamed
from gateway.ingest.things.reports import TYPE, Named, Reports, home_of, listed
from gateway.ingest.things.results import CORRECTS, time_of
from gateway.ingest.versions.allowed import is_begun, is_final
from gateway.ingest.versions.known import There
from gateway.ingest.versions.printed import documents_of
from gateway.store import Key, Tx, document_of
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
        book.hear(said, made)
    book.reports.write()
    return settled_


def _documents(said: Said, result: JSON, known: JSON) -> dict[str, str]:
    """Return the names of the document that a result is, and of its data, where it has others."""
    mine, other = (documents_of(each) for each in (result, known))
    if len(mine) != 1 or len(other) != 1 or mine == other:
        return {}
    ((old,), (new,)) = mine, other
    data = (made.resource["id"] for made in _of(said, "Binary"))
    return {f"DocumentReference/{old}": f"DocumentReference/{new}"} | {
        f"Binary/{id_}": f"Binary/{new}{id_.removeprefix(old)}"
        for id_ in data if document_of(id_) == old
    }  # fmt: skip


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

    def hear(self, said: Said, told: Iterable[Made]) -> None:
        """Note what a message says, each result under the id that it has.

        Of results that are alike the first one stands for all of them, which are told apart later.
        """
        for made in told:
            if made.resource["resourceType"] in (TYPE, _RESULT) and not made.first:
                self._there.hear(made.resource, said.sent)

    def _results(
        self, said: Said, report: Named, made: Mapping[str, Made], found: list[Finding]
    ) -> dict[str, str]:
        """Return the names of results of a report that is known, where they have others."""
        said_now = [made[id_] for id_ in listed(report.made.resource) if id_ in made]
        new = [one for one in said_now if not self._is_known(one)]
        if not new:
            return {}
        now = {one.resource["id"]: one.resource for one in said_now}
        whole = self._there.content(report.id)
        ids = listed(whole)
        self._look(ids)
        before = {id_: self._there.content(id_) for id_ in ids if id_ in self._there}
        names: dict[str, str] = {}
        taken = {id_ for one in new if (id_ := one.resource["id"]) in before}
        book = _Alike(said, now, before, taken)
        same_key = report.id == report.made.resource["id"]
        for one in new:
            id_ = one.resource["id"]
            first = book.first(one.resource, same_key=same_key)
            if first is None:
                first = self._numbered_anew(said, (whole, report.made.resource), book, one.resource)
            if first is None and one.resource.get("status") in CORRECTS:
                first = book.corrected(one.resource)
                if first is None:
                    found.append(finding("warning", "correction-unclear", "OBX"))
            if first:
                book.drop(first)
            elif id_ in taken:
                first = said.ids.beside(id_, _RESULT, "sub-id", *sorted(sub_ids_of(one.resource)))
            if first:
                names[f"{_RESULT}/{id_}"] = f"{_RESULT}/{first}"
            if first in before:
                names |= _documents(said, one.resource, before[first])
        return names

    def _numbered_anew(
        self, said: Said, reports: tuple[JSON, JSON], book: _Alike, result: JSON
    ) -> str | None:
        """Return the id of what a result was, or has become, under another sub-id; None if none.

        `reports` are its own, as it is known and as it is said.
        """
        id_ = book.renumbered(result)
        if not id_:
            return None
        known = self._there.content(id_)
        if is_begun(known) and is_final(result) and is_final(reports[1]):
            return id_
        late = is_final(known) and is_begun(result) and is_final(reports[0])
        return id_ if late and outdated(self._there.told(id_), said.sent) else None

    def _is_known(self, one: Made) -> bool:
        """Whether a result, or the first one of its series, is known by the id that it has."""
        id_ = one.resource["id"] if one.resource["id"] in self._there else one.first
        return id_ in self._there and is_it(self._there.content(id_), one.resource)


class _Alike:
    """Which of the results of a report those of a message may be.

    Parameters
    ----------
    now, before : Mapping
        The results that are said, and those that are known, by id.
    taken : set of str
        The ids under which others are known than are said.
    """

    def __init__(
        self, said: Said, now: Mapping[str, JSON], before: Mapping[str, JSON], taken: set[str]
    ) -> None:
        known = {id_: each for id_, each in before.items() if id_ in taken or id_ not in now}
        self._said, self._now, self._before, self._known = said, now, before, known
        self._of_now, self._of_known = Results(now.values()), Results(known.values())
        self._firsts: dict[object, str | None] = {}
        self._told_apart: bool | None = None

    def first(self, result: JSON, *, same_key: bool) -> str | None:
        """Return the id of the only known one, or of the first of a series; "" if it is not clear.

        None if there is none. `same_key`: whether the tables know the report by the same.
        """
        first = self._first(result)
        if first and same_key and first_code(self._known[first]) == first_code(result):
            # They differ in a sub-id of 1 that one of them leaves away, or it was numbered anew.
            return first if has_sub_id(result) or self._is_alone(result) else ""
        return first

    def renumbered(self, result: JSON) -> str | None:
        """Return the id of the only known one of a code of which one is said, whatever its sub-id.

        "" or None if there is none, if there are several, or if sub-ids tell results apart.
        """
        if self._told_apart is None:
            told = self._before.values(), self._now.values()
            self._told_apart = any(are_told_apart(each) for each in told)
        if self._told_apart or not self._is_alone(result):
            return None
        return only(self._of_known.unnumbered(result))

    def _first(self, result: JSON) -> str | None:
        key = signature(result)
        if key not in self._firsts:
            same = [*self._of_known.alike(result)]
            first = same[0] if len(same) == 1 else _first_of(self._said, same, self._known)
            self._firsts[key] = first if same else None
        return self._firsts[key]

    def _is_alone(self, result: JSON) -> bool:
        """Whether there is one result of a code, among those that are said and are known."""
        return all(only(some.coded(result)) for some in (self._of_now, self._of_known))

    def corrected(self, result: JSON) -> str | None:
        """Return the id of what one of another number corrects: the only one of its code.

        "" if there is none; None if there are several, or several are said, or what is known of its
        code has another sub-id. That a result cannot be obtained (`cancelled`) may be the first
        word of it.
        """
        id_ = only(self._of_known.called(result))
        if id_ == "" and result["status"] != "cancelled":
            return None if any(self._of_known.coded(result)) else ""
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
