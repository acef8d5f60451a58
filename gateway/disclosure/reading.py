"""Read, vread and history: a reference in, the visible version or versions out.

https://hl7.org/fhir/R4/http.html#read, #vread, #history. What is hidden and what never was get the
same `Absent`. An old version is judged by its own labels and today's together, so that relabelling
hides the past too. What was entered in the wrong record, and moved to another patient's, is his:
what was said of it where it was is for those alone who may see it where it is.
"""

from __future__ import annotations

from collections.abc import Callable

import orjson

from gateway.disclosure import bundles
from gateway.disclosure.admission import check_interaction
from gateway.disclosure.bundles import Entry, Version
from gateway.disclosure.door import Answer, Call, Door
from gateway.disclosure.facts import relabelled
from gateway.disclosure.refusals import Absent, Deleted
from gateway.disclosure.session import Session
from gateway.ingest.sending import moved_to
from gateway.store import Row
from gateway.store.clinical import instant


def read(door: Door, call: Call, type_: str, id_: str) -> Answer:
    """Return the current version.

    Raises
    ------
    Absent, Deleted, Forbidden, Unavailable
        See `gateway.disclosure.refusals`.
    """
    with door.enter(call) as session:
        _check(session, type_)
        return _current(session, type_, id_)


def vread(door: Door, call: Call, type_: str, id_: str, version: str) -> Answer:
    """Return one version; of what is composed, the present one only. Raises as `read`."""
    with door.enter(call) as session:
        _check(session, type_)
        if "." not in id_:
            found = _current(session, type_, id_)
            if found.version != version:
                raise Absent
            return found
        row = session.view.one(type_, id_)
        number = int(version) if version.isascii() and version.isdigit() else 0
        past = session.tx.resources.version(type_, id_, number) if row and number < 2**31 else None
        if row is None or past is None or not _sees(session, row)(past):
            raise Absent
        return _stored(session, past)


def history(door: Door, call: Call, type_: str, id_: str) -> Answer:
    """Return every visible version, newest first, as a history Bundle. Raises as `read`."""
    with door.enter(call) as session:
        _check(session, type_)
        versions = list(_versions(session, type_, id_))
        session.leaves(
            Entry(one.type, one.id, str(one.version), one.body or b"") for one in versions
        )
        link = ("self", f"{door.base}/{type_}/{id_}/_history")
        return Answer(bundles.history(door.base, versions, links=[link]))


def _check(session: Session, type_: str) -> None:
    """Check the scope; a Binary is part of a document, and needs the document's too."""
    check_interaction(session.asker, type_, "r")
    if type_ == "Binary":
        check_interaction(session.asker, "DocumentReference", "r")


def _current(session: Session, type_: str, id_: str) -> Answer:
    if "." in id_:
        row = session.view.one(type_, id_)
        if row is None:
            raise Absent
        return _stored(session, row)
    entry = session.resource(type_, id_)
    if entry is None:
        raise Absent
    session.leaves([entry])
    return Answer(entry.body, version=entry.version, modified=_modified(entry))


def _stored(session: Session, row: Row) -> Answer:
    if row.deleted:
        raise Deleted(_where_now(session, row))
    entry = Entry(row.type, row.id, str(row.version), session.bodies([row])[0])
    session.leaves([entry])
    return Answer(entry.body, version=entry.version, modified=instant(row.updated))


def _where_now(session: Session, row: Row) -> str | None:
    """Say where a deleted resource is since its record was merged, to whoever may see it there."""
    survivor = session.tx.merges.group(row.compartment).survivor
    id_ = survivor + row.id[len(row.compartment) :]
    now = session.view.one(row.type, id_) if survivor != row.compartment else None
    if now is None or now.deleted:
        return None
    return f"the resource is deleted here: its record was merged, and it is {row.type}/{id_} now"


def _versions(session: Session, type_: str, id_: str) -> list[Version]:
    if "." not in id_:
        entry = session.resource(type_, id_)
        if entry is None:
            raise Absent
        return [Version(type_, entry.id, entry.version, _modified(entry), entry.body)]
    row = session.view.one(type_, id_)
    if row is None:
        raise Absent
    rows = [*filter(_sees(session, row), session.tx.resources.history(type_, id_))]
    written = iter(session.bodies([past for past in rows if not past.deleted]))
    return [
        Version(
            type_, id_, str(past.version), instant(past.updated),
            None if past.deleted else next(written),
        )
        for past in rows
    ]  # fmt: skip


def _sees(session: Session, row: Row) -> Callable[[Row], bool]:
    """Return whether a version of what is `row` today is visible."""
    anothers = _is_anothers(session, row)

    def sees(past: Row) -> bool:
        mine = past.version == row.version or not anothers
        return mine and session.view.sees(relabelled(past, row))

    return sees


def _is_anothers(session: Session, row: Row) -> bool:
    """Whether something moved to another record, perhaps on from there, and is hidden there."""
    known, target = {row.id}, moved_to(row.told or b"")
    while target and target not in known:  # what moved back names where it had been
        now = session.view.one(row.type, target)
        if now is None:
            return True
        known.add(target)
        target = moved_to(now.told or b"")
    return False


def _modified(entry: Entry) -> str:
    modified: str = orjson.loads(entry.body)["meta"]["lastUpdated"]
    return modified
