"""Search: a query and a session in, the visible matches in their order out.

Candidates are narrowed by what the query names (patients, ids, identifiers), made visible, and only
then unsealed and matched: totals, order, pages and includes are of the visible set by construction.
A search that names nobody runs over the persons the asker may see, if they are few.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.disclosure.admission import check_interaction
from gateway.disclosure.bundles import Entry
from gateway.disclosure.identifiers import token
from gateway.disclosure.refusals import TooCostly
from gateway.disclosure.search.elements import references
from gateway.disclosure.search.order import Key, key_of
from gateway.disclosure.search.query import Query
from gateway.disclosure.session import Session
from gateway.disclosure.view import Record
from gateway.store import Row, compartment_of


@dataclass(slots=True)
class Match:
    """One match: its place in the order, and its row or, where it was composed, its entry."""

    key: Key
    row: Row | None
    entry: Entry | None


class Search:
    """How searches are run.

    Parameters
    ----------
    max_persons : int
        Most persons that a search naming nobody runs over.
    """

    def __init__(self, max_persons: int) -> None:
        self._max_persons = max_persons

    def matches(self, session: Session, query: Query) -> list[Match]:
        """Return every visible match, in order.

        Raises
        ------
        TooCostly
            The query names nobody, and the asker may see too many.
        Forbidden
            ``_has`` asks about a type that the asker has no scope to search.
        """
        if query.type == "Patient":
            found = list(self._patients(session, query))
        else:
            found = list(self._resources(session, query))
        found.sort(key=lambda match: match.key)
        return found

    def entries(self, session: Session, matches: Sequence[Match]) -> list[Entry]:
        """Return matches as entries, unsealing those not opened yet."""
        rows = [match.row for match in matches if match.entry is None and match.row is not None]
        opened = iter(session.bodies(rows))
        return [
            match.entry or _entry(match.row, next(opened))
            for match in matches
            if match.entry or match.row
        ]

    def included(self, session: Session, query: Query, entries: Sequence[Entry]) -> list[Entry]:
        """Return the visible targets of ``_include``, each once, without those that matched."""
        wanted: set[tuple[str, str]] = set()
        for entry in entries if query.includes else ():
            resource = orjson.loads(entry.body)
            for include in query.includes:
                for path in include.parameter.paths:
                    for reference in references(resource, path):
                        type_, _, id_ = reference.partition("/")
                        if include.target in (None, type_):
                            wanted.add((type_, id_))
        wanted -= {(entry.type, entry.id) for entry in entries}
        allowed = sorted(one for one in wanted if session.asker.scopes.allows(one[0], "r"))
        rows = [row for row in session.view.many(_stored(allowed)) if not row.deleted]
        found = [_entry(row, body) for row, body in zip(rows, session.bodies(rows), strict=True)]
        composed = (session.resource(*one) for one in allowed if "." not in one[1])
        found += [entry for entry in composed if entry is not None]
        return [entry._replace(mode="include") for entry in found]

    def _resources(self, session: Session, query: Query) -> Iterable[Match]:
        rows = session.view.visible(self._compartments(session, query), (query.type,))
        if query.ids is not None:
            rows = [row for row in rows if row.id in query.ids]
        if not query.tests and not query.sort:
            yield from (Match([row.id], row, None) for row in rows)
            return
        for row, body in zip(rows, session.bodies(rows), strict=True):
            resource = orjson.loads(body)
            if query.matches(resource):
                key = key_of(resource, query.sort, session.zone)
                yield Match(key, row, _entry(row, body))

    def _compartments(self, session: Session, query: Query) -> list[str]:
        """Return the compartments that may hold matches."""
        if query.patients:
            scopes = [_united(_records(session, one), query.type) for one in query.patients]
            return sorted(set.intersection(*scopes))
        if query.ids is not None:
            return sorted({compartment_of(id_) for id_ in query.ids})
        if query.type == "Consent":
            raise TooCostly
        return sorted(_united(self._reachable(session), query.type))

    def _reachable(self, session: Session) -> list[Record]:
        persons = session.view.reachable(self._max_persons)
        if len(persons) > self._max_persons:
            raise TooCostly
        return [session.view.person_record(person) for person in persons]

    def _patients(self, session: Session, query: Query) -> Iterable[Match]:
        for has in query.has:
            check_interaction(session.asker, has.type, "s")
        for record, entry, row in self._candidates(session, query):
            resource = orjson.loads(entry.body)
            if query.matches(resource) and _has_all(session, record, query):
                session.about(record)
                yield Match(key_of(resource, query.sort, session.zone), row, entry)

    def _candidates(
        self, session: Session, query: Query
    ) -> Iterable[tuple[Record, Entry, Row | None]]:
        """Yield visible Patients: unified ones, and the sources' that are asked for by id."""
        named = query.ids
        if named is None:
            for record in self._persons(session, query):
                entry = session.patient(record)
                if entry is not None:
                    yield record, entry, None
            return
        seen = set()
        for id_ in sorted(named):
            record_ = session.view.record(id_)
            entry = session.resource("Patient", id_) if record_ else None
            if record_ is not None and entry is not None and entry.id not in seen:
                seen.add(entry.id)
                yield record_, entry, None

    def _persons(self, session: Session, query: Query) -> list[Record]:
        """Return the records of persons who may match: by identifier, or all within reach."""
        tenant = session.asker.tenant
        for values in query.identifiers:
            if all(value for _, value in values):
                tokens = [token(session.tx.keys, tenant, *one) for one in values]
                persons = session.tx.persons.find(tokens, tenant)
                return [session.view.person_record(person) for person in persons]
        return self._reachable(session)


def _entry(row: Row | None, body: bytes) -> Entry:
    if row is None:
        raise TypeError("a match without a row has its entry")
    return Entry(row.type, row.id, str(row.version), body)


def _stored(references_: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [one for one in references_ if "." in one[1]]


def _records(session: Session, patients: Iterable[str]) -> list[Record]:
    found = []
    for reference in sorted(patients):
        type_, _, id_ = reference.partition("/")
        record = session.view.record(id_) if type_ == "Patient" else None
        if record is not None:
            session.about(record)
            found.append(record)
    return found


def _united(records: Iterable[Record], type_: str) -> set[str]:
    """Return the compartments of records in which resources of a type lie."""
    if type_ == "Consent":
        return {record.home for record in records if record.home}
    return {one for record in records for one in record.compartments}


def _has_all(session: Session, record: Record, query: Query) -> bool:
    return all(_has_one(session, record, has.type, has.test) for has in query.has)


def _has_one(
    session: Session, record: Record, type_: str, test: Callable[[dict[str, Any]], bool]
) -> bool:
    rows = session.view.visible(record.compartments, (type_,))
    return any(test(orjson.loads(body)) for body in session.bodies(rows))
