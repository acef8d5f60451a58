"""A specimen is one, by whichever of its numbers a child or a result names it."""

from __future__ import annotations

import pytest
from ingest_feed import hl7

PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"
BLOOD = "SPM|1|S1^T1||BLD^Blood^HL70487"
SERUM = "SPM|1|S2^T2|{}|SER^Serum^HL70487"
_SENT = iter(range(1, 10**6))


def sent(*specimens):
    order = "OBR|1|P1|F1|GLU^Glucose^L"
    return hl7(PID, *specimens, order, type_="OUL^R22", control_id=str(next(_SENT)))


@pytest.mark.parametrize("named", ["S1^T1", "S1", "^T1"])
@pytest.mark.parametrize("late", [False, True])
def test_a_parent_grows_when_its_own_message_comes(tjh, named, late):
    child, parent = sent(SERUM.format(named)), sent(BLOOD)
    for message in (child, parent) if late else (parent, child):
        tjh(message)
    specimens = {one["identifier"][0]["value"]: one for one in tjh.resources("Specimen")}
    assert sorted(specimens) == ["S1", "S2"] if named != "^T1" else len(specimens) == 2
    (serum,) = (one for one in specimens.values() if "parent" in one)
    (blood,) = (one for one in specimens.values() if one is not serum)
    assert serum["parent"] == [{"reference": f"Specimen/{blood['id']}"}]
    assert blood["type"]["text"] == "Blood"
    assert sorted(each["value"] for each in blood["identifier"]) == ["S1", "T1"]
