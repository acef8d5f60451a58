"""Resources: JSON in; numbered, sealed versions out, and back.

A version is written once and never changed. The current one lies in ``resource``, those before it
in ``resource_history``. The body carries its own ``meta.versionId`` and ``meta.lastUpdated``, so
that what is unsealed can leave as it is. Content equal to the current version's makes no new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.store import bulk
from gateway.store.clinical import Clinical, clinical
from gateway.store.models import ResourceHistory, ResourceRow, table
from gateway.store.versions import Key, New, Row, Stored, aad, compartment_of, same, versioned

if TYPE_CHECKING:
    from gateway.store.store import Tx

_CURRENT = table(ResourceRow)
_HISTORY = table(ResourceHistory)


_COLUMNS = Row._fields
_KEY = Key._fields
_SELECT = tuple(_CURRENT.c[name] for name in _COLUMNS)
_SELECT_HISTORY = tuple(_HISTORY.c[name] for name in _COLUMNS)
_UPSERT = (
    "ON CONFLICT (compartment, type, id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[3:])
)  # fmt: skip


class Resources:
    """Repository of resources, in one transaction."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def get(self, type_: str, id_: str) -> Row | None:
        """Return the current version, which may be a deletion."""
        return self.current((Key(compartment_of(id_), type_, id_),)).get((type_, id_))

    def current(self, keys: Iterable[Key]) -> dict[tuple[str, str], Row]:
        """Return the current versions of those resources that exist, by type and id."""
        wanted = list(set(keys))
        found: dict[tuple[str, str], Row] = {}
        for some in bulk.chunks(wanted):
            rows = bulk.select_by_key(self._tx.connection, _CURRENT, _COLUMNS, _KEY, some)
            for row in rows:
                found[row[1], row[2]] = Row._make(row)
        return found

    def version(self, type_: str, id_: str, version: int) -> Row | None:
        """Return one version."""
        row = self.get(type_, id_)
        if row is None or row.version == version:
            return row
        where = (
            _HISTORY.c.compartment == row.compartment,
            _HISTORY.c.type == type_,
            _HISTORY.c.id == id_,
            _HISTORY.c.version == version,
        )
        past = self._tx.connection.execute(select(*_SELECT_HISTORY).where(*where)).first()
        return Row._make(past) if past else None

    def history(self, type_: str, id_: str) -> list[Row]:
        """Return every version, the newest first."""
        row = self.get(type_, id_)
        if row is None:
            return []
        query = (
            select(*_SELECT_HISTORY)
            .where(
                _HISTORY.c.compartment == row.compartment,
                _HISTORY.c.type == type_,
                _HISTORY.c.id == id_,
            )
            .order_by(_HISTORY.c.version.desc())
        )
        return [row, *(Row._make(past) for past in self._tx.connection.execute(query))]

    def rows(
        self,
        compartments: Sequence[str],
        types: Sequence[str] | None = None,
        limit: int | None = None,
    ) -> list[Row]:
        """Return the resources of compartments, without deleted ones, by compartment, type, id.

        Where no types are named, Binaries stay where they are: what is large is read by its id.
        """
        found: list[Row] = []
        for ids in bulk.chunks(compartments):
            query = (
                select(*_SELECT)
                .where(_CURRENT.c.compartment.in_(ids), _CURRENT.c.deleted.is_(False))
                .order_by(_CURRENT.c.compartment, _CURRENT.c.type, _CURRENT.c.id)
                .limit(None if limit is None else limit - len(found))
            )
            type_ = _CURRENT.c.type
            query = query.where(type_ != "Binary" if types is None else type_.in_(types))
            found.extend(Row._make(row) for row in self._tx.connection.execute(query))
        return found

    def body(self, row: Row) -> bytes:
        """Return a version's JSON.

        Raises
        ------
        ErasedError
            Its compartment was destroyed.
        UnsealError
            The row was altered, or moved from another place.
        """
        key, tenant = self._tx.compartments.open(row.compartment)
        return key.open(row.body, aad(tenant, row.type, row.id, row.version))

    def bodies(self, rows: Sequence[Row]) -> list[bytes]:
        """Return many versions' JSON; raises as `body`."""
        self._tx.compartments.preload({row.compartment for row in rows})
        return [self.body(row) for row in rows]

    def put(
        self,
        compartment: str,
        content: dict[str, Any],
        *,
        owner: str,
        labels: Iterable[str] = (),
        spool_seq: int | None = None,
    ) -> Stored:
        """Write one resource, unless it is what is there already; raises as `put_many`."""
        type_, id_ = content["resourceType"], content["id"]
        joined = " ".join(sorted(labels))
        return self.put_many((New(compartment, type_, id_, content, owner, joined, spool_seq),))[0]

    def delete(self, type_: str, id_: str) -> Stored | None:
        """Write a version that says the resource is deleted; None where there is nothing."""
        self._tx.sequence()
        row = self.get(type_, id_)
        if row is None or row.deleted:
            return None
        new = New(row.compartment, type_, id_, None, row.owner, row.labels)
        return self.put_many((new,), {(type_, id_): row})[0]

    def put_many(
        self, news: Sequence[New], current: Mapping[tuple[str, str], Row] | None = None
    ) -> list[Stored]:
        """Write resources, in order; several may be versions of one.

        Parameters
        ----------
        news : sequence of New
            What to write.
        current : mapping, optional
            The current rows of those that exist, where the caller has read them in this
            transaction, after `Tx.sequence`.

        Raises
        ------
        ErasedError
            A compartment was destroyed, or never was.
        """
        seq = self._tx.sequence()
        compartments = {new.compartment for new in news}
        self._tx.compartments.require(compartments)
        self._tx.compartments.preload(compartments)
        if current is None:
            current = self.current(Key(*new[:3]) for new in news)
        drafts: dict[tuple[str, str], _Draft] = {}
        stored = []
        for new in news:
            key = (new.type, new.id)
            draft = drafts.get(key)
            if draft is None:
                row = current.get(key)
                draft = drafts[key] = _Draft(row, self.body(row) if row else b"")
            stored.append(self._write(draft, new, seq))
        changed = [draft for draft in drafts.values() if draft.past or draft.fresh]
        past = [row for draft in changed for row in draft.past]
        bulk.insert(self._tx.connection, _HISTORY, _COLUMNS, past)
        present = [draft.row for draft in changed if draft.row]
        bulk.insert(self._tx.connection, _CURRENT, _COLUMNS, present, _UPSERT)
        return stored

    def _write(self, draft: _Draft, new: New, seq: int) -> Stored:
        """Make `new` the draft's latest version, unless it is that already."""
        row = draft.row
        if row and same(row, draft.body, new):
            if new.told != row.told:
                draft.row, draft.fresh = row._replace(told=new.told), True
            return Stored(row.version, row.updated, draft.body, changed=False)
        version = row.version + 1 if row else 1
        body = versioned(new, version, self._tx.now)
        key, tenant = self._tx.compartments.open(new.compartment)
        if new.content is not None:
            facts = clinical(new.content, self._tx.keys.code_token, new.zone)
        else:
            facts = Clinical(row.low, row.high, row.codes) if row else Clinical(None, None, b"")
        if row:
            draft.past.append(row)
        draft.fresh = True
        draft.body = body
        draft.row = Row(
            new.compartment, new.type, new.id, version, seq, self._tx.now, new.content is None,
            new.owner, new.labels, *facts, new.spool_seq,
            new.told,             key.seal(body, aad(tenant, new.type, new.id, version)),
        )  # fmt: skip
        return Stored(version, self._tx.now, body, changed=True)


class _Draft:
    """A resource while a batch is written: the latest version, and those it supersedes."""

    __slots__ = ("body", "fresh", "past", "row")

    def __init__(self, row: Row | None, body: bytes) -> None:
        self.row = row
        self.body = body
        self.past: list[Row] = []
        self.fresh = False
