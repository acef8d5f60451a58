"""Results and reports under another of their codes: what messages say in; each under its id, out.

The tables name a report by its number and the first code of what was done, a result by its report
and its first code. A laboratory may turn its codings round (a local code and LOINC's), or leave one
away: the result is the same. So one that is not known is the one of the same number, or of the same
report and sub-id, that has a coding in common with it. Two that have different codes of one system
are two, whatever else they share: several local tests may have one LOINC code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from gateway.ingest.families import sub_ids
from gateway.ingest.ids import given_by
from gateway.ingest.joining import renamed
from gateway.ingest.known import content
from gateway.ingest.pipeline import Said
from gateway.ingest.results import time_of
from gateway.store import Key, Tx
from gateway.store.orders import Numbered
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]
_REPORT, _RESULT = "DiagnosticReport", "Observation"


def settled(tx: Tx, told: Told) -> Told:
    """Return what messages say, with each report and result under the id that it has."""
    reports = [(said, made) for _, said in told for made in _of(said, _REPORT)]
    if not reports:
        return told
    book = _Book(tx, reports)
    settled_ = []
    for seq, said in told:
        names = book.names(said)
        made = [_renamed(one, names) for one in said.made] if names else said.made
        settled_.append((seq, said._replace(made=made)))
        book.hear(made)
    book.write()
    return settled_


def _of(said: Said, type_: str) -> Iterator[Made]:
    return (made for made in said.made if made.resource["resourceType"] == type_)


def _renamed(made: Made, names: dict[str, str]) -> Made:
    first = names.get(f"{_RESULT}/{made.first}", "").partition("/")[2]
    return renamed(made, names)._replace(first=first or made.first)


class _Book:
    """Which reports and results there are, while a batch is applied."""

    def __init__(self, tx: Tx, reports: Sequence[tuple[Said, Made]]) -> None:
        self._tx = tx
        self._there: dict[str, JSON | None] = {}  # by id; None: not read yet
        self._look(_key(_REPORT, made.resource["id"]) for _, made in reports)
        new = [each for each in reports if each[1].resource["id"] not in self._there]
        self._known = tx.orders.of(
            (made.compartment, number) for said, made in new for number in _numbers(said, made)
        )
        self._look(_key(_REPORT, row.id) for row in self._known.values() if row.id)
        heard = {id_ for said, made in reports for id_ in _listed(made.resource)}
        self._look(_key(_RESULT, id_) for id_ in heard if self._there)
        self._new: dict[tuple[str, str], Numbered] = {}

    def _look(self, keys: Iterable[Key]) -> None:
        """Find out which resources there are."""
        rows = self._tx.resources.current([*keys])
        self._there.update({id_: None for (_, id_), row in rows.items() if not row.deleted})

    def names(self, said: Said) -> dict[str, str]:
        """Return the names that reports and results of a message have in truth."""
        names: dict[str, str] = {}
        results = {made.resource["id"]: made for made in _of(said, _RESULT)}
        for made in _of(said, _REPORT):
            id_ = self._report(said, made)
            if id_ != made.resource["id"]:
                names[f"{_REPORT}/{made.resource['id']}"] = f"{_REPORT}/{id_}"
            if id_ in self._there:
                listed = [results[one] for one in _listed(made.resource) if one in results]
                names.update(self._results(said, id_, listed))
        return names

    def hear(self, said: Iterable[Made]) -> None:
        """Note what a message says: what those after it say is found among it, too.

        Of results that are alike the first one stands for all of them, which are told apart later.
        """
        for made in said:
            if made.resource["resourceType"] in (_REPORT, _RESULT) and not made.first:
                self._there[made.resource["id"]] = made.resource

    def write(self) -> None:
        """Keep what is new."""
        self._tx.orders.note(self._new.values())

    def _report(self, said: Said, made: Made) -> str:
        """Return the id of a report, and note its numbers if it has several codes."""
        id_: str = made.resource["id"]
        numbers = [(made.compartment, number) for number in _numbers(said, made)]
        if id_ not in self._there:
            known = dict.fromkeys(self._known[one].id for one in numbers if one in self._known)
            id_ = next((one for one in known if self._is(one, made.resource)), id_)
        for one in numbers if len(numbers) > 1 else ():
            if one not in self._known:
                self._known[one] = self._new[one] = Numbered(*one, id_)
        return id_

    def _is(self, id_: str, resource: JSON) -> bool:
        return id_ in self._there and _is_same(self._content(_REPORT, id_), resource)

    def _results(self, said: Said, report: str, said_now: Sequence[Made]) -> dict[str, str]:
        """Return the names of results of a report that is known, where they have others."""
        new = [made for made in said_now if made.resource["id"] not in self._there]
        if not new:
            return {}
        now = {made.resource["id"] for made in said_now}
        ids = [id_ for id_ in _listed(self._content(_REPORT, report)) if id_ not in now]
        self._look(_key(_RESULT, id_) for id_ in ids if id_ not in self._there)
        known = {id_: self._content(_RESULT, id_) for id_ in ids if id_ in self._there}
        names: dict[str, str] = {}
        for made in new:
            same = [id_ for id_, one in known.items() if _is_result(one, made.resource)]
            first = same[0] if len(same) == 1 else _first_of(said, same, known)
            if first:
                del known[first]
                names[f"{_RESULT}/{made.resource['id']}"] = f"{_RESULT}/{first}"
        return names

    def _content(self, type_: str, id_: str) -> JSON:
        known = self._there[id_]
        if known is None:
            row = self._tx.resources.get(type_, id_)
            assert row is not None
            known = self._there[id_] = content(self._tx, row)
        return known


def _key(type_: str, id_: str) -> Key:
    return Key(id_.partition(".")[0], type_, id_)


def _listed(report: JSON) -> list[str]:
    """Return the ids of a report's results."""
    return [each.get("reference", "").partition("/")[2] for each in report.get("result", ())]


def _numbers(said: Said, made: Made) -> list[str]:
    """Return a report's number with each of its codes, as keyed hashes: its filler's, if it has."""
    given = {
        coding["code"]: (given_by(identifier, said.own), identifier.get("value", ""))
        for identifier in reversed(made.resource.get("identifier", ()))
        for coding in identifier.get("type", {}).get("coding", ())
        if coding.get("code") in ("PLAC", "FILL")
    }
    kind = "FILL" if "FILL" in given else "PLAC"
    if kind not in given:
        return []
    return [
        said.ids.resource(made.compartment, _REPORT, kind, *given[kind], *code)
        for code in _codes(made.resource)
    ]


def _codes(resource: JSON) -> dict[tuple[str, str], None]:
    """Return the codes of a result or a report, each with its system."""
    return {
        (coding.get("system", ""), coding["code"]): None
        for coding in resource.get("code", {}).get("coding", ()) if "code" in coding
    }  # fmt: skip


def _is_same(one: JSON, other: JSON) -> bool:
    """Whether two have a code in common, and no other code of a system that both have codes of."""
    mine, others = _codes(one).keys(), _codes(other).keys()
    shared = {system for system, _ in mine} & {system for system, _ in others}
    return bool(mine & others) and shared.isdisjoint(system for system, _ in mine ^ others)


def _is_result(one: JSON, other: JSON) -> bool:
    return (
        _is_same(one, other)
        and {*sub_ids(one)} == {*sub_ids(other)}
        and _own(one) == _own(other)
    )  # fmt: skip


def _own(result: JSON) -> set[tuple[str, str]]:
    """Return a result's own numbers."""
    return {(one.get("system", ""), one.get("value", "")) for one in result.get("identifier", ())}


def _first_of(said: Said, ids: Sequence[str], known: dict[str, JSON]) -> str:
    """Return the first one of serial results (see `gateway.ingest.results`); "" if none is."""
    for id_ in ids:
        home = id_.partition(".")[0]
        series = {said.ids.resource(home, _RESULT, id_, time_of(known[one])) for one in ids}
        if not series.isdisjoint(ids):
            return id_
    return ""
