"""What moves to another patient's record (A44, A45), and all that belongs to it.

A visit or an account was entered in the wrong record. A message says so of the visit alone; what
was written of it meanwhile moves too: its results, reports, orders, documents, diagnoses (v2.9,
3.3.45). It is said anew in the record it came to, under the name that later messages will call it
by, and deleted where it was: it is of another person. What is known there stands.
`gateway.ingest.records.going` says what belongs to it; what something else needs, too, stays also
where it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gateway.ingest.findings import finding
from gateway.ingest.pipeline import Prepared, Said
from gateway.ingest.records.following import addresses, follow
from gateway.ingest.records.going import belonging, bereft, names_visit, references, renamed
from gateway.ingest.records.unnamed import is_nobodys
from gateway.ingest.sending import moved, noted, outdated
from gateway.ingest.things import (
    appointments,
    awaiting,
    cancelled_prescriptions,
    cancelled_reports,
    order_groups,
    prior_results,
    renumbering,
    reused_visit_numbers,
    unnumbered_visits,
)
from gateway.ingest.things.cancelled_documents import cancels
from gateway.ingest.things.joining import deletion
from gateway.ingest.things.numbered_late import visited
from gateway.ingest.things.parent_orders import awaited
from gateway.ingest.things.renaming import under
from gateway.ingest.things.staff import leaves
from gateway.ingest.versions.known import contents, is_here
from gateway.ingest.versions.spreading import spread
from gateway.store import Key, New, Row, Tx, compartment_of, document_of
from gateway.store.orders import Numbered
from mappings.findings import Finding
from mappings.runtime.types import Listing
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]

_READING = (
    order_groups,
    cancelled_prescriptions,
    prior_results,
    renumbering,
    appointments,
    unnumbered_visits,
    cancelled_reports,
)


class _Known(NamedTuple):
    """A resource of the record that something leaves, and what it refers to."""

    row: Row
    content: JSON
    refers: frozenset[str]


def apart(batch: Sequence[Prepared]) -> Iterator[Sequence[Prepared]]:
    """Yield messages in their order; one that has to read what is known, first, or alone."""
    run: list[Prepared] = []
    homes = set[str]()
    for message in batch:
        said = message.said
        alone = said is not None and _reads(said)
        if run and said and (alone or not homes.isdisjoint(visited(said, linking=True))):
            yield run
            run = []
            homes.clear()
        if alone:
            yield [message]
        else:
            run.append(message)
            homes |= visited(said, linking=False) if said else set()
    if run:
        yield run


def _reads(said: Said) -> bool:
    """Whether a message has to read what is known."""
    moved = said.merges or said.moves or said.unnamed
    return (
        bool(moved)
        or leaves(said)
        or cancels(said)
        or any(each.asks(said) for each in _READING)
        or is_nobodys(said)
    )


def located(tx: Tx, told: Told) -> Told:
    """Return messages with what moves where it is: MRG-1 may name several records of a patient.

    It leaves each that has it; if none has, the first says that it was never there.
    """
    return [(seq, _located(tx, said) if len(said.moves) > 1 else said) for seq, said in told]


def _located(tx: Tx, said: Said) -> Said:
    keys = [Key(compartment_of(old), type_, old) for type_, old, _ in said.moves]
    there = {key for key, row in tx.resources.current(keys).items() if is_here(row)}
    named: dict[tuple[str, str], list[str]] = {}
    for type_, old, new in said.moves:
        named.setdefault((type_, new), []).append(old)
    moves: list[tuple[str, str, str]] = []
    left: dict[str, list[str]] = {}  # where it is, by where the message says that it was
    for (type_, new), olds in named.items():
        left[olds[0]] = [old for old in olds if (type_, old) in there] or olds[:1]
        moves += [(type_, old, new) for old in left[olds[0]]]
    made = [
        one._replace(resource={**one.resource, "id": id_}, compartment=compartment_of(id_))
        for one in said.made
        for id_ in left.get(one.resource["id"], (one.resource["id"],))
    ]
    return said._replace(made=made, moves=moves)


def carried(tx: Tx, seq: int, said: Said, findings: list[Finding]) -> Said:
    """Delete what moves where it was; return the message as if it said all of that, too.

    What a later message than this has spoken of where it was stays there, and is found. References
    between what moves and what stays are lost, and found.
    """
    made: list[Made] = []
    lists: list[Listing] = []
    brought: dict[tuple[str, str], bytes] = {}
    stubs: dict[str, JSON] = {}  # what left says of itself where it was: whose it was
    stays: set[str] = set()
    again: dict[tuple[str, str], str] = {}  # visits whose number another one has where they come
    for type_, old, new in said.moves:
        known = _read(tx, tx.resources.rows([compartment_of(old)]))
        mover = known.get(f"{type_}/{old}")
        stubs[old] = _whose(said, type_, mover, known, compartment_of(old))
        if mover is not None and _may_go(mover.row, seq, said):
            here, there = compartment_of(old), compartment_of(new)
            going = _unrestricted(known, belonging(known, f"{type_}/{old}"))
            data = _data(tx, here, going)
            whole = {**going, **data}
            ids = addresses(tx, here, there, [each.row for each in whole.values()])
            ids[old] = new
            if anew := _apart(tx, said, whole, ids):
                findings.append(finding("warning", "visits-apart", "Encounter"))
                again[type_, new] = anew.get(old, new)
                ids |= anew
            made += _said(said, whole, ids, here, there)
            for each in whole.values():
                brought[each.row.type, ids[each.row.id]] = each.row.told or b""
            lists += follow(tx, said.ids, here, there, ids)
            findings += _left_behind(known, going)
            rows = [*_leaving(known, going), *(each.row for each in data.values())]
            _delete(tx, rows, seq, said, ids)
            tx.orders.drop(awaiting.gone(said.ids, (row.id for row in rows)))
            left = frozenset(f"{row.type}/{row.id}" for row in rows)
            stay = [known[name] for name in known if name not in left]
            findings += _bereave(tx, said, stay, left)
        elif mover is not None and is_here(mover.row):
            stays.add(old)
            findings.append(finding("information", "superseded", type_))
    said = under(said, again) if again else said
    own = [
        one._replace(resource={**stubs.get(one.resource["id"], {}), **one.resource})
        for one in said.made if one.resource["id"] not in stays
    ]  # fmt: skip
    return said._replace(made=[*made, *own], lists=[*said.lists, *lists], brought=brought)


def _whose(
    said: Said, type_: str, mover: _Known | None, known: Mapping[str, _Known], home: str
) -> JSON:
    """Return whose a visit (an account) was that moves; it may never have been told of."""
    if mover is not None:
        return {name: mover.content[name] for name in ("subject",) if name in mover.content}
    patient = f"Patient/{said.ids.resource(home, 'Patient')}"
    whose = {"reference": patient}
    return {"subject": [whose] if type_ == "Account" else whose} if patient in known else {}


def _may_go(row: Row, seq: int, said: Said) -> bool:
    """Whether a message moves what it says; not what was told of later, where it was."""
    return is_here(row) and (row.spool_seq or 0) <= seq and not outdated(row.told or b"", said.sent)


def _read(tx: Tx, rows: Sequence[Row]) -> dict[str, _Known]:
    found = {}
    for row, content in zip(rows, contents(tx, rows), strict=True):
        found[f"{row.type}/{row.id}"] = _Known(row, content, frozenset(references(content)))
    return found


def _data(tx: Tx, home: str, going: Mapping[str, _Known]) -> dict[str, _Known]:
    """Return the Binaries of documents."""
    documents = {each.row.id for each in going.values()}
    rows = tx.resources.rows([home], ["Binary"])
    return _read(tx, [row for row in rows if document_of(row.id) in documents])


def _apart(
    tx: Tx, said: Said, going: Mapping[str, _Known], ids: Mapping[str, str]
) -> dict[str, str]:
    """Return new ids of visits (and what they are part of the name of) that are others there.

    Of two visits of one number, the number is that one's which began last.
    """
    mine = {each.row.id: each.content for each in going.values()}
    keys = {(each.row.type, ids[each.row.id]): each.row.id for each in going.values()}
    found = tx.resources.current([Key(compartment_of(id_), type_, id_) for type_, id_ in keys])
    there = {keys[key]: row for key, row in found.items() if is_here(row)}
    theirs = dict(zip(there, contents(tx, [*there.values()]), strict=True))
    anew = {
        id_: said.ids.beside(ids[id_], mine[id_]["resourceType"], compartment_of(id_))
        for id_ in reused_visit_numbers.apart(mine, theirs)
    }
    tx.orders.note(
        Numbered(compartment_of(anew[id_]), ids[id_], anew[id_])
        for id_ in reused_visit_numbers.leading(mine, theirs, anew.keys())
    )
    return anew


def _unrestricted(known: Mapping[str, _Known], going: Mapping[str, _Known]) -> dict[str, _Known]:
    """Return what goes without the labels that it had of the patient who was the wrong one."""
    record = {(each.row.type, each.row.id): each.content for each in known.values()
              if each.row.type != "Patient"}  # fmt: skip
    own = spread(record, whole=True)
    return {
        name: each._replace(content=own.get((each.row.type, each.row.id), each.content))
        for name, each in going.items()
    }


def _leaving(known: Mapping[str, _Known], going: Mapping[str, _Known]) -> Iterator[Row]:
    """Yield what nothing else needs where it was."""
    needed = {name for other in known.keys() - going for name in known[other].refers}
    for number, (name, each) in enumerate(going.items()):
        if number == 0 or name not in needed or names_visit(each, going):
            yield each.row


def _said(
    said: Said, going: Mapping[str, _Known], ids: Mapping[str, str], here: str, there: str
) -> Iterator[Made]:
    """Yield resources as they are in their new record; what is known there already stands."""
    names = {name: f"{each.row.type}/{ids[each.row.id]}" for name, each in going.items()}
    whose, theirs = (f"Patient/{said.ids.resource(home, 'Patient')}" for home in (here, there))
    names[whose] = theirs
    for each in going.values():
        content = {**renamed(each.content, here, names), "id": ids[each.row.id]}
        yield Made(content, there, "patient", replace=False, weak=tuple(content))


def _left_behind(known: Mapping[str, _Known], going: Mapping[str, _Known]) -> list[Finding]:
    """Find what refers to something that stays, whose record it leaves: both by their types."""
    lost = {
        (each.row.type, name.partition("/")[0]): None
        for each in going.values() for name in sorted(each.refers)
        if name in known and name not in going and not name.startswith("Patient/")
    }  # fmt: skip
    return [finding("warning", "reference-left", one, other) for one, other in lost]


def _bereave(tx: Tx, said: Said, stay: Sequence[_Known], gone: frozenset[str]) -> list[Finding]:
    """Take references to what is gone out of what stays, and find them: both by their types.

    An order still has the number of what it is part of: it awaits that, should it come back.
    """
    lost: dict[tuple[str, str], None] = {}
    news = []
    for row, content, refers in stay:
        if left := refers & gone:
            lost |= {(row.type, other.partition("/")[0]): None for other in left}
            now = bereft(content, gone)
            tx.orders.note({*awaited(said, now)})
            news.append(New(
                row.compartment, row.type, row.id, now, row.owner, row.labels, row.spool_seq,
                said.feed.zone, row.told,
            ))  # fmt: skip
    tx.resources.put_many(news)
    return [finding("warning", "reference-left", *types) for types in sorted(lost)]


def _delete(tx: Tx, rows: Sequence[Row], seq: int, said: Said, ids: Mapping[str, str]) -> None:
    """Delete what moved, and keep where it is, and by whose word."""
    news = []
    for row in rows:
        told = moved(noted(b"", row.type, said.sent), ids[row.id])
        news.append(deletion(row, seq)._replace(told=told))
    tx.resources.put_many(news, {(row.type, row.id): row for row in rows})
