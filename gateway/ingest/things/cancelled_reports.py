"""Reports that are cancelled: what messages say in; with what becomes of their results, out.

A report may say that there are no results, since its order was cancelled (OBR-25 X, HL7 table
0123), and name none of those that it has had. What was not final will not be then: it is cancelled,
as if its own OBX had said so (OBX-11 X), and its value is read in its history alone. So is what was
sent before and comes late. What was final is only taken back by itself (OBX-11 D, W, X): it stands,
and is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.ingest.findings import finding
from gateway.ingest.pipeline import Said
from gateway.ingest.sending import outdated
from gateway.ingest.things.reports import TYPE, home_of, listed
from gateway.ingest.versions.allowed import is_begun, is_final
from gateway.ingest.versions.known import content
from gateway.store import Key, Row, Tx
from mappings.findings import Finding
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]

_RESULT = "Observation"
_ERROR = {"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "error"}
_FOUND = ("component", "dataAbsentReason", "interpretation", "meta", "value", "_value")


def asks(said: Said) -> bool:
    """Whether a message cancels a report: it has to read what is known."""
    return any(_is_cancelled(made) for made in said.made)


def settled(tx: Tx, told: Told, findings: Mapping[int, list[Finding]]) -> Told:
    """Return what messages say, and what they leave of the results of reports they cancel."""
    known = _reports(tx, told)
    return [
        (seq, _whole(tx, seq, said, findings[seq]) if asks(said) else _left(tx, seq, said, known))
        for seq, said in told
    ]


def _reports(tx: Tx, told: Told) -> Mapping[str, Row]:
    """Return what is known, by id, of reports of which messages tell results that are begun."""
    keys = [
        Key(made.compartment, TYPE, made.resource["id"])
        for _, said in told if any(is_begun(made.resource) for made in _results_of(said))
        for made in said.made if made.resource["resourceType"] == TYPE
    ]  # fmt: skip
    rows = tx.resources.current(keys).values() if keys else ()
    return {row.id: row for row in rows if not row.deleted}


def _results_of(said: Said) -> Iterator[Made]:
    return (made for made in said.made if made.resource["resourceType"] == _RESULT)


def _left(tx: Tx, seq: int, said: Said, known: Mapping[str, Row]) -> Said:
    """Return a message that comes late without results that its report has cancelled since."""
    void: set[str] = set()
    for made in said.made:
        row = known.get(made.resource["id"])
        if row and _is_late(seq, said, row) and content(tx, row).get("status") == "cancelled":
            void.update(listed(made.resource))
    if not void:
        return said
    return said._replace(made=[
        one._replace(resource=unsaid(one.resource))
        if one.resource["id"] in void and is_begun(one.resource) else one
        for one in said.made
    ])  # fmt: skip


def _whole(tx: Tx, seq: int, said: Said, found: list[Finding]) -> Said:
    """Return what a message says, with the results that it cancels unsaid."""
    told = {made.resource["id"] for made in said.made}
    more: dict[str, Made] = {}
    for made in filter(_is_cancelled, said.made):
        row = tx.resources.get(TYPE, made.resource["id"])
        if row is None or row.deleted or _is_late(seq, said, row):
            continue
        results = list(_results(tx, {*listed(content(tx, row))} - told))
        for result in filter(is_begun, results):
            void = Made(unsaid(result), made.compartment, made.home, replace=True)
            more[result["id"]] = void
        if any(map(is_final, results)):
            found.append(finding("warning", "results-stand", "OBR-25"))
    return said._replace(made=[*said.made, *more.values()]) if more else said


def _is_cancelled(made: Made) -> bool:
    state = made.resource["resourceType"], made.resource.get("status")
    return state == (TYPE, "cancelled") and "id" not in made.weak  # it does not merely move


def _is_late(seq: int, said: Said, row: Row) -> bool:
    late = outdated(row.told or b"", said.sent)
    return (row.spool_seq or 0) > seq if late is None else late


def _results(tx: Tx, ids: set[str]) -> Iterator[JSON]:
    """Yield results as they are known."""
    keys = [Key(home_of(id_), _RESULT, id_) for id_ in sorted(ids)]
    for row in tx.resources.current(keys).values() if keys else ():
        if not row.deleted:
            yield content(tx, row)


def unsaid(result: JSON) -> JSON:
    """Return a result that there is none of: its report is cancelled."""
    left = {name: value for name, value in result.items() if not name.startswith(_FOUND)}
    return {**left, "status": "cancelled", "dataAbsentReason": {"coding": [_ERROR]}}
