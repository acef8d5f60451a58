"""Times given as an amount after another: what AIS, AIG, AIL and AIP say of an appointment."""

from __future__ import annotations

import pytest

from conformance.definitions import definitions
from mappings.dictionary import load
from tests.mappings.golden_pairs import ReadableIds

MESSAGE = """MSH|^~\\&|SCHED|LAKESIDE|GW|HIE|20260310090000+0800||SIU^S12^SIU_S12|1|P|2.5.1
SCH||B1^LAB|||||||||^^^20260320093000+0800
PID|1||L1^^^LAKESIDE^MR||Sample^Ada
RGS|1
AIP|1||D1^House^Gregory||||{offset}|{unit}|{length}|{unit}
"""


@pytest.mark.parametrize(
    ("offset", "unit", "length", "period"),
    [
        ("30", "MIN", "", {"start": "2026-03-20T10:00:00+08:00"}),
        ("1", "H", "", {"start": "2026-03-20T10:30:00+08:00"}),
        ("15", "", "", {"start": "2026-03-20T09:45:00+08:00"}),
        ("soon", "MIN", "", None),
        ("30", "BLINKS", "", None),
        ("", "", "20", None),
    ],
)
def test_an_offset_counts_from_the_start_of_the_appointment(
    offset: str, unit: str, length: str, period: dict[str, str] | None
) -> None:
    text = MESSAGE.format(offset=offset, unit=unit, length=length).replace("\n", "\r")
    made = load(definitions()).translate(text, ReadableIds(), source="any").made
    appointment = next(m.resource for m in made if m.resource["resourceType"] == "Appointment")
    person = next(p for p in appointment["participant"] if "Practitioner" in str(p["actor"]))
    assert person.get("period") == period
