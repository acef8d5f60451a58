"""What ingest itself finds in a message, beside what its translation found; JSON for the spool."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from adapters.likely import UNCERTAIN
from mappings import findings as mappings
from mappings.findings import Finding, Severity

# Every finding's code with the sentence an auditor reads.
CODES: dict[str, str] = {
    **mappings.CODES,
    "broken-frame": "the frame of the message was broken; what arrived is kept",
    "batch-miscounted": "a batch's trailer gives another number than arrived; what arrived was "
    "accepted",
    "bad-header": "the message has no usable header",
    "undecodable": "the octets are not valid in their character set",
    "unknown-source": "MSH-4 names no registered source",
    "wrong-sender": "MSH-4 names a source that the sender's certificate or token is not of",
    "unknown-trigger": "there is no table for this message type, nor for any of its segments",
    "not-production": "MSH-11 says training or debugging; the message is not about a patient's "
    "care",
    "unknown-order": "the message names no patient, and the patient cannot be found by its orders "
    "or its appointment; it waits",
    "internal-error": "the message could not be processed; this is a fault of the gateway",
    "record-erased": "the patient's record was erased here; nothing may be added to it",
    "reused-control-id": "an earlier message with other content had the same control id",
    "value-kept": "a known result comes again without its value; the known value was kept",
    "correction-unclear": "it is not clear which result this corrects: several are known, or one "
    "with another sub-id; it was kept apart",
    "results-stand": "the order is cancelled and has no results (OBR-25 X), but final results are "
    "known and were not withdrawn; they stand",
    "report-unclear": "this may be a report that is known under the same number and another code; "
    "it was kept apart",
    "document-outdated": "this corrects a value that a document prints; the document is no longer "
    "the report's form",
    "orders-joined": "the message shows that two known orders are one; they were joined",
    "orders-apart": "the message names two orders as one, but they were told of later, or moved; "
    "they were left apart",
    "visits-joined": "the message has two numbers of one visit (its own and its pre-admission's) "
    "that were known as two visits; they were joined",
    "order-over": "the message says that an order is new, but another application cancelled or "
    "stopped it, or it is unknown which came first; it stays cancelled or stopped",
    "refused-before": "the request to cancel, stop, hold, replace or release the order had been "
    "refused before it came (ORC-1 UC, UD, UH, UM, UR); the order is unchanged",
    "another-drug": "the prescription of this number was for another drug, which is no longer "
    "shown; perhaps one number has several lines",
    "appointment-unclear": "several appointments have this placer number, and the message does not "
    "say which one it is about; it was kept apart",
    "another-vaccine": "the number was given to another vaccine before; the two were kept apart",
    "begin-unknown": "the visit would have ended before it began; its begin is unknown",
    "visit-over": "the visit had already ended; the place in this message was not taken over",
    "left-out": "an element that R4 does not allow beside what was told later was left out",
    "visits-apart": "two visits have the same number, but one ended before the other began; they "
    "were kept apart",
    "moved-before": "the message is about something that moved to another record; it was applied "
    "there",
    "reference-left": "a reference between what moved to another record and what stays was removed",
    "unlisted": "entries of an earlier list that are not in this list were closed",
    "superseded": "a message that was sent later was applied before; this one was applied beneath "
    "it",
    "only-mentioned": "this is kept by another kind of message (patients and visits by ADT, staff "
    "and places by MFN, orders by what ordered them), or by a visit whose number is not given "
    "here, or by a result of which this is a copy; what differs was not taken over",
    "still-merged": "the message says that two records are not one person's (A37), but they were "
    "merged (A40); no message undoes a merge",
    "still-restricted": "the message says that this is not confidential, but another field or kind "
    "of message restricted it and has not lifted that",
    "another-person": "name, birth date and sex all contradict what is known under this number; it "
    "may be another person's",
    "number-reissued": "the number of a merged record is now used for another person: name and "
    "birth date differ; kept in a record of its own",
    "patient-unclear": "the number belongs to several records, or to one whose name, birth date or "
    "sex differ or do not prove that it is the same; kept in a record of its own",
    "patients-joined": "a record known by another number of this new patient is the same "
    "patient's, by name and birth date; it was merged",
    "identity-number-invalid": "the check character or the date of the identity number is wrong",
    "identity-number-disagrees": "the identity number contradicts the birth date or the sex",
}


def finding(severity: Severity, code: str, location: str, detail: str = "") -> Finding:
    """Make a finding of `CODES`."""
    if code not in CODES:
        raise ValueError(f"not a finding: {code}")
    return Finding(severity, code, location, detail)


def of_reading(doubts: Iterable[str]) -> list[Finding]:
    """Make findings of what is not certain about a message's characters."""
    parted = (doubt.partition(" ") for doubt in doubts)
    return [
        finding("information" if code == UNCERTAIN else "warning", code, place or "MSH-18")
        for code, _, place in parted
    ]


def dump(findings: Iterable[Finding]) -> bytes:
    """Return findings as JSON."""
    return orjson.dumps([one._asdict() for one in findings])


def load(stored: bytes) -> list[dict[str, Any]]:
    """Return findings as they were dumped, each with its sentence as ``text``."""
    found: list[dict[str, Any]] = orjson.loads(stored)
    return [{**one, "text": CODES.get(one["code"], one["code"])} for one in found]
