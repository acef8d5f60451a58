"""``Patient/$everything``: a record in, every visible resource of it out, as stored bytes.

The unified Patient first (where a person was asked for), then the record and the asker's own
consents by compartment, type and id, then what these refer to in the sources' directories
(practitioners, organisations, locations), and those to one another. No body is parsed on the way.
Source: https://hl7.org/fhir/R4/patient-operation-everything.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from gateway import dates
from gateway.disclosure.bundles import Entry
from gateway.disclosure.refusals import BadRequest, Issue
from gateway.disclosure.search.query import Pair
from gateway.disclosure.session import Session
from gateway.disclosure.view import Record

_SUPPORTING = frozenset(
    {"Practitioner", "PractitionerRole", "Organization", "Location", "Medication", "Device"}
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an ``$everything`` asks for: types (None: all), since when (µs), entries on a page."""

    types: frozenset[str] | None
    since: int | None
    count: int | None
    used: list[Pair]


def parse(pairs: Sequence[Pair], zone: tzinfo, *, lenient: bool) -> Asked:
    """Understand the parameters.

    Raises
    ------
    BadRequest
        One is unknown, or its value is not understood, and not `lenient`.
    """
    types: frozenset[str] | None = None
    since: int | None = None
    count: int | None = None
    used, problems = [], []
    for name, value in pairs:
        if name == "_type" and value:
            named = frozenset(value.split(","))
            types = named if types is None else types & named
        elif name == "_count" and value.isascii() and value.isdigit() and int(value[:9]) > 0:
            count = int(value[:9])
        elif name == "_since" and (moment := _instant(value, zone)) is not None:
            since = moment
        elif not (name == "_format" and "json" in value):
            known = name in ("_type", "_count", "_since", "_format")
            why = "not understood" if known else "unknown"
            shown = name[:64] if name.isascii() and name.isprintable() else "?"
            problems.append(Issue("invalid", f"parameter {shown}: {why}"))
            continue
        used.append((name, value))
    if problems and not lenient:
        raise BadRequest(issues=problems)
    return Asked(types, since, count, used)


def _instant(value: str, zone: tzinfo) -> int | None:
    try:
        return dates.parse(value, zone).low
    except dates.DateError:
        return None


def entries(session: Session, record: Record, asked: Asked) -> list[Entry] | None:
    """Return everything visible of a record, as asked for; None where nothing of it is visible."""
    home = (record.home,) if record.home is not None else ()
    rows = session.view.visible([*record.compartments, *home])
    if not rows:
        return None
    wanted = {type_: _wanted(session, type_, asked) for type_ in {row.type for row in rows}}
    patients = [row for row in rows if row.type == "Patient"]
    rows = [
        row
        for row in rows
        if wanted[row.type] and (asked.since is None or row.updated >= asked.since)
    ]
    bodies, named = session.opened(rows)
    found = [
        Entry(row.type, row.id, str(row.version), body)
        for row, body in zip(rows, bodies, strict=True)
    ]
    if found and any(row.type == "Patient" for row in rows):
        found = [*session.united(record, patients), *found]
    return found + _supporting(session, named, asked)


def _wanted(session: Session, type_: str, asked: Asked) -> bool:
    return session.asker.scopes.allows(type_, "r") and (asked.types is None or type_ in asked.types)


def _supporting(session: Session, named: Iterable[tuple[str, str]], asked: Asked) -> list[Entry]:
    """Return what of the named lies in directories, and what that names there: a bed's ward."""
    found: list[Entry] = []
    seen: set[tuple[str, str]] = set()
    while (
        wanted := {
            one for one in named if one[0] in _SUPPORTING and _wanted(session, one[0], asked)
        }
        - seen
    ):
        seen |= wanted
        rows = [row for row in session.view.many(wanted) if not row.deleted]
        bodies, named = session.opened(rows)
        found += [
            Entry(row.type, row.id, str(row.version), body)
            for row, body in zip(rows, bodies, strict=True)
            if asked.since is None or row.updated >= asked.since
        ]
    return sorted(found, key=lambda entry: (entry.type, entry.id))
