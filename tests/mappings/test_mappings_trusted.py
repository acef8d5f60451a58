"""What a nurse reads: no loss is told where nothing is lost, and nothing is said that was not."""

from __future__ import annotations

import pytest
from speaking import JSON, PID, found, message, of, one, oru

CULTURE = "OBR|1|P1^HIS|F1^LIS|CUL^Culture^L"
TESTS = "OBR|2|P1^HIS|F2^LIS|SUS^Susceptibility^L"


@pytest.mark.parametrize(
    "orders",
    [
        (CULTURE, "ORC|RE|P1^HIS|F1^LIS", "OBX|1|CE|B^Bacteria^L||K^Klebsiella^L||||||F",
         TESTS, "ORC|RE|P1^HIS|F2^LIS", "OBX|1|ST|C^Cipro^L||R||||||F"),
        ("ORC|RE|P1^HIS|F1^LIS", CULTURE, "OBX|1|CE|B^Bacteria^L||K^Klebsiella^L||||||F",
         "ORC|RE|P1^HIS|F2^LIS", TESTS, "OBX|1|ST|C^Cipro^L||R||||||F"),
    ],
    ids=["after, as HL7 has it", "before"],
)  # fmt: skip
def test_an_order_of_a_specimen_keeps_its_own_results(orders: tuple[str, ...]) -> None:
    made = message("OUL^R22", PID, "SPM|1|S1||SPT", *orders)
    bacteria, cipro = of(made, "Observation")
    culture, tests = of(made, "DiagnosticReport")
    assert [r["reference"].partition("/")[2] for r in culture["result"]] == [bacteria["id"]]
    assert [r["reference"].partition("/")[2] for r in tests["result"]] == [cipro["id"]]
    numbers = [{i["value"] for i in o["identifier"]} for o in of(made, "ServiceRequest")]
    assert numbers == [{"P1", "F1"}, {"P1", "F2"}]
    assert [o["status"] for o in of(made, "ServiceRequest")] == ["active", "active"]


@pytest.mark.parametrize(
    ("kind", "segments"),
    [
        ("ADT^A31", ("PID|1||1^^^H^MR||Doe^Jo||||||||13800000000^PRN^CP",)),
        ("ADT^A31", (PID, "AL1|1|DA^Drug^HL70127|P^Penicillin^L|SV^Severe^HL70128|Rash")),
        ("ADT^A31", ("PID|1||1^^^H^MR||Doe^Jo|||||||||||||||||||Y|2",)),
        ("ADT^A31", ("PID|1||1^^^H^MR||Doe^Jo" + "|" * 24 + "20260309|Y",)),
        ("MDM^T02", (PID, "TXA|1|CN|TX|||||||||D1", "OBX|1|TX|A||one", "OBX|2|TX|A||two")),
    ],
    ids=["mobile", "allergy", "second of twins", "death", "text of two lines"],
)
def test_what_is_carried_is_not_said_to_be_lost(kind: str, segments: tuple[str, ...]) -> None:
    assert found(message(kind, *segments)) == []


def test_a_code_that_no_table_knows_is_found_once_with_its_name() -> None:
    made = message("ADT^A31", PID, "AL1|1|XX^Unheard of^L|P^Penicillin^L")
    assert found(made)[0] == "unmapped-code AL1-2"


@pytest.mark.parametrize(
    ("birth", "becomes", "said"),
    [
        ("N|2", {"multipleBirthInteger": 2}, ["not-applicable PID-24"]),
        ("Y|2", {"multipleBirthInteger": 2}, []),
        ("N|1", {"multipleBirthBoolean": False}, []),  # the first of one birth
        ("|1", {"multipleBirthInteger": 1}, []),
        ("N|||||20260301|Y", {"multipleBirthBoolean": False, "deceasedDateTime": "2026-03-01"}, []),
        ("|||||20260301", {"deceasedDateTime": "2026-03-01"}, []),
        # Whoever is said to be alive is not dead of a date; neither is told.
        ("|||||20260301|N", {}, ["not-applicable PID-29", "not-applicable PID-30"]),
        ("||||||N", {"deceasedBoolean": False}, []),
    ],
)
def test_what_contradicts_is_found(birth: str, becomes: JSON, said: list[str]) -> None:
    made = message("ADT^A31", "PID|1||1^^^H^MR||Doe^Jo" + "|" * 19 + birth)
    patient = one(made, "Patient")
    told = {n: v for n, v in patient.items() if n.startswith(("multipleBirth", "deceased"))}
    assert told == becomes
    assert found(made) == said


def test_a_set_number_alone_is_no_diagnosis() -> None:
    made = message("ADT^A01", PID, "PV1|1|I", "DG1|1||||||")
    assert of(made, "Condition") == []
    assert "diagnosis" not in one(made, "Encounter")


@pytest.mark.parametrize(
    ("code", "status"), [("BOOKED", "booked"), ("Noshow", "noshow"), ("CANCELLED", "cancelled")]
)
def test_the_state_of_an_appointment_is_read_in_capitals(code: str, status: str) -> None:
    made = message(
        "SIU^S14", "SCH|A1||||||||15|min|^^^20260305090000" + "|" * 14 + code, PID, "RGS|1"
    )
    assert one(made, "Appointment")["status"] == status
    assert found(made) == []


@pytest.mark.parametrize(("code", "primary"), [("00", True), ("01", False), ("00^New^L", None)])
def test_who_gave_a_vaccine_is_told_from_who_was_told_of_it(
    code: str, primary: bool | None
) -> None:
    notes = code if "^" in code else f"{code}^^NIP001"
    made = message("VXU^V04", PID, f"RXA|0|1|20260301||08^HepB^CVX|0.5|mL||{notes}")
    assert one(made, "Immunization").get("primarySource") is primary


@pytest.mark.parametrize(
    ("told", "origin"),
    [("04^From recall^NIP001", ["recall", "04"]), ("07^^NIP001", ["school", "07"]),
     ("01^Unspecified^NIP001", ["01"]), ("00^New^NIP001", []), ("04^By mouth^L", [])],
)  # fmt: skip
def test_who_told_of_a_vaccine_that_another_gave(told: str, origin: list[str]) -> None:
    made = message("VXU^V04", PID, f"RXA|0|1|20260301||08^HepB^CVX|0.5|mL||{told}")
    concept = one(made, "Immunization").get("reportOrigin", {})
    assert [coding["code"] for coding in concept.get("coding", ())] == origin


@pytest.mark.parametrize(
    ("words", "category", "severity"),
    [("药物|P^青霉素|重", "medication", "severe"), ("食物过敏|F^鱼|轻度", "food", "mild")],
)
def test_kind_and_severity_of_an_allergy_in_chinese(
    words: str, category: str, severity: str
) -> None:
    made = message("ADT^A31", PID, f"AL1|1|{words}|皮疹")
    allergy = one(made, "AllergyIntolerance")
    assert allergy["category"] == [category]
    assert allergy["reaction"][0]["severity"] == severity
    assert found(made) == []


@pytest.mark.parametrize(
    ("code", "system"),
    [
        ("310", "urn:oid:2.16.156.10011.2.3.1.248"),
        ("250403004", "https://yiqiao.org/fhir/code-system/src/NHSA"),
        ("X" * 23, "https://yiqiao.org/fhir/CodeSystem/nhsa-drug"),
    ],
    ids=["kind of insurance", "service", "drug"],
)
def test_nhsa_names_several_lists(code: str, system: str) -> None:
    made = message("DFT^P03", PID, f"FT1|1|||20260301||CG|{code}^Name^NHSA")
    assert one(made, "ChargeItem")["code"]["coding"][0]["system"] == system


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [("3.5--5.3", 3.5, 5.3), ("-3--1", -3, -1), ("-2-2", -2, 2), ("3.5-5.3", 3.5, 5.3)],
)
def test_a_doubled_dash_is_no_sign(written: str, low: float, high: float) -> None:
    (limits,) = one(oru(f"OBX|1|NM|K^K^L||4|mmol/L|{written}||||F"), "Observation")[
        "referenceRange"
    ]
    assert (float(limits["low"]["value"]), float(limits["high"]["value"])) == (low, high)


@pytest.mark.parametrize(("flag", "code"), [("↑", "H"), ("↓↓", "LL"), ("偏低", "L")])
def test_arrows_and_words_are_flags(flag: str, code: str) -> None:
    made = oru(f"OBX|1|NM|K^K^L||4|mmol/L||{flag}|||F")
    (flags,) = one(made, "Observation")["interpretation"]
    assert flags["coding"][0]["code"] == code
    assert found(made) == []


def test_a_national_code_is_not_called_international_where_its_system_stands_apart() -> None:
    made = message("ADT^A01", PID, "PV1|1|I", "DG1|1|ICD10|I63.900x003|脑梗死")
    assert [(c["system"], c["code"]) for c in one(made, "Condition")["code"]["coding"]] == [
        ("urn:oid:2.16.156.10011.2.3.3.11", "I63.900x003"),
        ("http://hl7.org/fhir/sid/icd-10", "I63.9"),
    ]


@pytest.mark.parametrize(
    ("end", "said"), [("", []), ("202603010930", []), ("20260302", ["already-filled RXA-4"])]
)
def test_the_end_of_a_vaccination_that_says_otherwise_is_found(end: str, said: list[str]) -> None:
    given = f"RXA|0|1|202603010930|{end}|08^HepB^CVX|1|mL|||||||||||CP"
    made = message("VXU^V04", PID, "ORC||P1|F1", given)
    assert one(made, "Immunization")["occurrenceDateTime"].startswith("2026-03-01T09:30")
    assert found(made) == said
