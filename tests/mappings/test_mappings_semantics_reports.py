"""Reports that leave out their section, or the time of day: what else tells it."""

from __future__ import annotations

import pytest
from called import called
from speaking import JSON, PID, found, message, of, one

DAY = "https://yiqiao.org/fhir/StructureDefinition/issued-day"
DOCUMENT_DAY = "https://yiqiao.org/fhir/StructureDefinition/document-day"


def report(fields: dict[int, str], *segments: str, kind: str = "ORU^R01") -> tuple[list[str], ...]:
    """The categories of the report, and of its results."""
    order = "|".join(["OBR", "1", "P", "F", "A^a^L", *(fields.get(n, "") for n in range(5, 26))])
    made = message(kind, PID, order, *segments, "OBX|1|NM|X^x^L||1||||||F")
    return tuple(
        [coding["code"] for each in of(made, type_) for c in each.get("category", ())
         for coding in c["coding"]]
        for type_ in ("DiagnosticReport", "Observation")
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({15: "BLD^Blood"}, (["LAB"], ["laboratory"])),
        ({15: "BLD^Blood", 24: "MB"}, (["MB"], ["laboratory", "MB"])),
        ({15: "^^^LA^Left arm"}, ([], [])),
        ({}, ([], [])),
    ],
)
def test_what_is_of_a_specimen_is_the_laboratorys(
    fields: dict[int, str], expected: tuple[list[str], ...]
) -> None:
    assert report(fields) == expected


def test_a_specimen_before_its_results_tells_their_category() -> None:
    assert report({}, "SPM|1|S1||BLD^Blood")[1] == ["laboratory"]


def test_a_vital_sign_of_a_specimen_is_no_result_of_the_laboratory() -> None:
    order = "OBR|1|P|F|A^a^L|||||||||||BLD"
    made = one(message("ORU^R01", PID, order, "OBX|1|NM|8867-4^x^LN||1||||||F"), "Observation")
    assert [c["coding"][0]["code"] for c in made["category"]] == ["vital-signs"]


def test_the_day_of_a_release_is_kept_without_its_time() -> None:
    order = "OBR|1|P|F|A^a^L" + "|" * 18 + "{}|||F"
    result = "OBX|1|NM|X^x^L||1||||||F"
    dated = message("ORU^R01", PID, order.format("20260301"), result)
    timed = message("ORU^R01", PID, order.format("202603011030+0800"), result)
    for type_ in ("DiagnosticReport", "Observation"):
        assert one(dated, type_)["extension"] == [{"url": DAY, "valueDate": "2026-03-01"}]
        assert "issued" not in one(dated, type_)
        assert one(timed, type_)["issued"] == "2026-03-01T10:30:00+08:00"
        assert "extension" not in one(timed, type_)
    assert found(dated) == found(timed) == []
    assert found(message("ORU^R01", PID, order.format("soon"), result)) == ["bad-value OBR-22"]


@pytest.mark.parametrize(
    ("made", "edited", "date", "day", "said"),
    [
        ("202603011030+0800", "", "2026-03-01T10:30:00+08:00", None, []),
        ("20260301", "", None, "2026-03-01", []),
        ("", "20260302", None, "2026-03-02", []),
        ("20260301", "202603021030+0800", "2026-03-02T10:30:00+08:00", None,
         ["not-applicable TXA-6"]),
        ("20260301", "20260302", None, "2026-03-01", ["not-applicable TXA-7"]),
        ("soon", "", None, None, ["bad-value TXA-6"]),
    ],
)  # fmt: skip
def test_the_day_of_a_document_is_kept_without_its_time(
    made: str, edited: str, date: str | None, day: str | None, said: list[str]
) -> None:
    text = f"TXA|1|CN|TX|||{made}|{edited}|||||D1"
    result = message("MDM^T02", PID, text, "OBX|1|TX|A||one||||||F")
    document = one(result, "DocumentReference")
    assert document.get("date") == date
    days = [{"url": DOCUMENT_DAY, "valueDate": day}] if day else []
    assert document.get("extension", []) == days
    assert found(result) == said


def test_so_is_that_of_one_that_comes_as_a_result() -> None:
    pdf = "OBX|1|ED|A||^application^pdf^Base64^JVBERi0=||||||F|||20260301"
    document = one(message("ORU^R01", PID, "OBR|1|P|F|A", pdf), "DocumentReference")
    assert document["extension"] == [{"url": DOCUMENT_DAY, "valueDate": "2026-03-01"}]


@pytest.mark.parametrize(
    ("end", "period", "said"),
    [
        ("", False, []),
        ("202603010830", True, []),
        ("0", False, ["bad-value OBR-8", "bad-value SPM-17.2"]),  # what some laboratories fill in
    ],
)
def test_an_end_that_is_no_time_begins_no_period(end: str, period: bool, said: list[str]) -> None:
    begin = "202603010800"
    specimen = f"SPM|1|S1||BLD{'|' * 13}{begin}^{end}"
    made = message("ORU^R01", PID, f"OBR|1|P|F|A|||{begin}|{end}", "OBX|1|NM|X||5||||||F", specimen)
    for type_ in ("DiagnosticReport", "Observation"):
        assert ("effectivePeriod" in one(made, type_)) is period
        assert ("effectiveDateTime" in one(made, type_)) is not period
    assert ("collectedPeriod" in one(made, "Specimen")["collection"]) is period
    assert found(made) == said


FUNCTION = "http://hl7.org/fhir/StructureDefinition/event-performerFunction"
PART = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"


@pytest.mark.parametrize("written", ["{}&Tech&Tim^20260301", "{}^Tech^Tim"])
@pytest.mark.parametrize(
    ("field", "code", "text"), [(34, "SPRF", "technician"), (35, "TRANS", "transcriptionist")]
)
def test_a_report_tells_what_somebody_did_for_it(
    written: str, field: int, code: str, text: str
) -> None:
    """Who typed a report is not to be taken for whoever is responsible for it."""
    fields = ["OBR", "1", "P", "F", "A^a^L", *[""] * 30, ""]
    fields[32] = fields[field] = written.format("T1")
    made = message("ORU^R01", PID, "|".join(fields), "OBX|1|NM|X^x^L||1||||||F")
    report = one(made, "DiagnosticReport")
    (performer,) = report["performer"]
    assert performer.pop("extension") == called([
        {"url": FUNCTION, "valueCodeableConcept": {
            "coding": [{"system": PART, "code": code}], "text": text}},
    ])  # fmt: skip
    # That is said of this part alone, not wherever somebody refers to the same person.
    assert performer == report["resultsInterpreter"][0]
    assert performer["display"] == "Tim Tech"


def test_who_assisted_in_reading_stands_behind_who_answers_for_it() -> None:
    """OBR-33, as PRT tells it (AI)."""
    row = ["OBR", "1", "P1", "F1", "A^Aa^L", *[""] * 27, "D1&Li&Wei", "D2&Wu&Bo~D1&Li&Wei"]
    made = message("ORU^R01", PID, "|".join(row))
    read = one(made, "DiagnosticReport")["resultsInterpreter"]
    assert [each["display"] for each in read] == ["Wei Li", "Bo Wu"]
    assert found(made) == []


def test_a_participant_of_a_report_is_told_with_what_he_did() -> None:
    made = message(
        "ORU^R01", PID, "OBR|1|P|F|A^a^L", "PRT||UC||TN^Technician^HL70912|T1^Tech^Tim",
        "OBX|1|NM|X^x^L||1||||||F", "PRT||UC||VP^Verifier^HL70912|T2^Veri^Vic",
    )  # fmt: skip
    for type_, code, text in (
        ("DiagnosticReport", "TN", "Technician"), ("Observation", "VP", "Verifier"),
    ):  # fmt: skip
        (performer,) = one(made, type_)["performer"]
        (function,) = performer["extension"]
        assert function["url"] == FUNCTION
        concept = function["valueCodeableConcept"]
        assert [each["code"] for each in concept["coding"]] == [code]
        assert concept["coding"][0]["system"].endswith("v2-0912")
        assert concept["text"] == text


def concluded(*results: str) -> tuple[JSON, int]:
    """A report with its results, and how many they are."""
    numbered = (f"OBX|{n}|{each}" for n, each in enumerate(results, 1))
    made = message("ORU^R01", PID, "OBR|1|P1|F1|CT^CT^L", *numbered)
    assert found(made) == []
    return one(made, "DiagnosticReport"), len(of(made, "Observation"))


@pytest.mark.parametrize(
    "code",
    ["Z1^诊断意见^L", "Z1^检查结论^L", "印象", "19005-8^Impression^LN", "Z1^x^L^55110-1^^LN",
     "7&IMP^Chest^L"],
)  # fmt: skip
def test_what_a_report_comes_to_is_its_conclusion(code: str) -> None:
    """It stays a result: who reads results alone, finds it there."""
    report, results = concluded(
        "TX|S1^检查所见^L||双肺纹理清晰||||||F", f"TX|{code}||双肺未见异常~建议复查||||||F"
    )
    assert report["conclusion"] == "双肺未见异常\n建议复查"
    assert results == 2
    assert len(report["result"]) == 2


def test_several_conclusions_are_joined_in_their_order() -> None:
    report, results = concluded(
        "ST|Z1^诊断意见^L|1|未见正常||||||F", "ST|Z1^诊断意见^L|2|正常||||||F",
        "ST|Z2^结论^L||正常||||||F",
    )  # fmt: skip
    assert report["conclusion"] == "未见正常\n正常"
    assert results == 3


@pytest.mark.parametrize(
    "result",
    [
        "TX|S1^临床诊断^L||糖尿病||||||F",
        "TX|Z1^诊断意见^L||另一人的||||||W",
        "TX|Z1^诊断意见^L||||||||F",
        "NM|Z1^结论^L||5|mg|||||F",
        "TX|Z1^诊断意见^L||仅限本人||||||F||R",  # only who may see that result
    ],
)
def test_a_report_does_not_say_for_others_what_is_none_of_its_conclusion(result: str) -> None:
    assert "conclusion" not in concluded(result)[0]


def test_what_a_report_comes_to_in_codes_is_its_conclusion_too() -> None:
    report, results = concluded(
        "CWE|19005-8^诊断意见^LN||E11.900^2型糖尿病^ICD10CN||||||F",
        "CE|Z2^影像诊断^L||A^a^L~E11.900^2型糖尿病^ICD10CN||||||F",
        "TX|Z1^结论^L||随访||||||F",
    )
    assert [code["text"] for code in report["conclusionCode"]] == ["2型糖尿病", "a"]
    assert report["conclusion"] == "随访"
    assert results == 3


@pytest.mark.parametrize("result", ["W", "F||R"])
def test_codes_that_are_no_conclusion_are_none(result: str) -> None:
    report, _ = concluded(f"CWE|19005-8^x^LN||E11.900^2型糖尿病^ICD10CN||||||{result}")
    assert "conclusionCode" not in report


@pytest.mark.parametrize("number", [33, 34])
@pytest.mark.parametrize(
    ("written", "expected", "names"),
    [
        ("D1&Wang&Fang~D2^Li^Si", ["PractitionerRole", "Practitioner"], ["Fang Wang", "Si Li"]),
        ("D2^Li^Si~D1&Wang&Fang", ["Practitioner", "PractitionerRole"], ["Si Li", "Fang Wang"]),
    ],
)
def test_each_of_several_readers_is_written_as_he_is(
    number: int, written: str, expected: list[str], names: list[str]
) -> None:
    made = message("ORU^R01", PID, "|".join(["OBR|1||F1|CBC^x^L", *[""] * (number - 5), written]))
    told = one(made, "DiagnosticReport")["resultsInterpreter" if number == 33 else "performer"]
    assert [each["reference"].partition("/")[0] for each in told] == expected
    assert [each["display"] for each in told] == names
    assert found(made) == []
