"""Times: at their own precision, at their own offset, else the message's, else the source's."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from golden_pairs import ReadableIds
from hypothesis import given
from hypothesis import strategies as st
from speaking import PID, found, message, obx, one, oru, value_of

from conformance.definitions import definitions
from mappings.dictionary import load
from mappings.runtime.text import primitives
from mappings.runtime.types import Site
from mappings.translate import translate

PATIENT = "PID|1||100^^^H^MR||Doe^Jo||{born}|M|||||||||||||||||||||{died}"
VISIT = "PV1|1|I||||||||||||||||||V1" + "|" * 25 + "{begin}|{end}"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026", "2026"), ("202603", "2026-03"), ("20260301", "2026-03-01"),
        ("2026030109", "2026-03-01T09:00:00+08:00"),
        ("202603010930", "2026-03-01T09:30:00+08:00"),
        ("202603010930+01", "2026-03-01T09:30:00+01:00"),
        ("20260301093015.12345678-0330", "2026-03-01T09:30:15.12345678-03:30"),
        ("2026-3-1", "2026-03-01"), ("2026/3/1 9:05", "2026-03-01T09:05:00+08:00"),
        ("2026.3", "2026-03"), ("2026年3月1日", "2026-03-01"), ("2026年3月", "2026-03"),
        ("2026年3月1日9时30分", "2026-03-01T09:30:00+08:00"),
        ("2026-3-1 9:30:15", "2026-03-01T09:30:15+08:00"),
        ("20260301&D", "2026-03-01"),
        ("20260301-05", None), ("2026-13-1", None), ("2026年3月32日", None),
    ],
)  # fmt: skip
def test_dates_however_they_are_written(written: str, read: str | None) -> None:
    assert primitives.date_time(written, "+08:00") == read
    assert primitives.date(written, "") == (read and read[:10])


@pytest.mark.parametrize(
    ("written", "read"),
    [("09", "09:00:00"), ("0930", "09:30:00"), ("093015.1234567", "09:30:15.1234567"),
     ("0930+0800", None), ("24", None)],
)  # fmt: skip
def test_times_of_day(written: str, read: str | None) -> None:
    assert primitives.time(written) == read


def test_a_time_of_day_with_an_offset_is_kept_as_text() -> None:
    made = oru(obx("TM", "0930-0500"))
    assert one(made, "Observation")["valueString"] == "0930-0500"
    assert found(made) == ["kept-as-text OBX-5"]


@pytest.mark.parametrize(
    ("own", "header", "offset"),
    [
        ("", "20260301", "+09:30"),  # the source's
        ("", "20260301120000-0500", "-05:00"),  # the message's
        ("+0100", "20260301120000-0500", "+01:00"),
        ("+0100", "20260301", "+01:00"),
        ("Z", "20260301120000-0500", "Z"),
    ],
)
def test_the_order_of_offsets(own: str, header: str, offset: str) -> None:
    noon, later = f"202603011200{own}", f"202603011300{own}"
    text = "\r".join([
        f"MSH|^~\\&|A|H|||{header}||ORU^R01|1|P|2.5.1", PATIENT.format(born=noon, died=later),
        VISIT.format(begin=noon, end=later), f"OBR|1|P1|F1|A|||{noon}",
        f"OBX|1|DTM|X||{noon}|||||||||{later}", f"OBX|2|DR|Y||{noon}^{later}",
        f"OBX|3|DTM|Z||{noon}~{later}",
        f"NTE|1||x||||{noon}",
    ])  # fmt: skip
    compiled = load(definitions()).compiled
    made = translate(text, compiled, Site("src", offset="+09:30"), ReadableIds())
    times = [*_times([m.resource for m in made.made])]
    assert len(times) >= 12
    assert {t for t in times if not t.endswith(offset)} == set()


def _times(value: object) -> list[str]:
    """Every text in JSON that is a time of a day."""
    if isinstance(value, dict):
        return [t for each in value.values() for t in _times(each)]
    if isinstance(value, list):
        return [t for each in value for t in _times(each)]
    return [value] if isinstance(value, str) and value.startswith("2026-03-01T") else []


def test_a_birth_date_has_no_offset_and_its_time_has() -> None:
    made = message("ADT^A08", "EVN|A08|20260301", PATIENT.format(born="198001010030-0500", died=""))
    patient = one(made, "Patient")
    assert patient["birthDate"] == "1980-01-01"
    assert patient["_birthDate"]["extension"][0]["valueDateTime"] == "1980-01-01T00:30:00-05:00"


@pytest.mark.parametrize("born", ["1980", "198001", "19800101"])
def test_a_birth_date_is_as_precise_as_it_was_said(born: str) -> None:
    made = message("ADT^A08", "EVN|A08|20260301", PATIENT.format(born=born, died=""))
    patient = one(made, "Patient")
    assert patient["birthDate"].replace("-", "") == born
    assert "_birthDate" not in patient


@given(
    st.datetimes().filter(lambda moment: moment.year >= 1000),
    st.integers(-14 * 4, 14 * 4).map(lambda n: timezone(timedelta(minutes=15 * n))),
)
def test_a_time_is_the_same_moment_in_fhir(moment: datetime, zone: timezone) -> None:
    aware = moment.replace(tzinfo=zone)
    made = primitives.date_time(aware.strftime("%Y%m%d%H%M%S.%f%z"), "+08:00")
    assert made is not None
    assert datetime.fromisoformat(made) == aware


def test_a_period_of_two_offsets_is_judged_by_the_moments() -> None:
    name, period = value_of("DR", "202603010900+0800^202603010300+0100")
    assert (name, period["end"]) == ("valuePeriod", "2026-03-01T03:00:00+01:00")


@pytest.mark.parametrize(
    ("written", "repeat"),
    [
        ("D5", {"boundsDuration": {"value": 5, "unit": "d", "code": "d",
                                   "system": "http://unitsofmeasure.org"}}),
        ("L2", {"boundsDuration": {"value": 2, "unit": "mo", "code": "mo",
                                   "system": "http://unitsofmeasure.org"}}),
        ("X7", {"count": 7}),
        ("x 7", {"count": 7}),
    ],
)  # fmt: skip
def test_how_long_or_how_often_an_order_is_carried_out(
    written: str, repeat: dict[str, object]
) -> None:
    """TQ.3 (v2.4 4.3.3): a duration, or the number of times."""
    made = message("ORM^O01", PID, f"ORC|NW|P1|||||1^^{written}", "OBR|1|P1||A^a^L")
    assert one(made, "ServiceRequest")["occurrenceTiming"]["repeat"] == repeat
    assert found(made) == []
    made = message("RDE^O11", PID, "ORC|NW|P1", f"RXE|^Q8H^{written}|A^a^L|1||mg")
    drug = one(made, "MedicationRequest")
    timing = drug["dosageInstruction"][0]["timing"]["repeat"]
    assert timing.items() >= repeat.items()
    assert drug.get("dispenseRequest", {}).get("expectedSupplyDuration") == repeat.get(
        "boundsDuration"
    )
    assert found(made) == []


@pytest.mark.parametrize("written", ["INDEF", "indef"])
def test_what_has_no_end_has_no_bounds(written: str) -> None:
    """TQ.3 (v2.4 4.3.3): INDEF, do indefinitely, is what is meant where nothing is said."""
    for often in ("", "BID"):
        lab = message("ORM^O01", PID, f"ORC|NW|P1|||||1^{often}^{written}", "OBR|1|P1||A^a^L")
        assert "bounds" not in str(one(lab, "ServiceRequest").get("occurrenceTiming", ""))
        assert found(lab) == []
    for order in (
        ["ORC|NW|P1", f"RXE|^BID^{written}|A^a^L|1||mg"],
        [f"ORC|NW|P1|||||^BID^{written}", "RXE||A^a^L|1||mg"],
        [f"ORC|NW|P1|||||^BID^{written}^20260301", "RXE||A^a^L|1||mg"],
    ):
        drug = message("RDE^O11", PID, *order)
        resource = one(drug, "MedicationRequest")
        assert "boundsDuration" not in resource["dosageInstruction"][0]["timing"]["repeat"]
        assert "dispenseRequest" not in resource
        assert found(drug) == []


def test_how_long_one_performance_takes_stood_in_tq_before() -> None:
    """TQ.11 (v2.4 4.3.11) is what TQ1-13 is now."""
    said = {"frequency": 1, "period": 1, "periodUnit": "d", "duration": 30, "durationUnit": "min"}
    timing = "^QD^^^^^^^^^30&MIN"
    made = message("ORM^O01", PID, f"ORC|NW|P1|||||{timing}", "OBR|1|P1||A^a^L")
    assert one(made, "ServiceRequest")["occurrenceTiming"]["repeat"] == said
    assert found(made) == []
    made = message("ORM^O01", PID, f"ORC|NW|P1|||||{timing[:-6]}M30", "OBR|1|P1||A^a^L")
    assert found(made) == ["not-applicable ORC-7.11.1"]


@pytest.mark.parametrize(("code", "meant"), [("P", "P"), ("C", "CR")])
@pytest.mark.parametrize(
    ("kind", "type_", "segments"),
    [
        ("ORM^O01", "ServiceRequest", ["ORC|NW|P1|||||^^^^^{}", "OBR|1|P1||A^a^L"]),
        ("ORM^O01", "ServiceRequest", ["ORC|NW|P1", "OBR|1|P1||A^a^L|{}"]),
        ("OML^O21", "ServiceRequest",
         ["ORC|NW|P1", "TQ1|1||||||||{}^x^HL70485", "OBR|1|P1||A^a^L"]),
        ("RDE^O11", "MedicationRequest", ["ORC|NW|P1", "RXE|^QD^^^^{}|A^a^L|1||mg"]),
        ("RDE^O11", "MedicationRequest",
         ["ORC|NW|P1", "RXE||A^a^L|1||mg", "TQ1|1||||||||{}^x^HL70485"]),
    ],
)  # fmt: skip
def test_a_priority_that_fhir_does_not_have_is_told_beside(
    kind: str, type_: str, segments: list[str], code: str, meant: str
) -> None:
    """Table 0485: before an operation, with a call back."""
    made = message(kind, PID, *(segment.format(code) for segment in segments))
    (said,) = one(made, type_)["extension"]
    assert said["url"].endswith("/order-priority")
    assert said["valueCodeableConcept"]["coding"][0] | {"display": ""} == {
        "system": "http://terminology.hl7.org/CodeSystem/v3-ActPriority",
        "code": meant,
        "display": "",
    }
    assert "priority" not in one(made, type_)
    assert found(made) == []


def test_an_old_priority_as_needed_is_told() -> None:
    made = message("ORM^O01", PID, "ORC|NW|P1", "OBR|1|P1||A^a^L|PRN")
    assert one(made, "ServiceRequest")["asNeededBoolean"] is True


@pytest.mark.parametrize(
    ("segments", "place"),
    [
        (["PV1|1|I", "DG1|1||A^a^L||20260301&Q7"], "DG1-5.1.2"),
        (["PV1|1|I" + "|" * 42 + "20260301&Q7"], "PV1-44.1.2"),
        (["PV1|1|I", "DG1|1||A^a^L||20260301&Q7^S"], "DG1-5.1.2"),
    ],
)
def test_what_stands_in_the_same_component_as_a_time_is_found(
    segments: list[str], place: str
) -> None:
    assert f"unmapped-component {place}" in found(message("ADT^A01", PID, *segments))
    born = message("ADT^A01", PID.replace("19800101", "19800101&Q7"), *segments)
    assert "unmapped-component PID-7.1.2" in found(born)


@pytest.mark.parametrize("written", ["K7", "7", "X0"])
def test_what_is_neither_long_nor_often_is_found(written: str) -> None:
    made = message("ORM^O01", PID, f"ORC|NW|P1|||||1^^{written}", "OBR|1|P1||A^a^L")
    assert "occurrenceTiming" not in one(made, "ServiceRequest")
    assert found(made) == ["bad-value ORC-7.3"]


@pytest.mark.parametrize("end", ["", "20260310093000"])
def test_a_unit_of_time_without_a_number_is_found(end: str) -> None:
    """What a function asks for is lost where the value beside it is not there."""
    times = f"TQ1|1|||||^D|20260310090000|{end}"
    made = message("SIU^S12", "SCH|A1|B1|||||||30|min" + "|" * 15, times, PID)
    assert found(made) == ["not-applicable TQ1-6.2"]
    assert found(message("SIU^S12", "SCH|A1", times.replace("^D", "1^D"), PID)) == (
        ["not-applicable TQ1-6.1", "not-applicable TQ1-6.2"] if end else []
    )
    order = "ORC|NW|P1", f"TQ1|1||BID|||^D||{end}", "OBR|1|P1||A^Aa^L"
    made = message("ORM^O01", PID, *order)
    assert "boundsDuration" not in one(made, "ServiceRequest")["occurrenceTiming"]["repeat"]
    assert set(found(made)) == {"bad-value TQ1-6" if end else "not-applicable TQ1-6"}


@pytest.mark.parametrize(
    ("kind", "segments", "type_", "element", "place"),
    [
        ("SIU^S12", ["SCH|A1|F1|||||||||^^30^{late}^{early}", PID], "Appointment", "end",
         "SCH-11.5"),
        ("PPR^PC1", [PID, "PRB|AD|20260301|P1|PI1|||||{early}|||||||{late}"], "Condition",
         "abatementDateTime", "PRB-9"),
        ("PGL^PC6", [PID, "GOL|AD|20260301|G1|GI1|||{late}|{early}"], "Goal", "target", "GOL-8"),
    ],
)  # fmt: skip
def test_an_end_before_its_start_is_left_out_and_found(
    kind: str, segments: list[str], type_: str, element: str, place: str
) -> None:
    early, late = "20260320083000", "20260320093000"
    there = [segment.format(early=late, late=early) for segment in segments]
    assert element in one(message(kind, *there), type_)
    crossed = message(kind, *(segment.format(early=early, late=late) for segment in segments))
    if type_ != "Goal":  # a goal's times are days
        assert element not in one(crossed, type_)
        assert f"bad-value {place}" in found(crossed)
    days = message(kind, *(s.format(early="20260310083000", late=late) for s in segments))
    assert element not in one(days, type_)
    assert f"bad-value {place}" in found(days)
