"""The beginning of the audit log: an unused store in, its signed head before any event out.

Whose keys a store was begun with, its head tells ever after.

A store that was used and has no head has lost its log; only a store that nothing was ever put into
may begin one. So a log that is emptied together with its head is not taken for a new one.
"""

from __future__ import annotations

from sqlalchemy import Connection, exists, func, literal, or_, select, text

from gateway.audit import chain
from gateway.audit.chain import Head
from gateway.keys import Keys
from gateway.store.errors import ForeignKeysError
from gateway.store.models import (
    AuditHead,
    AuditRow,
    Client,
    CommitSequence,
    Compartment,
    Organisation,
    Source,
    SpoolRow,
    table,
)

_HEAD = table(AuditHead)
_SEQUENCE = table(CommitSequence)
_USED = (AuditRow, Client, Compartment, Organisation, Source, SpoolRow)
_STATE = select(
    exists(select(literal(1)).select_from(_HEAD)),
    or_(
        select(func.coalesce(func.max(_SEQUENCE.c.value), 0)).scalar_subquery() > 0,
        *(exists(select(literal(1)).select_from(table(model))) for model in _USED),
    ),
)
_SIGNATURE = select(_HEAD.c.signature).where(_HEAD.c.id == 1)
_FIRST = text(
    "INSERT INTO audit_head (id, seq, hash, signature) VALUES (1, 0, :hash, :signed) "
    "ON CONFLICT DO NOTHING"
)


def may_begin(connection: Connection) -> bool:
    """Whether the audit log has no head yet, and the store was never used."""
    begun, used = connection.execute(_STATE).one()
    return not begun and not used


def begin(connection: Connection, keys: Keys) -> None:
    """Write the signed head of an empty log; another process may have done so already."""
    if may_begin(connection):
        signed = chain.sign(Head(0, chain.START), keys.audit_signer)
        connection.execute(_FIRST, {"hash": chain.START, "signed": signed})


def check_keys(connection: Connection, keys: Keys) -> None:
    """Hold the keys to those that the store was begun with: others open nothing, and mix with it.

    A head that is none, or that was altered, is left to the proof of the log.

    Raises
    ------
    ForeignKeysError
        The log's head is signed with a key that is not, and never was, of these.
    """
    signature = connection.execute(_SIGNATURE).scalar()
    kid = chain.key_of(signature) if signature else ""
    if not kid or keys.audit_signer.knows(kid):
        return
    if not (keys.refresh() and keys.audit_signer.knows(kid)):  # or rotated a moment ago
        raise ForeignKeysError(
            f"{keys.directory}: not the keys that this database was begun with, and without those "
            "nothing in it can be read: name their directory (keys.directory), or restore it"
        )
