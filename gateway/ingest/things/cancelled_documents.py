"""Documents that are cancelled: what messages say in; with what they had replaced current, out.

A document that replaces another one (MDM^T10) refers to it; when it is cancelled (T11), the other
one holds as before. The message need not name that again (TXA-13): the store knows. One that has
been replaced itself, by what is current, holds nothing up; one that replaced what was cancelled,
too, brings back what that had replaced. What comes behind its own cancellation takes the place of
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.ingest.pipeline import Said
from gateway.ingest.sending import outdated
from gateway.ingest.versions.known import content, contents
from gateway.store import Row, Tx
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]
_Known = Mapping[str, tuple[Row, JSON]]

_TYPE = "DocumentReference"
_CURRENT, _REPLACED, _WRONG = "current", "superseded", "entered-in-error"


def cancels(said: Said) -> bool:
    """Whether a message cancels a document: it has to read what is known."""
    return any(_is_cancelled(made) for made in said.made)


def settled(tx: Tx, told: Told) -> Told:
    """Return what messages say, and what is current because of it."""
    return [(seq, _whole(tx, seq, said) if cancels(said) else _late(tx, seq, said))
            for seq, said in told]  # fmt: skip


def _late(tx: Tx, seq: int, said: Said) -> Said:
    """Return what a message says, without replacing anything by what was cancelled before it came.

    What would have been replaced may not be known yet: then it is assumed to be current.
    """
    gone: set[str] = set()
    for made in said.made:
        replaced = {*_replaced(made.resource)} if made.resource["resourceType"] == _TYPE else None
        row = tx.resources.get(_TYPE, made.resource["id"]) if replaced else None
        if row is not None and not row.deleted and _is_late(seq, said, row):
            gone |= replaced or set() if content(tx, row)["status"] == _WRONG else set()
    if not gone:
        return said
    return said._replace(made=[_assumed(one) if one.resource["id"] in gone else one
                               for one in said.made])  # fmt: skip


def _assumed(made: Made) -> Made:
    weak = tuple(dict.fromkeys((*made.weak, "status")))
    return made._replace(resource={**made.resource, "status": _CURRENT}, weak=weak)


def _whole(tx: Tx, seq: int, said: Said) -> Said:
    """Return what a message says, with the documents that it leaves as the current ones."""
    told = {made.resource["id"] for made in said.made}
    more = []
    for made in filter(_is_cancelled, said.made):
        home = made.compartment
        rows = tx.resources.rows([home], [_TYPE])
        known = {
            row.id: (row, each) for row, each in zip(rows, contents(tx, rows), strict=True)
        }  # fmt: skip
        for id_ in sorted(_behind(seq, said, known, made.resource["id"]) - told):
            resource = {"resourceType": _TYPE, "id": id_, "status": _CURRENT}
            more.append(Made(resource, home, "patient", replace=False))
    return said._replace(made=[*said.made, *more])


def _is_cancelled(made: Made) -> bool:
    state = made.resource["resourceType"], made.resource.get("status")
    return state == (_TYPE, _WRONG) and "id" not in made.weak  # it does not merely move


def _behind(seq: int, said: Said, known: _Known, cancelled: str) -> set[str]:
    """Return the documents that the current one which is cancelled had taken the place of."""
    row, document = known.get(cancelled, (None, {}))
    if row is None or document["status"] != _CURRENT or _is_late(seq, said, row):
        return set()
    standing = {
        id_ for other, (_, each) in known.items()
        if other != cancelled and each["status"] == _CURRENT for id_ in _replaced(each)
    }  # fmt: skip
    found: set[str] = set()
    seen = {cancelled}
    more = [*_replaced(document)]
    while more:
        id_ = more.pop()
        if id_ in known and id_ not in seen and id_ not in standing:
            seen.add(id_)
            status = known[id_][1]["status"]
            if status == _WRONG:
                more += _replaced(known[id_][1])
            elif status == _REPLACED and "_status" not in known[id_][1]:  # nor said to be obsolete
                found.add(id_)
    return found


def _is_late(seq: int, said: Said, row: Row) -> bool:
    late = outdated(row.told or b"", said.sent)
    return (row.spool_seq or 0) > seq if late is None else late


def _replaced(document: JSON) -> Iterator[str]:
    """Yield the ids of the documents that a document replaces."""
    for each in document.get("relatesTo", ()):
        name = each["target"].get("reference", "")
        if each["code"] == "replaces" and name:
            yield name.partition("/")[2]
