"""Messages that name what has moved: what they say, in; the same where it is by now, out.

Not all who speak of a visit (an account) are told that it was moved from one record to another
(A44, A45): a laboratory's result still has the number of the record that it was in by mistake.
v2.9, 3.3.45: what is subordinate to it moves too. So what such a message says of it, and of what
belongs to it (`gateway.ingest.records.going`), is said where it is by now, and found; of the
patient, it is said where it is said. So it is with an order that moved, where no visit is named.

Who moved it knows where it is: what that application names after that, is there again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gateway.ingest.findings import finding
from gateway.ingest.pipeline import Said
from gateway.ingest.records.going import belonging, references, renamed
from gateway.ingest.sending import has_told, moved_to, outdated
from gateway.ingest.things.renaming import under
from gateway.store import Key, Row, Tx, compartment_of, document_of
from mappings.findings import Finding
from mappings.runtime.types import Listing
from mappings.runtime.walk.several import ORDERS
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]

_VISITS = ("Encounter", "Account")
_MOST = 16  # moves of one thing


class _Part(NamedTuple):
    """A resource that a message tells of, and what it refers to."""

    content: JSON
    refers: frozenset[str]


def settled(tx: Tx, told: Told, findings: Mapping[int, list[Finding]]) -> Told:
    """Return messages with what moved in the record that it is in."""
    keys = {key for _, said in told for key in _named(said)}
    rows = tx.resources.current(keys) if keys else {}
    left = {Key(*row[:3]): row for row in rows.values() if moved_to(row.told or b"")}
    if not left:
        return told
    return [(seq, _settled(tx, seq, said, left, findings[seq])) for seq, said in told]


def _named(said: Said) -> Iterator[Key]:
    """Yield the visits, or else the orders, that a message names, and does not move itself."""
    by = {made.resource["resourceType"]: made for made in said.made}
    types = ORDERS if by.keys().isdisjoint(_VISITS) else _VISITS
    own = {(type_, old) for type_, old, _ in said.moves} | said.brought.keys()
    for type_ in types:
        for made in said.made if type_ in by else ():
            id_ = made.resource["id"]
            if made.resource["resourceType"] == type_ and (type_, id_) not in own:
                yield Key(made.compartment, type_, id_)


def _settled(
    tx: Tx, seq: int, said: Said, left: Mapping[Key, Row], findings: list[Finding]
) -> Said:
    for key in dict.fromkeys(_named(said)):
        row = left.get(key)
        if row is None or _is_there_again(row, seq, said):
            continue
        now = _now(tx, row)
        if now:
            findings.append(finding("warning", "moved-before", key.type))
            said = _said_there(said, key, now)
    return said


def _is_there_again(row: Row, seq: int, said: Said) -> bool:
    """Whether who moved a visit names it, after that, where it had been."""
    if said.sent is None or not has_told(row.told or b"", said.sent):
        return False
    late = outdated(row.told or b"", said.sent)
    return not ((row.spool_seq or 0) > seq if late is None else late)


def _now(tx: Tx, row: Row | None) -> str:
    """Return the id under which something is known that moved; "" if it is not."""
    for _ in range(_MOST):
        target = moved_to(row.told or b"") if row else ""
        if row is None or not target:
            return row.id if row and not row.deleted else ""
        home = compartment_of(target)
        there = tx.merges.group(home).survivor
        row = tx.resources.get(row.type, there + target[len(home) :])
    return ""


def _said_there(said: Said, key: Key, now: str) -> Said:
    """Return a message with a visit, and all that it says of it, in another record."""
    here, there = key.compartment, compartment_of(now)
    if here == there:
        return under(said, {(key.type, key.id): now})
    known = {
        _name(one): _Part(one.resource, frozenset(references(one.resource)))
        for one in said.made
        if one.compartment == here and one.resource["resourceType"] not in ("Binary", "Patient")
    }
    going = belonging(known, f"{key.type}/{key.id}")
    documents = {part.content["id"] for part in going.values()}
    data = {
        _name(one): one.resource["id"] for one in said.made
        if one.resource["resourceType"] == "Binary" and document_of(_id(one)) in documents
    }  # fmt: skip
    ids = {id_: there + id_[len(here) :] for id_ in (*documents, *data.values())}
    ids[key.id] = now
    names = {name: f"{name.partition('/')[0]}/{ids[name.partition('/')[2]]}"
             for name in (*going, *data)}  # fmt: skip
    patient, theirs = (f"Patient/{said.ids.resource(home, 'Patient')}" for home in (here, there))
    everything = {**names, patient: theirs}
    made = [
        _made(one, ids, everything, here, there) if _name(one) in names else one
        for one in said.made
    ]
    lists = [
        each for one in said.lists
        for each in (_lists(one, ids, there) if one.compartment == here else [one])
    ]  # fmt: skip
    return said._replace(made=made, lists=lists)


def _made(
    made: Made, ids: Mapping[str, str], names: Mapping[str, str], here: str, there: str
) -> Made:
    resource = {**renamed(made.resource, here, names), "id": ids[_id(made)]}
    first = ids.get(made.first, made.first)
    return made._replace(resource=resource, compartment=there, first=first)


def _lists(listing: Listing, ids: Mapping[str, str], there: str) -> Iterator[Listing]:
    """Yield a list in the other record, if it is of what is there; else what is left of it."""
    gone = [id_ for id_ in listing.ids if id_ in ids]
    if listing.of in ids or (gone and len(gone) == len(listing.ids)):
        yield listing._replace(
            compartment=there, of=ids.get(listing.of, ""), ids=tuple(ids[one] for one in gone),
            fields={ids[one]: words for one, words in listing.fields.items() if one in ids},
        )  # fmt: skip
    else:
        stays = tuple(id_ for id_ in listing.ids if id_ not in ids)
        fields = {one: words for one, words in listing.fields.items() if one not in ids}
        yield listing._replace(ids=stays, fields=fields)


def _name(made: Made) -> str:
    return f"{made.resource['resourceType']}/{made.resource['id']}"


def _id(made: Made) -> str:
    return str(made.resource["id"])
