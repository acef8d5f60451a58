"""A result or report is one, whichever of its codes a laboratory writes first."""

from __future__ import annotations

from itertools import permutations

import pytest
from ingest_feed import hl7, sent

from gateway.ingest.ids import DerivedIds
from gateway.ingest.things import alike

PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"
LOCAL, LOINC = "WBC^White^L", "6690-2^Leukocytes^LN"
BOTH, TURNED = f"{LOCAL}^{LOINC}", f"{LOINC}^{LOCAL}"
CBC = "CBC^Blood count^L^58410-2^CBC panel^LN"
CBC_TURNED = "58410-2^CBC panel^LN^CBC^Blood count^L"
_SENT = iter(range(1, 10**6))


def obx(value, code, status="F", *, at="", number="", sub=""):
    fields = {2: "NM", 3: code, 4: sub, 5: value, 11: status, 14: at, 21: number}
    return "|".join(["OBX", "1", *(fields.get(each, "") for each in range(2, 22))]).rstrip("|")


def oru(*results, report="CBC", filler="F1"):
    status = "|" * 21 + "F"
    return hl7(
        PID, f"OBR|1||{filler}|{report}{status}", *results,
        type_="ORU^R01", control_id=str(next(_SENT)),
    )  # fmt: skip


def values(tjh):
    """Return (value, status) of the results there are; each is in one report."""
    results = tjh.resources("Observation")
    listed = [
        each["reference"] for one in tjh.resources("DiagnosticReport") for each in one["result"]
    ]
    assert set(listed) <= {f"Observation/{one['id']}" for one in results}
    return sorted((str(one["valueQuantity"]["value"]), one["status"]) for one in results)


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("codes", [*permutations([BOTH, TURNED, LOCAL], 2), (BOTH, LOINC)])
@pytest.mark.parametrize("number", ["", "I1", "I1^LIS"])
def test_a_result_is_one_under_any_of_its_codes(tjh, codes, number, together):
    if not {*codes} - {LOCAL, TURNED}:
        codes = (BOTH, *codes)  # what nobody has told to be one code
    messages = [oru(obx("5", codes[0], "P", number=number)),
                *(oru(obx("6", code, number=number)) for code in codes[1:])]  # fmt: skip
    sent(tjh, messages, together)
    assert values(tjh) == [("6", "final")]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("reports", [*permutations([CBC, CBC_TURNED, CBC], 3)])
def test_a_report_is_one_under_any_of_its_codes(tjh, reports, together):
    messages = [oru(obx("5", BOTH, "P"), obx("1", "K"), report=reports[0]),
                oru(obx("6", TURNED), obx("1", "K"), report=reports[1]),
                oru(obx("7", BOTH, "C"), report=reports[2])]  # fmt: skip
    sent(tjh, messages, together)
    assert len(tjh.resources("DiagnosticReport")) == 1
    assert values(tjh) == [("1", "final"), ("7", "corrected")]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(("one", "other"), [
    ("GLU1^Fasting^L^2345-7^Glucose^LN", "GLU2^After 2 h^L^2345-7^Glucose^LN"),
    ("WBC^White^L", "6690-2^Leukocytes^LN"),
])  # fmt: skip
def test_what_may_be_two_stays_two(tjh, one, other, together):
    sent(tjh, [oru(obx("5", one)), oru(obx("6", other))], together)
    assert values(tjh) == [("5", "final"), ("6", "final")]


@pytest.mark.parametrize("both", [False, True])
def test_where_a_code_may_be_either_of_two_it_is_neither(tjh, both):
    fasting, later = (f"GLU{n}^Glucose^L^2345-7^Glucose^LN" for n in (1, 2))
    first = [obx("5", fasting), obx("6", later)]
    tjh(oru(*first))
    tjh(oru(*(first if both else ()), obx("7", "2345-7^Glucose^LN")))
    assert values(tjh) == [("5", "final"), ("6", "final"), ("7", "final")]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("differ", ["sub", "number", "filler", "report"])
def test_another_sub_id_number_or_report_is_another_result(tjh, differ, together):
    def said(value, code, n):
        result = {"sub": f"1.{n}"} if differ == "sub" else {}
        result |= {"number": f"I{n}"} if differ == "number" else {}
        report = {"filler": f"F{n}"} if differ == "filler" else {}
        report |= {"report": f"R{n}"} if differ == "report" else {}
        return oru(obx(value, code, **result), **report)

    sent(tjh, [said("5", BOTH, 1), said("6", TURNED, 2)], together)
    assert values(tjh) == [("5", "final"), ("6", "final")]


@pytest.mark.parametrize("together", [True, False])
def test_serial_results_stay_in_their_series(tjh, together):
    eight, nine = "202603010800", "202603010900"
    sent(tjh, [
        oru(obx("5", BOTH, at=eight), obx("6", BOTH, at=nine)),
        oru(obx("7", TURNED, "C", at=nine)),
        oru(obx("8", TURNED, at="202603011000")),
        oru(obx("9", TURNED, "C", at="202603011000")),
    ], together)  # fmt: skip
    assert values(tjh) == [("5", "final"), ("7", "corrected"), ("9", "corrected")]


def asked(tjh, monkeypatch, count, codes):
    """How many ids are made, and results compared, for a series or panel that comes again."""
    calls = [0]

    def counted(function):
        def call(*arguments):
            calls[0] += 1
            return function(*arguments)

        return call

    def message(code):
        times = [f"2026030108{n:02d}" for n in range(count)]
        return [obx("5", code.format(n if codes else ""), at=at) for n, at in enumerate(times)]

    tjh(oru(*message("A{0}^x^L^B{0}^y^M"), filler=f"F{count}"))
    with monkeypatch.context() as patch:
        patch.setattr(alike, "is_same", counted(alike.is_same))
        patch.setattr(DerivedIds, "resource", counted(DerivedIds.resource))
        tjh(oru(*message("A{0}^x^L^B{0}^y^M"), filler=f"F{count}"))
        tjh(oru(*message("B{0}^y^M^A{0}^x^L"), filler=f"F{count}"))
    return calls[0]


@pytest.mark.parametrize("codes", [False, True])
def test_what_comes_again_costs_in_proportion_to_its_length(tjh, monkeypatch, codes):
    few, many = (asked(tjh, monkeypatch, count, codes) for count in (12, 48))
    assert many < 6 * few
    assert len(values(tjh)) == 12 + 48
