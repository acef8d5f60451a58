"""An order has one timing: what TQ1 says, the fields of before version 2.5 have not said."""

from __future__ import annotations

import pytest
from golden_pairs import ReadableIds
from speaking import JSON, PID, found, message, of

from conformance.definitions import definitions
from mappings.dictionary import load
from mappings.explain import fates

DRUG = "RXE|{}|A^Amox^L|500||mg"
EIGHT = {"frequency": 1, "period": 8, "periodUnit": "h"}


def codes(timing: JSON) -> list[str]:
    return [coding["code"] for coding in timing.get("code", {}).get("coding", ())]


@pytest.mark.parametrize(
    ("order", "drug", "timing", "codes_", "repeat", "said"),
    [
        # The older field fills what TQ1 leaves empty, and contradicts nothing.
        ("^BID^^20260301", "", "|Q8H", ["Q8H"], EIGHT | {"boundsPeriod": {"start": "2026-03-01"}},
         ["already-filled ORC-7.2"]),
        ("", "^Q12H^^20260301^20260303", "|Q8H||||20260301|20260305", ["Q8H"],
         EIGHT | {"boundsPeriod": {"start": "2026-03-01", "end": "2026-03-05"}},
         ["already-filled RXE-1.2", "already-filled RXE-1.5"]),
        ("^Q8H^D5", "^Q8H", "|Q8H|||5^D", ["Q8H"], EIGHT, ["already-filled ORC-7.3"]),
        # A TQ1 that says nothing of it takes nothing away.
        ("", "^Q8H", "||||||||note", ["Q8H"], EIGHT, []),
    ],
)  # fmt: skip
def test_what_tq1_says_counts(
    order: str, drug: str, timing: str, codes_: list[str], repeat: JSON, said: list[str]
) -> None:
    made = message(
        "RDE^O11", PID, f"ORC|NW|R1|||||{order}", DRUG.format(drug), f"TQ1|1|{timing}"
    )  # fmt: skip
    ((dosage,),) = (one["dosageInstruction"] for one in of(made, "MedicationRequest"))
    assert codes(dosage["timing"]) == codes_
    assert {n: v for n, v in dosage["timing"]["repeat"].items() if n != "boundsDuration"} == repeat
    assert found(made) == said


def test_each_order_has_its_own() -> None:
    made = message(
        "RDE^O11", PID,
        "ORC|NW|R1|||||^BID", DRUG.format(""), "TQ1|1||BID",
        "ORC|NW|R2|||||^QHS", DRUG.format(""),
    )  # fmt: skip
    first, second = of(made, "MedicationRequest")
    assert codes(first["dosageInstruction"][0]["timing"]) == ["BID"]
    assert codes(second["dosageInstruction"][0]["timing"]) == ["QHS"]
    assert found(made) == []


def test_repetitions_go_with_tq1_by_their_order() -> None:
    made = message(
        "RDE^O11", PID, "ORC|NW|R1|||||^BID~^QHS~^Q4H", DRUG.format(""), "TQ1|1||BID", "TQ1|2||Q6H"
    )
    ((*dosages,),) = (one["dosageInstruction"] for one in of(made, "MedicationRequest"))
    assert [codes(one["timing"]) for one in dosages] == [["BID"], ["Q6H"], ["Q4H"]]
    assert found(made) == ["already-filled ORC-7[2].2"]


def test_so_is_a_test_s() -> None:
    made = message(
        "ORM^O01",
        PID,
        "ORC|NW|R1|||||^^^20260301^^R",
        "OBR|1|R1||GLU^a^L",
        "TQ1|1||||||20260302||S",
    )
    (order,) = of(made, "ServiceRequest")
    assert (order["occurrenceDateTime"], order["priority"]) == ("2026-03-02", "stat")
    assert found(made) == ["already-filled ORC-7.4", "already-filled ORC-7.6"]


def test_what_is_said_alike_is_explained_so() -> None:
    text = "\r".join([
        "MSH|^~\\&|HIS|H|||20260301||RDE^O11|1|P|2.5.1", PID, "ORC|NW|R1|||||^BID",
        DRUG.format(""), "TQ1|1||BID",
    ])  # fmt: skip
    made = load(definitions(), explain=True).translate(text, ReadableIds(), source="src")
    told = {fate.location: (fate.kind, fate.text) for fate in fates(text, made)}
    assert told["ORC-7"] == ("used", "said alike elsewhere: TQ1")
    assert "unread" not in {kind for kind, _ in told.values()}


@pytest.mark.parametrize(("often", "old"), [("BID", "^PRN"), ("PRN", "^BID")])
def test_as_needed_is_no_interval(often: str, old: str) -> None:
    """PRN says whether to give at all, BID how often at most: each field says one of them."""
    made = message("RDE^O11", PID, "ORC|NW|R1", DRUG.format(old), f"TQ1|1||{often}")
    (order,) = of(made, "MedicationRequest")
    (dosage,) = order["dosageInstruction"]
    assert dosage["asNeededBoolean"] is True
    assert dosage["timing"]["repeat"] == {"frequency": 2, "period": 1, "periodUnit": "d"}
    assert found(made) == []
