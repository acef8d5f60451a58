"""Applied messages in; their spool rows, sealed with the record that they speak of, out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gateway.ingest.findings import dump, finding
from gateway.ingest.pipeline import Prepared
from gateway.store import Outcome, Tx
from gateway.store.spool import DONE, QUARANTINED, findings_aad, raw_aad
from mappings.findings import Finding


def settle(tx: Tx, batch: Sequence[Prepared], findings: Mapping[int, Iterable[Finding]]) -> None:
    """Write what became of each message; `findings` are by spool number.

    Raises
    ------
    ConflictError
        One is not pending any more: another worker was faster.
    """
    entries = [message.message.entry for message in batch]
    named = [(one.source, one.control_id) for one in entries if one.source and one.control_id]
    reused = tx.spool.reused(named)
    outcomes = []
    for message, entry in zip(batch, entries, strict=True):
        found = list(findings[entry.seq])
        if reused.get((entry.source or "", entry.control_id), entry.seq) < entry.seq:
            found.append(finding("warning", "reused-control-id", "MSH-10"))
        outcomes.append(_outcome(tx, message, found))
    tx.spool.settle(outcomes)


def _outcome(tx: Tx, message: Prepared, found: Sequence[Finding]) -> Outcome:
    """Seal a message anew where it has found its record; else leave it under the key it has."""
    entry, home = message.message.entry, message.home
    raw = None
    if home and message.raw is not None:
        key = tx.compartments.key(home)
        raw = key.seal(message.raw, raw_aad(entry.dedupe))
    elif entry.compartment and message.raw is not None:
        key = tx.compartments.key(entry.compartment)
    else:
        key = tx.keys.spool_key
    findings = key.seal(dump(found), findings_aad(entry.dedupe)) if found else None
    state = QUARANTINED if message.reason else DONE
    return Outcome(entry.seq, state, message.reason, home, raw, findings)
