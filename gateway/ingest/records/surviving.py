"""Records that were merged (A40): messages in; each in the record that survived, out.

What is done for a patient goes on under the number that survived, and late messages still have the
number that was retired. Both are of one record, so all that is in the retired one moves to the
survivor, and whatever is said of either is said there: of a visit, an order, a result that is known
nothing is begun anew. Only the Patient stays where it was, and says by what it was replaced.

A record that was merged is the survivor's from then on, whoever was first: this holds of every
message of it, however long ago the merge was, and of chains of merges.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.ingest.findings import finding
from gateway.ingest.pipeline import Said
from gateway.ingest.records.following import addresses, follow_all
from gateway.ingest.records.merging import event
from gateway.ingest.things.joined_reports import twins, unsaid_by
from gateway.ingest.things.joining import deletion
from gateway.ingest.things.renaming import referring
from gateway.ingest.things.reused_visit_numbers import apart, leading
from gateway.ingest.things.snapshots import closed
from gateway.ingest.versions.combining import Judge, Judges, as_one
from gateway.ingest.versions.guessing import told_surely
from gateway.ingest.versions.known import content
from gateway.store import Key, New, Row, Tx, compartment_of
from gateway.store.orders import Numbered
from mappings.findings import Finding
from mappings.runtime.types import Listing
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]
_PATIENT = "Patient"
_UNLINKS = "A37"
_NOTHING = frozenset[str]()
_NAMING = frozenset({"reference", "url"})  # elements that name another resource


def settled(tx: Tx, told: Told, findings: Mapping[int, list[Finding]]) -> Told:
    """Note what messages merge; return what they say in the records that survive.

    That two of them are not one person's (A37) undoes no merge, and is found.
    """
    tx.merges.record(event(seq, said, *pair) for seq, said in told for pair in said.merges)
    homes = tx.merges.survivors(home for _, said in told for home in _patients(said))
    for seq, said in told if homes else ():
        if said.sent and said.sent.event == _UNLINKS and _are_one(_patients(said), homes):
            findings[seq].append(finding("warning", "still-merged", "PID-3"))
    return [(seq, in_records(said, homes) if homes else said) for seq, said in told]


def _are_one(patients: set[str], homes: Mapping[str, str]) -> bool:
    """Whether some of these records were merged with one another."""
    return len({homes.get(one, one) for one in patients}) < len(patients)


def _patients(said: Said) -> set[str]:
    """Return the patients' records that a message speaks of."""
    homes = {made.compartment for made in said.made if made.home == "patient"}
    return homes.union(
        *said.merges, *((compartment_of(old), compartment_of(new)) for _, old, new in said.moves)
    )


def in_records(said: Said, homes: Mapping[str, str], *, patients: bool = False) -> Said:
    """Return a message in other records: behind the dot, ids are the same in every one.

    Parameters
    ----------
    homes
        Which records, by those that the message names.
    patients
        Whether the Patients themselves are others', too.
    """
    within = {old for type_, old, new in said.moves if _id(old, homes) == _id(new, homes)}
    made = [
        one if one.resource["resourceType"] == _PATIENT and not patients else _made(one, homes)
        for one in said.made
        if one.resource["id"] not in within  # what moves from a record to the same was no mistake
    ]
    moves = [
        (type_, _id(old, homes), _id(new, homes))
        for type_, old, new in said.moves if old not in within
    ]  # fmt: skip
    lists = [
        one if one.type == _PATIENT and not patients else _list(one, homes) for one in said.lists
    ]
    return said._replace(made=made, moves=moves, lists=lists)


def _made(made: Made, homes: Mapping[str, str]) -> Made:
    resource = {**_there(made.resource, homes), "id": _id(made.resource["id"], homes)}
    home = homes.get(made.compartment, made.compartment)
    return made._replace(resource=resource, compartment=home, first=_id(made.first, homes))


def _list(listing: Listing, homes: Mapping[str, str]) -> Listing:
    return listing._replace(
        compartment=homes.get(listing.compartment, listing.compartment),
        of=_id(listing.of, homes),
        ids=tuple(_id(one, homes) for one in listing.ids),
        fields={_id(one, homes): words for one, words in listing.fields.items()},
    )


def _id(id_: str, homes: Mapping[str, str]) -> str:
    home, dot, local = id_.partition(".")
    return f"{homes.get(home, home)}{dot}{local}"


def _there(node: Any, homes: Mapping[str, str]) -> Any:
    """Return JSON with references into other records; parts may be shared: nothing is changed."""
    if isinstance(node, list):
        return [_there(each, homes) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        name: _name(each, homes)
        if name in _NAMING and isinstance(each, str)
        else _there(each, homes)
        for name, each in node.items()
    }


def _name(name: str, homes: Mapping[str, str]) -> str:
    type_, _, id_ = name.partition("/")
    return f"{type_}/{_id(id_, homes)}" if compartment_of(id_) in homes else name


def gathered(tx: Tx, told: Told, judges: Judges) -> None:
    """Move whatever still lies in a retired record, of which a message speaks, to the survivor."""
    by = {home: one for one in reversed(told) for home in _patients(one[1])}
    for group in {*tx.merges.groups(by).values()}:
        seq, said = next(by[home] for home in sorted(group.members) if home in by)
        for home in sorted(group.members - {group.survivor}):
            rows = [row for row in tx.resources.rows([home]) if row.type != _PATIENT]
            if rows:
                rows += tx.resources.rows([home], ["Binary"])
                _move(tx, seq, said, home, group.survivor, rows, judges.of(seq))


def _move(
    tx: Tx, seq: int, said: Said, here: str, there: str, rows: Sequence[Row], judge: Judge
) -> None:
    """Put resources of the record `here` into the record `there`, as they were told."""
    mine = {row.id: content(tx, row) for row in rows}
    ids = addresses(tx, here, there, rows)
    known = _known(tx, there, rows, ids)
    theirs = {row.id: content(tx, known[row.id]) for row in rows if row.id in known}
    if others := apart(mine, theirs):
        judge.findings.append(finding("warning", "visits-apart", "Encounter"))
        own = {row.id: said.ids.beside(ids[row.id], row.type, here) for row in rows
               if row.id in others}  # fmt: skip
        tx.orders.note(Numbered(there, ids[id_], own[id_]) for id_ in leading(mine, theirs, others))
        ids |= own
        known = _known(tx, there, rows, ids)
    theirs = {id_: each for id_, each in theirs.items() if id_ in known}
    if same := twins(tx, mine, theirs, ids):
        ids |= same
        known = _known(tx, there, rows, ids)
    names = {
        f"{row.type}/{_id(row.id, {here: there})}": f"{row.type}/{ids[row.id]}" for row in rows
    }
    news: dict[tuple[str, str], New] = {}
    closed_ = closed(tx, (here, there))
    for row in rows:
        whole = referring(_there(mine[row.id], {here: there}), names)
        key = row.type, ids[row.id]
        # Where one list has closed it, another that has it tells that it stands.
        sure = closed_.get(row.id, _NOTHING) | closed_.get(ids[row.id], _NOTHING)
        told = told_surely(row.told or b"", whole, sure)
        other: tuple[Row | New, JSON]
        if key in news:  # two that were known apart here, and are one there
            other = news[key], news[key].content or {}
        elif row.id in known:
            other = known[row.id], content(tx, known[row.id])
        else:
            news[key] = New(
                there, row.type, ids[row.id], {**whole, "id": ids[row.id]}, row.owner, row.labels,
                row.spool_seq, said.feed.zone, row.told,
            )  # fmt: skip
            continue
        one = other[0]._replace(told=told_surely(other[0].told or b"", other[1], sure)), other[1]
        news[key] = as_one(one, (row._replace(told=told), whole), said.feed.zone, judge)
    for row in rows:
        if row.type == "DiagnosticReport" and row.id in known:
            news |= unsaid_by(tx, news[row.type, ids[row.id]], news, judge)
    tx.resources.put_many([*news.values(), *(deletion(row, seq) for row in rows)])
    follow_all(tx, here, there, ids)


def _known(tx: Tx, there: str, rows: Sequence[Row], ids: Mapping[str, str]) -> dict[str, Row]:
    """Return what a record has of resources, by the ids that they have elsewhere."""
    found = tx.resources.current([Key(there, row.type, ids[row.id]) for row in rows])
    names = ((row.id, found.get((row.type, ids[row.id]))) for row in rows)
    return {id_: other for id_, other in names if other is not None and not other.deleted}
