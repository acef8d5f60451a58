"""Staff by any of their numbers: what messages say in; each practitioner under one id, out.

A staff record has a key (STF-1), by which an entry of a master file calls it (MFE-4), and lists the
numbers of a practitioner (STF-2), of which doctors in orders and visits have one. A key may be
anybody's number, too: keys count among themselves. From the record on, each leads to the
practitioner of it:

- one who was known by one of the numbers alone keeps the id when the record comes;
- a number that several records have names none of them.

Two who were known apart before their record came stay two; what is said later goes to the record's.

Who is no longer on the staff (MFE-1 MDC, MDL; STF-7 I) has no role there any more, and who is again
has them again: an entry alone names no role.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from gateway.ingest.ids import given_by
from gateway.ingest.pipeline import Said
from gateway.ingest.things.renaming import renamed
from gateway.ingest.versions.known import content, contents
from gateway.store import Tx
from gateway.store.orders import Numbered
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]
_TYPE, _KEY = "Practitioner", "RI"  # v2-0203: a number that identifies a resource
_ROLE = "PractitionerRole"


class _Member(NamedTuple):
    """A practitioner as a message names one: the id there, and the numbers as keyed hashes."""

    directory: str
    id: str
    numbers: tuple[str, ...]

    @property
    def record(self) -> str:
        """What brings the numbers together; "" if there is one alone."""
        return self.id if len(self.numbers) > 1 else ""


def settled(tx: Tx, told: Told) -> Told:
    """Return what messages say, with each practitioner under one id."""
    members = {seq: list(filter(None, (_member(said, one) for one in said.made)))
               for seq, said in told}  # fmt: skip
    everyone = [member for each in members.values() for member in each]
    if not everyone:
        return told
    book = _Book(tx, everyone)
    result = []
    for seq, said in told:
        names = {
            f"{_TYPE}/{member.id}": f"{_TYPE}/{id_}"
            for member in members[seq]
            if (id_ := book.id_of(member)) != member.id
        }
        made = [renamed(one, names) for one in said.made] if names else said.made
        result.append((seq, said._replace(made=[*made, *_roles(tx, made)])))
    book.write()
    return result


def leaves(said: Said) -> bool:
    """Whether somebody is no longer on the staff: what roles there are must be known."""
    return any(
        made.resource["resourceType"] == _TYPE and made.resource.get("active") is False
        for made in said.made
    )


def _roles(tx: Tx, made: Sequence[Made]) -> Iterator[Made]:
    """Yield the roles of those who are, or are no longer, on the staff, if that is new."""
    told = {one.resource["id"] for one in made}
    for one in made:
        active = one.resource.get("active") if one.resource["resourceType"] == _TYPE else None
        row = tx.resources.get(_TYPE, one.resource["id"]) if active is not None else None
        if row is None or content(tx, row).get("active", True) is active:
            continue
        for role in contents(tx, tx.resources.rows([one.compartment], [_ROLE])):
            whose = role.get("practitioner", {}).get("reference")
            if whose == f"{_TYPE}/{row.id}" and role["id"] not in told:
                now = {"resourceType": _ROLE, "id": role["id"], "active": active}
                yield Made(now, one.compartment, one.home, replace=False)


def _member(said: Said, made: Made) -> _Member | None:
    resource = made.resource
    if resource["resourceType"] != _TYPE or made.home != "directory":
        return None
    numbers = dict.fromkeys(
        (_kind(identifier), given_by(identifier, said.own), identifier["value"])
        for identifier in resource.get("identifier", ())
        if identifier.get("value")
    )
    hashes = [said.ids.resource(made.compartment, _TYPE, *one) for one in numbers]
    return _Member(made.compartment, resource["id"], tuple(hashes)) if hashes else None


def _kind(identifier: JSON) -> str:
    """Tell the key of a record from other numbers."""
    codings = identifier.get("type", {}).get("coding", ())
    return "record" if any(coding.get("code") == _KEY for coding in codings) else "number"


class _Book:
    """Whom numbers name, while a batch is applied."""

    def __init__(self, tx: Tx, members: Sequence[_Member]) -> None:
        self._tx = tx
        self._known = tx.orders.of(
            (member.directory, number)
            for member in members
            for number in (*member.numbers, member.id)
        )
        self._new: dict[tuple[str, str], Numbered] = {}

    def id_of(self, member: _Member) -> str:
        """Return the id of a practitioner, and note the numbers."""
        id_ = self._by_record(member) if member.record else self._by_number(member)
        for number in member.numbers:
            self._claim(Numbered(member.directory, number, id_, member.record))
        return id_

    def write(self) -> None:
        """Keep what is new."""
        self._tx.orders.note(self._new.values())

    def _by_number(self, member: _Member) -> str:
        row = self._known.get((member.directory, member.numbers[0]))
        return row.id if row and row.id else member.id

    def _by_record(self, member: _Member) -> str:
        """Return the id of a record: that of whom it was known by one of its numbers, if alone."""
        known = self._known.get((member.directory, member.id))
        if known is not None:
            return known.id
        rows = [self._known.get((member.directory, number)) for number in member.numbers]
        alone = dict.fromkeys(row.id for row in rows if row and row.id and not row.claim)
        id_ = next(iter(alone), member.id) if member.id not in alone else member.id
        self._note(Numbered(member.directory, member.id, id_))
        return id_

    def _claim(self, said: Numbered) -> None:
        """Note a number; one that another record has already is of neither."""
        known = self._known.get((said.compartment, said.number))
        if known is None or (said.claim and known.id and not known.claim):
            self._note(said)
        elif said.claim and known.claim and known.claim != said.claim:
            self._note(said._replace(id="", claim=known.claim))

    def _note(self, row: Numbered) -> None:
        key = row.compartment, row.number
        self._known[key] = self._new[key] = row
