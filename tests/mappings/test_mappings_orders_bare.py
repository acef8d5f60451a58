"""Orders that lack something: a number, a request; orders that are part of another; no TXA."""

from __future__ import annotations

import pytest
from speaking import JSON, PID, message, of, one


def short(resources: list[JSON]) -> list[str]:
    return [r["id"].removeprefix("patient-100.") for r in resources]


# -- orders that nobody named ----------------------------------------------------------------------


@pytest.mark.parametrize("order", [(), ("ORC|RE",)])
def test_a_report_without_numbers_is_of_one_order_however_often_it_comes(
    order: tuple[str, ...],
) -> None:
    for day, status in enumerate("PFC", 1):
        obr = f"OBR|1|||CBC|||20260301080000|||||||||D1^Doc|||||||||{status}"
        made = message("ORU^R01", PID, *order, obr, "OBX|1|NM|WBC||5", when=f"2026030{day}")
        placed = one(made, "ServiceRequest")
        assert short([placed]) == ["ServiceRequest-report-20260301080000-CBC"]
        assert placed["requester"]["display"] == "Doc"
        assert one(made, "DiagnosticReport")["basedOn"][0]["reference"].endswith(placed["id"])


def test_an_order_without_a_number_is_one() -> None:
    assert one(message("ORM^O01", PID, "OBR|1|||CBC"), "ServiceRequest")


# -- orders that are part of another ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "based"),
    [
        ({29: "P8^F8"}, {"identifier": "F8"}),
        ({29: "P8^F8", 50: "PANEL^Panel"}, {"identifier": "F8", "display": "Panel"}),
        ({54: "P9^F9", 50: "PANEL^Panel"}, {"identifier": "F9", "display": "Panel"}),
        ({50: "PANEL^Panel"}, {"display": "Panel"}),
    ],
)
def test_an_order_is_part_of_another(fields: dict[int, str], based: JSON) -> None:
    obr = "|".join(["OBR", "1", "O1", "", "CBC", *(fields.get(n, "") for n in range(5, 55))])
    (made,) = one(message("OML^O21", PID, obr, version="2.9"), "ServiceRequest")["basedOn"]
    if "identifier" in made:
        made["identifier"] = made["identifier"]["value"]
    assert made == based


def test_an_imaging_order_without_a_request_is_kept() -> None:
    made = message("OMI^O23", PID, "ORC|NW|O1", "IPC|ACC|RP|1.2||CT^CT^DCM")
    assert one(made, "ServiceRequest")["code"] == {"text": "unspecified"}
    made = message("OMI^O23", PID, "ORC|NW|O1", "OBR|1|O1||X", "IPC|ACC|RP|1.2||CT^CT^DCM")
    assert one(made, "ServiceRequest")["code"]["coding"][0]["code"] == "X"


# -- documents without TXA -------------------------------------------------------------------------


def test_a_document_message_without_txa_keeps_its_document() -> None:
    pdf = "OBX|1|ED|A^a^L||^AP^PDF^Base64^JVBERi0="
    made = message("MDM^T02", PID, pdf)
    assert one(made, "DocumentReference")["content"][0]["attachment"]["url"]
    assert len(of(made, "Binary")) == 1
    with_txa = message("MDM^T02", PID, "TXA|1|CN|TX|||||||||D1|||||AU", pdf)
    assert short(of(with_txa, "DocumentReference")) == ["DocumentReference-D1"]
    assert of(with_txa, "Observation") == []
