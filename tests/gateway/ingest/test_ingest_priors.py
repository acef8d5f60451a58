"""Results of before that come with an order: another copy of what is known makes no second one."""

from __future__ import annotations

from itertools import count

import pytest
from ingest_feed import hl7, sent

_NUMBERS = count(1)
PID, OTHER = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M", "PID|1||8^^^TJH01^MR||Roe^Ann"
HB, PLT = "OBX|1|NM|HB^Hb^L||130|g/L|||||F", "OBX|2|NM|PLT^Plt^L||200|10*9/L|||||F"


def said(kind, *segments):
    return hl7(*segments, type_=kind, control_id=str(next(_NUMBERS)))


def obr(filler="F9", time="202601010800"):
    return f"OBR|1|O9|{filler}|CBC^Count^L|||{time}{'|' * 18}F"


def report(*results):
    return said("ORU^R01", PID, obr(), *results)


def order(*results, prior=("ORC|PR|O9|F9",), pid=PID, filler="F9", time="202601010800"):
    visit = "PV1|1|I|W1" + "|" * 16 + "V1"
    new = ("ORC|NW|O1", "OBR|1|O1||BMP^Panel^L")
    whose = (pid,) if prior else ()
    return said("OML^O21", PID, visit, *new, *whose, *prior, obr(filler, time), *results)


def results(tjh):
    """Return (code, value) of each result there is."""
    return sorted(
        (one["code"]["coding"][0]["code"], one["valueQuantity"]["value"])
        for one in tjh.resources("Observation")
    )


def codes(tjh, receipts):
    return [code for receipt in receipts for code in tjh.findings(receipt.seq)]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("prior", [("ORC|PR|O9|F9",), ("ORC|RE|O9|F9",), ()])
def test_a_copy_of_known_results_makes_none(tjh, prior, together):
    receipts = sent(tjh, [report(HB, PLT), order(HB, PLT, prior=prior)], together)
    assert results(tjh) == [("HB", 130), ("PLT", 200)]
    assert "only-mentioned" not in codes(tjh, receipts)
    before, new = sorted(tjh.resources("ServiceRequest"), key=lambda one: one["status"])[::-1]
    known = {f"Observation/{one['id']}" for one in tjh.resources("Observation")}
    assert {each["reference"] for each in before["supportingInfo"]} == known
    assert ("encounter" in before, "encounter" in new) == (False, True)
    (told,) = tjh.resources("DiagnosticReport")
    assert {each["reference"] for each in told["result"]} == known
    tjh(order(HB, PLT, prior=prior))
    assert len(results(tjh)) == 2


def test_what_a_copy_says_otherwise_is_found_and_changes_nothing(tjh):
    tjh(report(HB))
    (before,) = tjh.resources("Observation")
    assert codes(tjh, tjh(order(HB.replace("130", "125")))).count("only-mentioned") == 1
    assert tjh.resources("Observation") == [before]


def test_a_result_that_has_a_number_of_its_own_is_not_told_anew(tjh):
    numbered = HB + "|" * 10 + "R1^LIS"
    tjh(report(numbered))
    (before,) = tjh.resources("Observation")
    tjh(order(numbered.replace("130", "125")))
    assert tjh.resources("Observation") == [before]


def test_a_measurement_of_a_series_is_known_by_its_time(tjh):
    at = {hour: f"{HB}|||2026010108{hour}" for hour in ("00", "30", "45")}
    tjh(report(at["00"], at["30"]))
    tjh(order(at["30"]))
    assert len(results(tjh)) == 2
    tjh(order(at["45"]))
    assert len(results(tjh)) == 3


@pytest.mark.parametrize(
    "message",
    [
        order(PLT), order(HB, filler="F8", prior=()), order(HB, pid=OTHER),
        order("OBX|1|NM|HB^Hb^L|2|130|g/L|||||F"),
    ],
)  # fmt: skip
def test_what_the_report_does_not_have_stands_by_itself(tjh, message):
    tjh(report(HB))
    tjh(message)
    assert len(results(tjh)) == 2


def test_what_is_observed_for_a_new_order_is_its_own(tjh):
    new = ("ORC|NW|O1", "OBR|1|O1|F9|BMP^Panel^L", "OBX|1|NM|WT^Weight^L||70|kg|||||F")
    for _ in range(2):
        tjh(said("OML^O21", PID, *new))
    assert results(tjh) == [("WT", 70)]
