"""Lists that messages give whole: what they say in; with what is no longer listed closed, out.

HL7 v2.5.1, 2.10.4.1: in snapshot mode the repeating segments of a message are all there are. A
message that lists allergies, relatives, diagnoses or insurances says of those that an earlier one
listed, and this one does not, that they are no longer so. They are closed, as FHIR says it, and
stay; listed again, by whichever message, they stand again.

Nothing is closed but what such a list of the same application has brought, and nothing else: what
another application (MSH-3, MSH-4), a message of another kind, or another segment (PRB, IAM) says is
not the list's to take back. A message without the segments
says nothing of their list, nor does one that is older than the latest list (a replay). See
`docs/explanation/snapshots.md` for the reasons.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gateway.ingest.findings import finding
from gateway.ingest.pipeline import Said
from gateway.ingest.sending import outdated
from gateway.store import Key, Row, Tx
from gateway.store.lists import Listed
from mappings.findings import Finding
from mappings.runtime.types import Listing
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]
_Key = tuple[str, str]

_SYSTEM = "http://terminology.hl7.org/CodeSystem/"
_INACTIVE = {
    type_: {"coding": [{"system": _SYSTEM + system, "code": "inactive"}]}
    for type_, system in (
        ("AllergyIntolerance", "allergyintolerance-clinical"),
        ("Condition", "condition-clinical"),
    )
}
#: What is said of a resource that is on no list any more.
_CLOSED: Mapping[str, JSON] = {
    "AllergyIntolerance": {"clinicalStatus": _INACTIVE["AllergyIntolerance"]},
    "Condition": {"clinicalStatus": _INACTIVE["Condition"]},
    "Coverage": {"status": "cancelled"},
    "RelatedPerson": {"active": False},
}
_NO_LIST = ""


def settled(tx: Tx, told: Told, findings: Mapping[int, list[Finding]]) -> Told:
    """Return what messages say, and with it what their lists say by leaving something out."""
    things = {
        (made.compartment, *_key(made))
        for _, said in told for made in said.made if made.resource["resourceType"] in _CLOSED
    }  # fmt: skip
    lists = set()
    for _, said in told:
        for one in _closing(said):
            lists.add((one.compartment, _list_of(said, one)))
            things.update((one.compartment, one.type, id_) for id_ in one.ids)
    if not (things or lists):
        return told
    book = _Book(tx, tx.lists.concerning(things, lists))
    book.look(told)
    settled_ = [
        (seq, said._replace(made=list(book.heard(seq, said, findings[seq])))) for seq, said in told
    ]
    book.write()
    return settled_


def closed(tx: Tx, homes: Sequence[str]) -> dict[str, frozenset[str]]:
    """Return what a list of some records has closed, by id: the names of what says so."""
    rows = (row for row in tx.lists.of(homes) if row.closed)
    return {row.id: frozenset(_CLOSED[row.type]) for row in rows}


class _Book:
    """What is on which list, while a batch is applied."""

    def __init__(self, tx: Tx, known: Sequence[Listed]) -> None:
        self._tx = tx
        self._before = set(known)
        self._rows: dict[_Key, dict[str, Listed]] = {}
        self._lists: dict[str, dict[_Key, None]] = {}  # what is, or was, on each
        for row in known:
            self._put(row)
        self._made: set[_Key] = set()  # by messages of this batch
        self._stored: dict[_Key, Row] = {}  # of what may have been told of later than a list

    def look(self, told: Told) -> None:
        """Read what the lists have that messages give anew, and what of theirs was closed."""
        whole = [
            (_list_of(said, one), one)
            for _, said in told for one in _closing(said) if one.whole
        ]  # fmt: skip
        made = {_key(made) for _, said in told for made in said.made}
        times = Counter(name for name, _ in whole)
        keys = {
            Key(row.compartment, row.type, row.id)
            for rows in self._rows.values() for row in rows.values()
            if row.list in times or (row.closed and (row.type, row.id) in made)
        }  # fmt: skip
        keys |= {
            Key(one.compartment, one.type, id_)
            for name, one in whole if times[name] > 1 for id_ in one.ids
        }  # fmt: skip
        self._stored = self._tx.resources.current(keys) if keys else {}

    def heard(self, seq: int, said: Said, findings: list[Finding]) -> Iterator[Made]:
        """Yield what a message says, of what was closed again too, and what it closes."""
        listed = {(one.type, id_) for one in _closing(said) for id_ in one.ids}
        for made in said.made:
            key = _key(made)
            if made.resource["resourceType"] in _CLOSED:
                yield self._again(seq, said, made)
                told = key not in listed or _is_wrong(made)
                if told and _NO_LIST not in self._rows.get(key, {}):
                    self._put(Listed(made.compartment, *key, _NO_LIST, seq))
            else:
                yield made
            self._made.add(key)
        for listing in _closing(said):
            for made in self._closed(seq, said, listing):
                findings.append(finding("information", "unlisted", listing.segment, listing.type))
                yield made

    def write(self) -> None:
        """Keep what has changed."""
        now = {row for rows in self._rows.values() for row in rows.values()}
        kept = {row[:4] for row in now}
        self._tx.lists.forget(sorted(row for row in self._before if row[:4] not in kept))
        self._tx.lists.note(now - self._before)

    def _put(self, row: Listed) -> None:
        key = row.type, row.id
        self._rows.setdefault(key, {})[row.list] = row
        self._lists.setdefault(row.list, {})[key] = None

    def _again(self, seq: int, said: Said, made: Made) -> Made:
        """Let a resource that was closed stand again: what is assumed of it counts now."""
        rows = self._rows.get(_key(made), {})
        if not any(row.closed for row in rows.values()) or self._is_late(seq, said, rows.values()):
            return made
        for row in list(rows.values()):
            self._put(row._replace(closed=False))
        closing = _CLOSED[made.resource["resourceType"]]
        weak = tuple(name for name in made.weak if name not in closing)
        erase = tuple(name for name in closing if name not in made.resource)
        return made._replace(weak=weak, erase=(*made.erase, *erase))

    def _closed(self, seq: int, said: Said, listing: Listing) -> Iterator[Made]:
        """Yield what is to be said of what a list no longer has; note what it has."""
        name = _list_of(said, listing)
        known = [
            row for key in self._lists.get(name, ())
            if (row := self._rows[key].get(name)) and row.type == listing.type
            and row.compartment == listing.compartment
        ]  # fmt: skip
        if not listing.whole or (known and self._is_late(seq, said, known)):
            return
        for id_ in listing.ids:
            self._put(Listed(listing.compartment, listing.type, id_, name, seq))
        for row in known:
            if row.id not in listing.ids and not row.closed:
                yield from self._left_out(row._replace(spool_seq=seq))

    def _left_out(self, row: Listed) -> Iterator[Made]:
        """Take a resource off a list; if it is on no other, and nobody else tells it, close it."""
        key = row.type, row.id
        rows = self._rows[key]
        if any(other.list != row.list and not other.closed for other in rows.values()):
            del rows[row.list]
        elif self._exists(key):
            self._put(row._replace(closed=True))
            resource = {"resourceType": row.type, "id": row.id, **_CLOSED[row.type]}
            yield Made(resource, row.compartment, "patient", replace=False)
        else:
            del rows[row.list]

    def _is_late(self, seq: int, said: Said, rows: Iterable[Listed]) -> bool:
        """Whether a message was said before one that listed these."""
        stored = (self._stored.get((row.type, row.id)) for row in rows)
        late = {outdated(row.told or b"", said.sent) for row in stored if row} - {None}
        return True in late if late else any(row.spool_seq > seq for row in rows)

    def _exists(self, key: _Key) -> bool:
        if key in self._made:
            return True
        stored = self._tx.resources.get(*key)
        return stored is not None and not stored.deleted


def _closing(said: Said) -> list[Listing]:
    """Return the lists that close what they leave out; of the others, only the fields are lists."""
    return [listing for listing in said.lists if listing.type in _CLOSED]


def _list_of(said: Said, listing: Listing) -> str:
    """Return what a list is called: by its segment, what it is of, and who gives it."""
    by = said.sent.by.hex() if said.sent else ""
    return f"{listing.segment} {listing.of} {by}".rstrip()


def _key(made: Made) -> _Key:
    return made.resource["resourceType"], made.resource["id"]


def _is_wrong(made: Made) -> bool:
    """Whether a resource is withdrawn: it has no clinical status any more, nor may it get one."""
    codes = made.resource.get("verificationStatus", {}).get("coding", ())
    return any(coding.get("code") == "entered-in-error" for coding in codes)
