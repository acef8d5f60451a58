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
    "broken-frame": "the frame of the message broke; what came of it is kept",
    "batch-miscounted": "a batch's trailer counts others than came; those that came were taken",
    "bad-header": "the message has no usable header",
    "undecodable": "the octets are not valid in their character set",
    "unknown-source": "MSH-4 names no registered source",
    "wrong-sender": "MSH-4 names a source that the sender's certificate or token is not of",
    "unknown-trigger": "there is no table for this message type, nor for any of its segments",
    "not-production": "the message is of training or debugging (MSH-11), not of a patient's care",
    "unknown-order": "it names no patient, and its orders, or its appointment, are not known "
    "to be of one; it waits",
    "internal-error": "the message could not be worked on; this is a fault of ours",
    "record-erased": "the patient's record was erased here; nothing may be added to it",
    "reused-control-id": "an earlier message with other content had the same control id",
    "value-kept": "it tells a result again, and not its value; the one that was known stands",
    "correction-unclear": "which result it corrects is not clear: several are known, or one of "
    "another sub-id; kept apart",
    "results-stand": "it says that there are no results, the order cancelled (OBR-25 X), and takes "
    "none back that was final; they stand",
    "report-unclear": "a report known by its number under another code may be this one; kept apart",
    "document-outdated": "it corrects what a document prints; that is the report's form no more",
    "orders-joined": "it names two orders as one that were known apart; they were joined",
    "orders-apart": "it names two orders as one; told of later, or moved, they were left apart",
    "visits-joined": "it has a visit's number and another one (of its pre-admission), under which "
    "it was known apart; they were joined",
    "order-over": "it says that an order is new which another has cancelled or stopped, or nobody "
    "knows when; it stays so",
    "refused-before": "who was to cancel, stop, hold, replace or release the order had refused "
    "that before this came (ORC-1 UC, UD, UH, UM, UR); it is as it was",
    "another-drug": "the prescription of this number was of another drug, which is shown no "
    "more; perhaps one number has several lines",
    "appointment-unclear": "its placer's number is that of several appointments, and it does not "
    "say which of them it is of; kept apart",
    "another-vaccine": "the number was given to another vaccine before; the two were kept apart",
    "begin-unknown": "the visit would have ended before it began; when it began is not known",
    "visit-over": "the visit had ended before; the place that this names was not taken over",
    "left-out": "what R4 does not allow beside what was told later of the same was left out",
    "visits-apart": "two visits of one number, the one over before the other began; kept apart",
    "moved-before": "it names what has moved to another record; what it says of it was said there",
    "reference-left": "what moved to another record referred to what stays in the old one, or "
    "that to it",
    "unlisted": "what an earlier list had, and this one leaves out, was closed",
    "superseded": "what was sent later is known already; this message was applied beneath it",
    "only-mentioned": "another kind of message keeps this (ADT patients and visits, MFN staff and "
    "places, orders what was ordered), or it is a visit whose number this one does not say, or a "
    "result of which it brings a copy; what it says otherwise was not taken over",
    "still-merged": "it says that records are not one person's (A37) which were merged (A40); no "
    "message takes that back",
    "still-restricted": "it says that this is not confidential; another field or kind of message "
    "said that it is, and has not taken it back",
    "another-person": "name, birth date and sex all contradict what is known under this number; it "
    "may be somebody else's",
    "number-reissued": "the number of a record that was merged is somebody else's now: name and "
    "birth date differ; kept in a record of its own",
    "patient-unclear": "the patient's number is one of several records', or of one whose name, "
    "birth date or sex differ, or do not prove it; kept in a record of its own",
    "patients-joined": "a record known by another number of a new patient's is the same patient's: "
    "name and birth date say so; it was merged",
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
