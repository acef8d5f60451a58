"""An appointment of several patients is one in each of their records, and names nobody else."""

from __future__ import annotations

import pytest
from speaking import message, of

from mappings.hl7v2 import attendees
from mappings.hl7v2.attendees import parts
from mappings.hl7v2.message import parse

SCH = "SCH|P1|A1|||||||||^^^20260401090000+0800^20260401100000+0800"
JO, ANN = "PID|1||100^^^H||Doe^Jo", "PID|2||200^^^H||Roe^Ann"
SERVICE = ["RGS|1", "AIS|1||YOGA^Yoga^L", "AIP|1||D1^Doc"]


@pytest.mark.parametrize(
    ("kind", "sent", "read"),
    [
        ("SIU^S12", "SCH NTE PID||1 PV1 PID||2 RGS AIS RGS",
         ["SCH NTE PID||1 PV1 RGS AIS RGS", "SCH NTE PID||2 RGS AIS RGS"]),
        ("SRR^S04", "MSA SCH PID||1 PID||2", ["MSA SCH PID||1", "SCH PID||2"]),
        ("SRM^S01", "ARQ PID||1 RGS PID||2 AIS", ["ARQ PID||1 RGS", "ARQ PID||2 AIS"]),
        ("SIU^S12", "SCH PID|1|1 PID|2|2 RGS", ["SCH PID|1|1 RGS", "SCH PID|2|2 RGS"]),
        ("SIU^S12", "SCH PID PID RGS", ["SCH PID RGS", "SCH PID RGS"]),
        ("SIU^S12", "SCH PID||1 PV1 PID||1 PV1 RGS", ["SCH PID||1 PV1 PID||1 PV1 RGS"]),
        ("SIU^S23", "SCH RGS AIL", ["SCH RGS AIL"]),
        ("ORU^R01", "PID||1 OBR PID||2 OBR", ["PID||1 OBR PID||2 OBR"]),
    ],
)  # fmt: skip
def test_what_is_of_all_goes_with_each_patient(kind: str, sent: str, read: list[str]) -> None:
    text = "\r".join([f"MSH|^~\\&|||||||{kind}", *sent.replace("||", "|1||").split()])
    (_, *first), *others = parts(parse(text).segments)
    shown = [["|".join(segment.fields) for segment in part] for part in (first, *others)]
    assert shown == [one.replace("||", "|1||").split() for one in read]


@pytest.mark.parametrize("event", ["S12", "S14", "S15"])
def test_each_patient_has_an_appointment_without_the_others(event: str) -> None:
    made = message(f"SIU^{event}", SCH, "NTE|1||Bring a towel", JO, ANN, *SERVICE)
    kept = {m.compartment: m.resource for m in made.made if m.home == "patient"
            and m.resource["resourceType"] == "Appointment"}  # fmt: skip
    assert list(kept) == ["patient-100", "patient-200"]
    for record, one in kept.items():
        actors = [p["actor"]["reference"] for p in one["participant"] if "actor" in p]
        assert [a for a in actors if a.startswith("Patient/")] == [f"Patient/{record}.Patient"]
        assert any(a.startswith("Practitioner/") for a in actors)
        assert one["serviceType"][0]["coding"][0]["code"] == "YOGA"
        assert one["start"] == "2026-04-01T09:00:00+08:00"
    assert len({one["id"] for one in kept.values()}) == 2


def test_as_many_as_nobody_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attendees, "MOST", 8)
    assert len(of(message("SIU^S12", SCH, JO, ANN, *SERVICE), "Appointment")) == 2
    made = message("SIU^S12", SCH, JO, ANN, "PID|3||300^^^H", *SERVICE, *SERVICE)
    assert (made.rejected, made.made) == (True, [])
    assert [(f.code, f.location) for f in made.findings] == [("too-many-patients", "PID")]
    assert made.control_id
