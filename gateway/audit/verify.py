"""Proof of the audit log: the stored chain in, every break that is found out.

Detects a link that was altered, removed, added or moved, an end that was cut off, a head that is
gone or whose signature does not hold, and an event that does not open. An end cut off, with an
older head put back, can be told only by someone who kept a later head: give it, and the log must
still contain it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import select

from gateway.audit import chain
from gateway.audit.chain import Head, HeadError, Link
from gateway.keys import KeysError
from gateway.store.models import AuditHead, AuditRow, table
from gateway.store.store import Store, Tx

_ROWS = table(AuditRow)
_HEAD = table(AuditHead)


@dataclass(frozen=True, slots=True)
class Break:
    """One place where the log is not what was written."""

    seq: int
    code: str
    detail: str


@dataclass(slots=True)
class Report:
    """What the proof found: links read, the head that was proved, and breaks, oldest first."""

    links: int = 0
    head: str = ""
    breaks: list[Break] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether the log is whole and unaltered."""
        return not self.breaks


def verify(store: Store, *, kept_head: str | None = None) -> Report:
    """Prove the log.

    Parameters
    ----------
    store : Store
        Holds the log, and the keys that open and verify it.
    kept_head : str, optional
        A head noted earlier (`Report.head`): the log must contain the link it names.
    """
    report = Report()
    kept = _kept(kept_head, store, report)
    with store.read() as tx:
        last = Head(0, chain.START)
        for link, stored in _links(tx):
            if link.seq != last.seq + 1:
                report.breaks.append(Break(link.seq, "gap", f"follows link {last.seq}"))
            last = Head(link.seq, _check(tx, link, stored, last.hash, report))
            report.links += 1
            if kept and kept.seq == link.seq and kept.hash != last.hash:
                report.breaks.append(Break(link.seq, "fork", "differs from the head that was kept"))
        if kept and kept.seq > last.seq:
            report.breaks.append(
                Break(kept.seq, "cut", f"ends at link {last.seq}, before the head that was kept")
            )
        _check_head(tx, last, report)
    return report


def _kept(signed: str | None, store: Store, report: Report) -> Head | None:
    if signed is None:
        return None
    try:
        return chain.read_head(signed, store.keys.audit_signer)
    except HeadError as fault:
        report.breaks.append(Break(0, "kept-head", str(fault)))
        return None


def _links(tx: Tx) -> Iterator[tuple[Link, bytes]]:
    rows = tx.connection.execution_options(yield_per=1000).execute(
        select(*(_ROWS.c[name] for name in Link._fields), _ROWS.c.hash).order_by(_ROWS.c.seq)
    )
    for *columns, stored in rows:
        yield Link(*columns), stored


def _check(tx: Tx, link: Link, stored: bytes, before: bytes, report: Report) -> bytes:
    """Check one link; return the hash that was stored, so that one break is told once."""
    if chain.link_hash(before, link) != stored:
        report.breaks.append(Break(link.seq, "hash", "does not follow from the link before"))
    try:
        tx.keys.audit_key.open(link.body, chain.aad(link.seq))
    except KeysError:
        report.breaks.append(Break(link.seq, "seal", "the event does not open"))
    return stored


def _check_head(tx: Tx, last: Head, report: Report) -> None:
    row = tx.connection.execute(select(_HEAD).where(_HEAD.c.id == 1)).one_or_none()
    if row is None:
        report.breaks.append(Break(last.seq, "head", "the head is missing"))
        return
    report.head = row.signature
    try:
        signed = chain.read_head(row.signature, tx.keys.audit_signer)
    except HeadError as fault:
        report.breaks.append(Break(row.seq, "head", str(fault)))
        return
    if signed != Head(row.seq, row.hash):
        report.breaks.append(Break(row.seq, "head", "the signature is of another head"))
    if signed != last:
        report.breaks.append(Break(signed.seq, "cut", f"the log ends at link {last.seq}"))
