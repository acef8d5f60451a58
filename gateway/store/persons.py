"""Persons: identifiers' tokens in; who is who, and what hangs on each, out.

A person unites compartments of several sources. Which link is proven is decided elsewhere
(`gateway.ingest.records.linking`); here it is kept, undone, and queued for a human.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, func, insert, select, update

from gateway.keys import random_id
from gateway.store import bulk
from gateway.store.compartments import CompartmentRow, NewCompartment
from gateway.store.errors import StoreError
from gateway.store.models import (
    Compartment,
    ConsentIndex,
    IdentityToken,
    LinkReview,
    Person,
    table,
)

if TYPE_CHECKING:
    from gateway.store.store import Tx

STRONG = "strong"
DISPUTED = "disputed"
BUSINESS = "business"

_PERSON = table(Person)
_TOKEN = table(IdentityToken)
_REVIEW = table(LinkReview)
_COMPARTMENT = table(Compartment)
_CONSENT = table(ConsentIndex)


class PersonRow(NamedTuple):
    """One human being."""

    id: str
    tenant: str
    created: int


class Holder(NamedTuple):
    """A compartment that holds an identifier, and whose it is."""

    token: bytes
    compartment: str
    kind: str
    person: str | None


class Review(NamedTuple):
    """Two records that may be one person's, for a human to decide."""

    id: int
    compartment: str
    candidate: str
    reason: str
    created: int


class Persons:
    """Repository of persons, in one transaction."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def create(self, tenant: str, count: int = 1) -> list[str]:
        """Make new persons."""
        rows = [(random_id(), tenant, self._tx.now) for _ in range(count)]
        bulk.insert(self._tx.connection, _PERSON, PersonRow._fields, rows)
        return [row[0] for row in rows]

    def resolve(self, person: str) -> PersonRow | None:
        """Return a person, or the one it turned out to be."""
        columns = (_PERSON.c.id, _PERSON.c.tenant, _PERSON.c.created, _PERSON.c.absorbed)
        query = select(*columns).where(_PERSON.c.id == person)
        row = self._tx.connection.execute(query).first()
        if row is not None and row[3] is not None:
            query = select(*columns).where(_PERSON.c.id == row[3])
            row = self._tx.connection.execute(query).first()
        return PersonRow(*row[:3]) if row is not None else None

    def compartments(self, person: str) -> list[CompartmentRow]:
        """Return the records of a person: each source's, and its own (absorbed persons' too)."""
        found = self.resolve(person)
        return self._tx.compartments.of_persons((found.id,)) if found else []

    def home(self, person: str) -> str:
        """Return a person's own compartment, made if need be."""
        found = self.resolve(person)
        if found is None:
            raise StoreError("no such person")
        new = NewCompartment(found.id, found.tenant, "person", None, found.id)
        self._tx.compartments.ensure((new,))
        return found.id

    def find(self, tokens: Iterable[bytes], tenant: str) -> list[str]:
        """Return the persons whose records hold any of the identifiers."""
        holders = self.holders(tokens, tenant)
        return sorted({holder.person for holder in holders if holder.person})

    def for_identity(self, tenant: str, token: bytes) -> str:
        """Return the person that a strong identifier names, made if nobody had it yet."""
        self._tx.sequence()
        for holder in self.holders((token,), tenant):
            if holder.kind == STRONG and holder.person:
                return holder.person
        (person,) = self.create(tenant)
        self.add_tokens([(token, self.home(person), STRONG)])
        return person

    def holders(self, tokens: Iterable[bytes], tenant: str) -> list[Holder]:
        """Return who holds any of the identifiers, in one tenant, oldest first."""
        found: list[Holder] = []
        for some in bulk.chunks(list(set(tokens))):
            query = (
                select(
                    _TOKEN.c.token,
                    _TOKEN.c.compartment,
                    _TOKEN.c.kind,
                    _COMPARTMENT.c.person,
                )
                .join(_COMPARTMENT, _COMPARTMENT.c.id == _TOKEN.c.compartment)
                .where(_TOKEN.c.token.in_(some), _COMPARTMENT.c.tenant == tenant)
                .order_by(_COMPARTMENT.c.created, _COMPARTMENT.c.id)
            )
            found.extend(Holder._make(row) for row in self._tx.connection.execute(query))
        return found

    def records(self, token: bytes, tenant: str, source: str, most: int) -> list[str]:
        """Return the records of a source's patients that hold an identifier; some, of many."""
        query = (
            select(_TOKEN.c.compartment)
            .join(_COMPARTMENT, _COMPARTMENT.c.id == _TOKEN.c.compartment)
            .where(
                _TOKEN.c.token == token,
                _COMPARTMENT.c.tenant == tenant,
                _COMPARTMENT.c.organisation == source,
                _COMPARTMENT.c.kind == "patient",
            )
            .limit(most)
        )
        return [row[0] for row in self._tx.connection.execute(query)]

    def held(self, tokens: Iterable[bytes]) -> set[bytes]:
        """Return those identifiers that any record holds."""
        wanted = sorted(set(tokens))
        return {bytes(one) for one in bulk.present(self._tx.connection, _TOKEN, "token", wanted)}

    def tokens_of(self, compartments: Iterable[str]) -> dict[str, dict[bytes, str]]:
        """Return the kind of every identifier that each compartment holds."""
        found: dict[str, dict[bytes, str]] = {id_: {} for id_ in compartments}
        for ids in bulk.chunks(list(found)):
            query = select(_TOKEN.c.compartment, _TOKEN.c.token, _TOKEN.c.kind)
            for id_, token, kind in self._tx.connection.execute(
                query.where(_TOKEN.c.compartment.in_(ids))
            ):
                found[id_][token] = kind
        return found

    def add_tokens(self, rows: Sequence[tuple[bytes, str, str]]) -> None:
        """Note identifiers as (token, compartment, kind); the latest kind holds."""
        bulk.insert(
            self._tx.connection,
            _TOKEN,
            ("token", "compartment", "kind"),
            rows,
            "ON CONFLICT (token, compartment) DO UPDATE SET kind = excluded.kind",
        )

    def drop_tokens(self, compartment: str, tokens: Iterable[bytes]) -> None:
        """Forget identifiers that a record no longer has."""
        self._tx.connection.execute(
            delete(_TOKEN).where(
                _TOKEN.c.compartment == compartment, _TOKEN.c.token.in_(list(tokens))
            )
        )

    def move(self, compartment: str, person: str) -> None:
        """Hang a compartment on a person; whom it hung on stays as it is."""
        self._tx.connection.execute(
            update(_COMPARTMENT).where(_COMPARTMENT.c.id == compartment).values(person=person)
        )

    def absorb(self, person: str, into: str) -> None:
        """Make one person another: its records and consents, and its id, are the other's."""
        connection = self._tx.connection
        same = (_COMPARTMENT.c.person, _PERSON.c.absorbed, _CONSENT.c.person)
        for column in same:
            connection.execute(
                update(column.table).where(column == person).values({column.name: into})
            )
        connection.execute(update(_PERSON).where(_PERSON.c.id == person).values(absorbed=into))
        asked = select(_REVIEW.c.compartment).where(_REVIEW.c.candidate == into)
        about = _REVIEW.c.candidate == person
        connection.execute(delete(_REVIEW).where(about, _REVIEW.c.compartment.in_(asked)))
        connection.execute(update(_REVIEW).where(about).values(candidate=into))

    def link(self, compartment: str, person: str) -> None:
        """Hang a compartment on a person for good reason (see `move`).

        A person that is left without any record, and that no strong identifier of its own names,
        was nobody else: it is absorbed, so that consents written under it go on to hold.
        """
        self._tx.sequence()
        row = self._tx.compartments.get(compartment)
        target = self.resolve(person)
        if row is None or target is None or row.tenant != target.tenant:
            raise StoreError("no such compartment or person")
        if row.person == target.id:
            return
        self.move(compartment, target.id)
        if row.person and not self._stands_alone(row.person):
            self.absorb(row.person, target.id)

    def unlink(self, compartment: str) -> str:
        """Give a compartment a person of its own again, and let no rule link it back."""
        self._tx.sequence()
        row = self._tx.compartments.get(compartment)
        if row is None or row.person is None:
            raise StoreError("no such compartment, or nobody's")
        (person,) = self.create(row.tenant)
        self.move(compartment, person)
        self.queue(compartment, row.person, "unlinked", state="rejected")
        return person

    def queue(self, compartment: str, candidate: str, reason: str, state: str = "open") -> None:
        """Put a possible link before a human, once; `state` other than open overrides."""
        where = (_REVIEW.c.compartment == compartment, _REVIEW.c.candidate == candidate)
        known = self._tx.connection.execute(select(_REVIEW.c.id).where(*where)).first()
        if known is None:
            values = {
                "compartment": compartment,
                "candidate": candidate,
                "reason": reason,
                "state": state,
                "created": self._tx.now,
            }
            self._tx.connection.execute(insert(_REVIEW).values(values))
        elif state != "open":
            self._tx.connection.execute(update(_REVIEW).where(*where).values(state=state))

    def reviews(self) -> list[Review]:
        """Return the possible links that wait for a human, oldest first."""
        query = select(*(_REVIEW.c[name] for name in Review._fields)).order_by(_REVIEW.c.id)
        rows = self._tx.connection.execute(query.where(_REVIEW.c.state == "open"))
        return [Review._make(row) for row in rows]

    def reviewed(self, compartment: str) -> dict[str, str]:
        """Return the state of each candidate that was ever proposed for a compartment."""
        query = select(_REVIEW.c.candidate, _REVIEW.c.state)
        rows = self._tx.connection.execute(query.where(_REVIEW.c.compartment == compartment))
        return {row[0]: row[1] for row in rows}

    def decide(self, review: int, *, linked: bool) -> None:
        """Settle a possible link as a human decided; one that stood, and is rejected, is undone.

        Raises
        ------
        StoreError
            There is no such review, or it is settled already.
        """
        self._tx.sequence()
        columns = (_REVIEW.c.compartment, _REVIEW.c.candidate)
        query = select(*columns).where(_REVIEW.c.id == review, _REVIEW.c.state == "open")
        row = self._tx.connection.execute(query).first()
        if row is None:
            raise StoreError("no open review of that number")
        state = "linked" if linked else "rejected"
        self._tx.connection.execute(
            update(_REVIEW).where(_REVIEW.c.id == review).values(state=state)
        )
        known = self._tx.compartments.get(row[0])
        if linked:
            self.link(row[0], row[1])
        elif known is not None and known.person == row[1]:
            self.unlink(row[0])

    def _stands_alone(self, person: str) -> bool:
        """Tell whether a person still has a source's record, or an identifier of its own."""
        holds = select(_TOKEN.c.token).where(
            _TOKEN.c.compartment == _COMPARTMENT.c.id, _TOKEN.c.kind == STRONG
        )
        query = select(func.count()).where(
            _COMPARTMENT.c.person == person,
            (_COMPARTMENT.c.kind == "patient") | holds.exists(),
        )
        return bool(self._tx.connection.execute(query).scalar_one())
