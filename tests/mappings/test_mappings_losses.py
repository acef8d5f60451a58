"""What was lost in silence: each of these values is now in an element, or in a finding."""

from __future__ import annotations

import pytest
from speaking import PID, found, message, of, one, oru, translated


def test_a_sub_id_of_several_parts_is_kept_whole() -> None:
    made = oru("OBX|1|NM|A^a^L|1^2^3^x|1||||||F")
    assert "'x'" in str(one(made, "Observation")["extension"])
    assert found(made) == []
    assert "extension" not in one(oru("OBX|1|NM|A^a^L|1|1||||||F"), "Observation")


def test_a_payer_has_the_number_of_its_name_too() -> None:
    made = message("ADT^A01", PID, "PV1|1|I", "IN1|1|P1|C1|Harbour^L^^^^^^^^PA001")
    payer = next(o for o in of(made, "Organization") if o.get("name") == "Harbour")
    assert [number["value"] for number in payer["identifier"]] == ["C1", "PA001"]


@pytest.mark.parametrize(
    ("kind", "head", "segment", "known"),
    [
        ("ADT^A08", "PV1|1|I", "DG1|1||I10^x^ICD10|" + "|" * 17, "A D S U X"),
        ("ADT^A08", "PV1|1|I", "PR1|1||1^x^L||20260301|" + "|" * 14, "A D S U X"),
        ("ADT^A60", "", "IAM|1|DA|P^x^L|||", "A^add^HL70323 D S U X"),
        ("ADT^A08", "", "ARV|1|", "A S U X"),
        ("ADT^A08", "PV1|1|I", "ROL|1|", "AD CO LI NC UC UP"),
        ("ADT^A08", "PV1|1|I", "PRT|1|", "A AD CO LI NC S U UC UP X"),
        ("PPR^PC1", "PV1|1|I", "PRB|", "AD CO DE LI NC UC UN UP"),
        ("PGL^PC6", "PV1|1|I", "GOL|", "AD CO DE LI NC UC UN UP"),
        ("VXU^V04", "ORC|RE||F1^L", "RXA|0|1|20260301||3^x^CVX|1||" + "|" * 13, "A D S U X"),
        ("MFN^M02", "", "MFE|", "MAC MAD MDC MDL MUP"),
        ("SIU^S12", "SCH|A1|||||||||||^^^202603011000 RGS|1", "AIG|1|", "A D S U X"),
        ("SIU^S12", "SCH|A1|||||||||||^^^202603011000 RGS|1", "AIL|1|", "A D S U X"),
        ("SIU^S12", "SCH|A1|||||||||||^^^202603011000 RGS|1", "AIP|1|", "A D S U X"),
        ("SIU^S12", "SCH|A1|||||||||||^^^202603011000 RGS|1", "AIS|1|", "A D S U X"),
    ],
)
def test_an_action_code_that_nobody_knows_is_found(
    kind: str, head: str, segment: str, known: str
) -> None:
    """It may be one that takes back what the segment says."""
    rest = {
        "ARV": "|VIP", "ROL": "|AT|D1^A", "PRT": "||AT|D1^A", "AIG": "|E1^e", "AIL": "|W1",
        "AIP": "|D1^A", "AIS": "|S1^s", "PRB": "|20260301|P1^x^L|1^L",
        "GOL": "|20260301|G1^x^L|1^L", "MFE": "|||D1",
    }.get(segment[:3], "")  # fmt: skip
    place = f"{segment[:3]}-{segment.count('|')}"

    def told(code: str) -> list[str]:
        made = message(kind, PID, *head.split(), f"{segment}{code}{rest}")
        return [f.partition(".")[0] for f in found(made) if place in f]

    assert told("Q7") == [f"not-applicable {place}"]
    assert {code: told(code) for code in known.split() if told(code)} == {}


@pytest.mark.parametrize("field", [3, 4, 5])
def test_what_an_appointment_has_no_room_for_is_found(field: int) -> None:
    sch = ["SCH", "A1", *[""] * 9, "^^^202603011000^202603011030"]
    sch[field] = "X9"
    made = message("SIU^S12", "|".join(sch), PID)
    assert f"SCH-{field}" in {f.location.partition(".")[0] for f in made.findings}


def test_the_reason_of_an_event_that_cancels_nothing_is_found() -> None:
    sch = "SCH|A1|||||URGENT^urgent|||||^^^202603011000^202603011030"
    assert found(message("SIU^S12", sch, PID)) == ["not-applicable SCH-6"]
    assert found(message("SIU^S15", sch, PID)) == []


@pytest.mark.parametrize(("dose", "amount"), [("0.5-1", "30"), ("1", "二十")])
def test_a_dose_that_is_no_number_leaves_no_unit_alone(dose: str, amount: str) -> None:
    rxe = f"RXE||A^a|{dose}||mg|||||{amount}|box"
    made = message("RDE^O11", PID, "ORC|NW|P1^HIS", rxe)
    order = one(made, "MedicationRequest")
    doses = order.get("dosageInstruction", [{}])[0].get("doseAndRate", [])
    quantities = [each["doseQuantity"] for each in doses]
    quantities += [q for q in [order.get("dispenseRequest", {}).get("quantity")] if q]
    assert all("value" in quantity or "unit" not in quantity for quantity in quantities)
    if dose == "1":
        assert "二十 box" in str(order["dispenseRequest"])
        assert "kept-as-text RXE-10" in found(made)
    else:  # told in words
        assert "0.5-1 mg" in str(order["dosageInstruction"])


def test_births_and_deaths_are_told_once() -> None:
    made = message("ADT^A08", PID + "|" * 16 + "Y|2||||20260101|Y")
    patient = one(made, "Patient")
    assert (patient["multipleBirthInteger"], patient["deceasedDateTime"]) == (2, "2026-01-01")
    assert found(made) == []


def test_what_only_names_a_resource_is_lost_in_its_name() -> None:
    """An order has no time of collection: a report of its own number is known by it alone."""
    order = message("ORM^O01", PID, "ORC|NW|P1^HIS", "OBR|1|P1^HIS||A^a^L|||20260301")
    assert found(order) == ["not-applicable OBR-7"]
    assert found(oru("OBX|1|NM|A^a^L||1||||||F")) == []
    gift = message("RGV^O15", PID, "ORC|RE|P1^HIS", "RXG|2||^^^20260301|A^a^L|1||mg")
    assert any("give-sub-id" in str(of_drug) for of_drug in of(gift, "MedicationRequest"))
    assert found(gift) == []


@pytest.mark.parametrize(
    ("kind", "segments"),
    [
        # What another map of the segment carries, though one of its maps has no room for it.
        (
            "VXU^V04",
            [
                "RXA|0|1|20260301||08^HepB^CVX|1",
                "OBX|1|CE|69764-9^Document type^LN|1|253088698300001^Leaflet^cdcgs1vis||||||F",
                "OBX|2|CE|69764-9^Document type^LN|1|253088698300002^Other^cdcgs1vis||||||F",
            ],
        ),
        ("ORU^R01", ["ORC|RE|P1|F1||||||||||||||||||Lab One^L", "OBR|1|P1|F1|A^a^L"]),
        ("ORU^R01", ["OBR|1|P1|F1|A^a^L", "PRT|1|AD||PRI^^|D5^Reader^Rae"]),
    ],
)
def test_what_another_map_of_a_segment_carries_is_not_lost(kind: str, segments: list[str]) -> None:
    said = [one for one in found(message(kind, PID, *segments)) if "bad" not in one]
    assert [one for one in said if "-applicable" in one or "already" in one] == []


TXA = "TXA|1|DS|TX|||202603011000||||||D1^HIS|||||AU||"
VISIT = "PV1|1|I|||||||||||||||||V1"


@pytest.mark.parametrize(
    ("kind", "segments", "said"),
    [
        # A state that no table of HL7's has; one that it has.
        ("MDM^T02", [f"{TXA}QQ", "OBX|1|TX|A^Note^L||text||||||F"], ["not-applicable TXA-19"]),
        ("MDM^T02", [f"{TXA}AV", "OBX|1|TX|A^Note^L||text||||||F"], []),
        # Who is insured is the patient, and has another name; the same one, written otherwise.
        ("ADT^A01", [VISIT, "IN1|1|P|I1|Firm||||||||||||Roe^Al|SEL"], ["not-applicable IN1-16"]),
        ("ADT^A01", [VISIT, "IN1|1|P|I1|Firm||||||||||||DOE^JO|SEL"], []),
        # A universal id that is not the one its namespace is known by; one that is.
        (
            "ORU^R01",
            ["OBR|1|P1|F1|A^a^L||||||||||||1^Roe^Al^^^^^^NPI&1.2.3&ISO^^^^NPI"],
            ["already-filled OBR-16.9.2", "already-filled OBR-16.9.3"],
        ),
        (
            "ORU^R01",
            ["OBR|1|P1|F1|A^a^L||||||||||||1^Roe^Al^^^^^^NPI&2.16.840.1.113883.4.6&ISO^^^^NPI"],
            [],
        ),
        # How long before a meal is of what is before one.
        (
            "OMP^O09",
            ["ORC|NW|P1", "TQ1|1||Q6H^^^^^^^C^10^min", "RXO|A^a^L"],
            ["not-applicable TQ1-3.10", "not-applicable TQ1-3.9"],
        ),
        ("OMP^O09", ["ORC|NW|P1", "TQ1|1||Q6H^^^^^^^AC^10^min", "RXO|A^a^L"], []),
        # The room of a reader of results; since when he is at that place of discharge.
        ("ORU^R01", ["OBR|1|P1|F1|A^a^L" + "|" * 28 + "1&Roe&Al^^^W1^101^2"], []),
        ("ADT^A03", [VISIT + "|" * 18 + "H1^20260301"], ["unmapped-component PV1-37.2"]),
        # Where a vaccination is told from, as a code and in words.
        ("VXU^V04", ["RXA|0|1|20260301||08^HepB^CVX|1|||01^Told^NIP001"], []),
        # The begin of a visit, which a coverage that gives way had, too.
        (
            "ADT^A01",
            [f"{VISIT}|01" + "|" * 24 + "20260301", "IN1|1|P^Plan|I1|Firm||||||||||||||||||||||"],
            [],
        ),
    ],
)  # fmt: skip
def test_what_is_said_of_a_value_is_true(kind: str, segments: list[str], said: list[str]) -> None:
    made = message(kind, PID, *segments)
    lost = [
        each for each in found(made) if each.partition(" ")[0] not in {"bad-value", "unmapped-code"}
    ]
    assert sorted(lost) == said


def test_what_a_document_holds_says_what_it_is() -> None:
    made = message("MDM^T02", PID, f"{TXA}AV", "OBX|1|TX|C1^Consent^L||text||||||F")
    (content,) = one(made, "DocumentReference")["content"]
    assert content["extension"][0]["valueCodeableConcept"]["text"] == "Consent"


def test_an_address_that_a_message_goes_to_is_told_though_its_name_has_no_room_for_it() -> None:
    made = translated("MSH|^~\\&|A|H|B^1.2.3^ISO||20260301||ADT^A01|1|P|2.5", PID, VISIT)
    assert made.envelope[0].resource["destination"][0]["endpoint"] == "urn:oid:1.2.3"
    assert found(made) == []


def test_an_authority_that_is_no_uri_is_found_where_it_stands() -> None:
    """One component may hold all three parts of it."""
    for number, parts in (("A1^NS^abc^GUID", "3 4"), ("A1^NS&abc&GUID", "2.2 2.3")):
        made = message("MDM^T02", PID, f"TXA|1|DS|TX|20260301{'|' * 8}{number}", "OBX|1|TX|A^a||x")
        assert found(made) == [f"already-filled TXA-12.{part}" for part in parts.split()]


HEAD = "MSH|^~\\&|A|H|B|G|20260301||ADT^A02|1|P|2.5.1"


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (HEAD.replace("|H|", "|H^^QQ|"), ["not-applicable MSH-4.3"]),
        (HEAD.replace("|P|", "|P&Q7|"), ["unmapped-component MSH-11.1.2"]),
        (f"{HEAD}{'|' * 12}^^QQ", ["not-applicable MSH-24.3"]),
        (f"{HEAD}{'|' * 13}^^QQ", ["not-applicable MSH-25.3"]),
        (f"{HEAD}\rEVN|A02", []),
        (f"{HEAD}\rEVN|a02 ", []),
        (f"{HEAD}\rEVN|A03", ["already-filled EVN-1"]),  # a discharge, or none?
        (f"{HEAD}\rEVN|A02^Q7", ["already-filled EVN-1"]),
    ],
)
def test_what_a_header_says_beside_what_is_read_is_found(header: str, said: list[str]) -> None:
    assert found(translated(header, PID, VISIT)) == said


@pytest.mark.parametrize(
    ("kind", "segments", "said"),
    [
        # The universal id of a facility that was named before, of the same name.
        ("ADT^A02", ["PV1|1|I|W1^1^2^H1|||W2^1^2^H1&1.2.3&ISO"], ["already-filled PV1-6"]),
        ("ADT^A02", ["PV1|1|I|W1^1^2^H1&1.2.3&ISO|||W2^1^2^H1&1.2.3&ISO"], []),
        ("ADT^A02", ["PV1|1|I|W1^1^2^H1&1.2.3&ISO|||W2^1^2^H1"], []),
        ("ADT^A08", ["PID|1||7^^^&&QQ^MR||Doe"], ["not-applicable PID-3.4.3"]),
        # What a part of a compound says beside what its words tell.
        (
            "RDE^O11",
            ["ORC|NW|P1", "RXE||A^a^L|1||mg", f"RXC|B|W^Water^L{'^' * 20}Q7|1|mL"],
            ["unmapped-component RXC-2.23"],
        ),
        # What is said of a clock, which goes into the samples, beside what it is.
        (
            "ORU^W01",
            ["OBR|1|P1|F1|E^e^L", "OBX|1|TS|E&TIM^clock^L^^^^^^said||202603011000||||||F",
             "OBX|2|CD|E&CHN^e^L||1&I^^0.5&mV^^500||||||F", "OBX|3|NA|E&WAV^e^L||1^2^3||||||F"],
            ["not-applicable OBX-3"],
        ),
        # A code of LOINC where a code's name is expected.
        ("ORU^R01", ["OBR|1|P1|F1|A^a^L", "OBX|1|NM|GLU^14771-0^L||5||||||F"],
         ["kept-as-text OBX-3.2"]),
        ("ORU^R01", ["OBR|1|P1|F1|A^a^L", "OBX|1|NM|GLU^14771-1^L||5||||||F"], []),
    ],
)  # fmt: skip
def test_what_stands_beside_what_is_read_is_found(
    kind: str, segments: list[str], said: list[str]
) -> None:
    head = [] if segments[0].startswith("PID") else [PID]
    assert found(message(kind, *head, *segments)) == said
