"""A search as asked: name=value pairs in, a checked `Query` out.

Every parameter is understood, or the search is refused; with ``Prefer: handling=lenient`` it is
left out of the query and of the self link instead (https://hl7.org/fhir/R4/search.html#errors).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gateway.disclosure.refusals import BadRequest, Issue
from gateway.disclosure.search.matching import (
    MatchError,
    Reading,
    Test,
    compile_test,
    local_reference,
    split,
    token_parts,
    unescaped,
)
from gateway.disclosure.search.parameters import Parameter, table

Pair = tuple[str, str]


class Include(NamedTuple):
    """``_include=type:parameter[:target]``."""

    parameter: Parameter
    target: str | None


class Has(NamedTuple):
    """``_has:type:reference:…``: resources of `type` about the patient that pass `test`."""

    type: str
    test: Test


class Sort(NamedTuple):
    """One key of ``_sort``."""

    parameter: Parameter
    descending: bool


@dataclass(slots=True)
class Query:
    """A search understood.

    Attributes
    ----------
    patients : list of set of str
        One set per patient parameter: references ``Patient/id``, any of which.
    ids : set of str or None
        Logical ids asked for.
    identifiers : list of list of (system or None, value)
        Values of ``identifier``, which may find persons.
    tests : list of Test
        All must hold.
    used : list of (name, value)
        What the self link says was understood.
    """

    type: str
    patients: list[set[str]] = field(default_factory=list)
    ids: set[str] | None = None
    identifiers: list[list[tuple[str | None, str]]] = field(default_factory=list)
    tests: list[Test] = field(default_factory=list)
    has: list[Has] = field(default_factory=list)
    includes: list[Include] = field(default_factory=list)
    sort: list[Sort] = field(default_factory=list)
    count: int | None = None
    only_count: bool = False
    used: list[Pair] = field(default_factory=list)

    def matches(self, resource: dict[str, Any]) -> bool:
        """Tell whether a visible resource passes every test."""
        return all(test(resource) for test in self.tests)


def parse(type_: str, pairs: Sequence[Pair], reading: Reading, *, lenient: bool = False) -> Query:
    """Understand a search.

    Raises
    ------
    BadRequest
        Type not searchable; a parameter, modifier or value not understood and not `lenient`.
    """
    if type_ not in table():
        raise BadRequest(issues=[Issue("not-supported", f"{type_} cannot be searched")])
    query = Query(type_)
    problems = []
    for name, value in pairs:
        try:
            _add(query, name, value, reading)
        except MatchError as fault:
            problems.append(Issue("invalid", f"parameter {_shown(name)}: {fault}"))
        else:
            query.used.append((name, value))
    if problems and not lenient:
        raise BadRequest(issues=problems)
    return query


def _shown(name: str) -> str:
    """Show a parameter's name, whose modifier or chain a client may have filled with anything."""
    return name[:64] if name.isascii() and name.isprintable() else "?"


def _add(query: Query, name: str, value: str, reading: Reading) -> None:
    if handler := _RESULT.get(name):
        handler(query, value)
        return
    if name.startswith("_has:"):
        _has(query, name, value, reading)
        return
    stem, _, modifier = name.partition(":")
    parameter = table()[query.type].get(stem)
    if parameter is None:
        raise MatchError("unknown")
    if parameter.names_patient and modifier != "missing":
        query.patients.append(_patients(value, modifier, reading))
        return
    if stem == "identifier" and not modifier:
        query.identifiers.append([token_parts(one) for one in split(value, ",") if one])
    if stem == "_id":
        if modifier or not value:
            raise MatchError("takes ids, without modifier")
        ids = {unescaped(one) for one in split(value, ",")}
        query.ids = ids if query.ids is None else query.ids & ids
        return
    query.tests.append(compile_test(parameter, modifier or None, value, reading))


def _patients(value: str, modifier: str, reading: Reading) -> set[str]:
    if modifier not in ("", "Patient") or not value:
        raise MatchError("takes Patient/id, or id")
    found = set()
    for one in split(value, ","):
        reference = local_reference(unescaped(one), reading.base)
        found.add(reference if "/" in reference else f"Patient/{reference}")
    return found


def _has(query: Query, name: str, value: str, reading: Reading) -> None:
    parts = name.split(":")
    if query.type != "Patient" or len(parts) not in (4, 5):
        raise MatchError("is _has:type:patient:parameter, on Patient")
    _, type_, link, stem, *modifier = parts
    offered = table().get(type_, {})
    if link not in offered or not offered[link].names_patient or stem not in offered:
        raise MatchError("unknown type or parameter")
    if offered[stem].names_patient:
        raise MatchError("cannot be nested")
    test = compile_test(offered[stem], modifier[0] if modifier else None, value, reading)
    query.has.append(Has(type_, test))


def _count(query: Query, value: str) -> None:
    if not value.isascii() or not value.isdigit():
        raise MatchError("takes a whole number")
    query.count = min(int(value[:9]), 10**9)


def _summary(query: Query, value: str) -> None:
    if value not in ("count", "false"):
        raise MatchError("takes count or false")
    query.only_count = query.only_count or value == "count"


def _total(_query: Query, value: str) -> None:
    if value not in ("none", "estimate", "accurate"):
        raise MatchError("takes none, estimate or accurate")


def _format(_query: Query, value: str) -> None:
    if value not in ("json", "application/json", "application/fhir+json"):
        raise MatchError("is json")


def _include(query: Query, value: str) -> None:
    type_, _, rest = value.partition(":")
    name, _, target = rest.partition(":")
    parameter = table()[query.type].get(name)
    if type_ != query.type or parameter is None or parameter.kind != "reference":
        raise MatchError("is type:parameter, of a reference parameter of the type searched")
    query.includes.append(Include(parameter, target or None))


def _sort(query: Query, value: str) -> None:
    for key in value.split(","):
        parameter = table()[query.type].get(key.removeprefix("-"))
        if parameter is None or not (parameter.kind == "date" or parameter.name == "_id"):
            raise MatchError("sorts by date parameters, _lastUpdated and _id")
        query.sort.append(Sort(parameter, key.startswith("-")))


_RESULT = {
    "_count": _count,
    "_summary": _summary,
    "_total": _total,
    "_format": _format,
    "_include": _include,
    "_sort": _sort,
}
