"""Message types: each has a structure, a golden message, and events that say what became of it."""

from __future__ import annotations

from typing import Any

import pytest
from golden_pairs import ReadableIds, messages

from conformance.definitions import definitions
from conformance.validator import Validator
from mappings.dictionary import load
from mappings.translate import Translation

VALIDATOR = Validator()
PID = "PID|1||100^^^H^MR||Doe^Jo||19800101|M"
ADT = [f"ADT^A{n:02}" for n in range(1, 63) if n not in (19, 56, 57, 58, 59)]  # 56 to 59: unused
_TYPES = """
BAR^P01 BAR^P02 BAR^P05 BAR^P12 DFT^P03 DFT^P11 MDM^T01 MDM^T02 MDM^T03 MDM^T04 MDM^T05 MDM^T06
MDM^T07 MDM^T08 MDM^T09 MDM^T10 MDM^T11 MFN^M02 MFN^M05 OMD^O03 OMG^O19 OMI^O23 OML^O21 OMP^O09
ORL^O22 ORM^O01 ORR^O02 ORU^R01 ORU^R30 ORU^R31 ORU^R32 ORU^W01 OUL^R22 OUL^R23 OUL^R24 PGL^PC6
PPP^PCB PPR^PC1 PPR^PC2 PPR^PC3 RAS^O17 RDE^O01 RDE^O11 RDE^O25 RDS^O13 REF^I12 REF^I13 REF^I14
REF^I15 RGV^O15 RSP^K21 RSP^K22 SIU^S12 SIU^S13 SIU^S14 SIU^S15 SIU^S16 SIU^S17 SIU^S18 SIU^S19
SIU^S20 SIU^S21 SIU^S22 SIU^S26 SRM^S01 VXU^V04
"""
TYPES = _TYPES.split()
#: Events that differ from a golden one in no more than their name.
SAME_AS_OTHERS = ["RSP^K23", "RSP^K24", "RSP^K11", "SIU^S23", "SIU^S24"]


def run(type_: str, *segments: str) -> Translation:
    header = f"MSH|^~\\&|A|H|||20260301||{type_}|1|P|2.5.1"
    made = load(definitions(), layers=("base",)).translate(
        "\r".join([header, *segments]), ReadableIds(), source="src"
    )
    for each in [*made.envelope, *made.made]:
        assert VALIDATOR.errors(each.resource) == []
    return made


def only(made: Translation, type_: str) -> dict[str, Any]:
    (found,) = (m.resource for m in made.made if m.resource["resourceType"] == type_)
    return found


@pytest.mark.parametrize("type_", [*ADT, *TYPES, *SAME_AS_OTHERS])
def test_every_type_has_a_structure_of_its_own(type_: str) -> None:
    compiled = load(definitions()).compiled
    assert compiled.events[type_] in compiled.structures


@pytest.mark.parametrize("type_", [*ADT, *TYPES])
def test_every_type_has_a_golden_message(type_: str) -> None:
    assert any(type_ in path.read_text(encoding="utf-8") for path in messages())


@pytest.mark.parametrize(
    ("event", "status"),
    [
        *((f"S{n}", "booked") for n in (12, 13, 14, 18, 19, 20, 21, 22, 23, 24)),
        ("S15", "cancelled"), ("S16", "cancelled"), ("S17", "entered-in-error"), ("S26", "noshow"),
    ],
)  # fmt: skip
def test_the_event_says_what_became_of_an_appointment(event: str, status: str) -> None:
    slot = "SCH|AP1|AP9|||||||||^^^20260320090000^20260320093000"
    appointment = only(run(f"SIU^{event}", slot, PID), "Appointment")
    assert (appointment["id"], appointment["status"]) == ("patient-100.Appointment-AP9", status)


@pytest.mark.parametrize("event", [f"T{n:02}" for n in range(1, 12)])
def test_every_document_event_tells_of_one_and_the_same_document(event: str) -> None:
    txa = "TXA|1|CN|TX|||20260301||||||D1|D0|||n|AU"
    made = [one.resource for one in run(f"MDM^{event}", f"EVN|{event}|20260301", PID, txa).made]
    document, parent = (one for one in made if one["resourceType"] == "DocumentReference")
    ids = ["patient-100.DocumentReference-D1", "patient-100.DocumentReference-D0"]
    assert [document["id"], parent["id"]] == ids
    replaced = event in ("T09", "T10")
    assert parent["status"] == ("superseded" if replaced else "current")
    code, target = "replaces" if replaced else "appends", f"DocumentReference/{parent['id']}"
    told = [(each["code"], each["target"]["reference"]) for each in document.get("relatesTo", ())]
    assert told == ([] if event == "T11" else [(code, target)])  # what is cancelled was none


@pytest.mark.parametrize(
    ("con", "status", "scope"),
    [("002^Procedure|||||||||A", "active", "treatment"),
     ("001^Release|||||||||R", "rejected", "patient-privacy"),
     ("001^Release|||||||||X", "inactive", "patient-privacy"),
     ("|F9^v1||||||||", "proposed", "treatment")],
)  # fmt: skip
def test_a_consent_form_grants_nothing_by_itself(con: str, status: str, scope: str) -> None:
    txa = "TXA|1|CS|TX|||||||||D1"
    consent = only(run("MDM^T02", PID, txa, f"CON|1|{con}"), "Consent")
    assert consent["status"] == status
    assert consent["scope"]["coding"][0]["code"] == scope
    assert "provision" not in consent
    assert "coding" not in consent["policyRule"]


@pytest.mark.parametrize(("rf1", "status"), [("A", "active"), ("P", "active"), ("R", "revoked")])
def test_a_referral_is_an_order_that_is_asked_of_somebody(rf1: str, status: str) -> None:
    referral = only(
        run("REF^I13", f"RF1|{rf1}|S||||R1", "PRD|RP|A^B", "PRD|RT|C^D", PID), "ServiceRequest"
    )
    assert (referral["status"], referral["priority"]) == (status, "stat")
    assert referral["requester"] != referral["performer"][0]
    cancelled = only(run("REF^I14", f"RF1|{rf1}|S||||R1", "PRD|RP|A^B", PID), "ServiceRequest")
    assert cancelled["status"] == "revoked"
