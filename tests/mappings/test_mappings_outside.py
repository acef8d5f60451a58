"""PID-2 and PID-4 are numbers from elsewhere: not the hospital's own, unless they say so."""

from __future__ import annotations

import pytest
from speaking import message, one

ROOT = "https://yiqiao.org/fhir"
OWN, TWO, FOUR = f"{ROOT}/authority/src/H", f"{ROOT}/outside/src/PID-2", f"{ROOT}/outside/src/PID-4"


@pytest.mark.parametrize(
    ("pid", "numbers"),
    [
        ("PID|1||100", [(OWN, "100")]),
        ("PID|1|100||", [(TWO, "100")]),
        ("PID|1|||100~101", [(FOUR, "100"), (FOUR, "101")]),
        ("PID|1|5|100^^^H^MR|6", [(OWN, "100"), (TWO, "5"), (FOUR, "6")]),
        ("PID|1|5^^^H^MR|100|6^^^^PI", [(OWN, "100"), (OWN, "5"), (FOUR, "6")]),
        ("PID|1|5^^^X||6^^^^XX", [(f"{ROOT}/authority/src/X", "5"), (FOUR, "6")]),
        ("PID|1|5^^^^HC|7|", [(OWN, "7"), ("urn:oid:2.16.156.10011.1.19", "5")]),
    ],
)
def test_a_number_from_elsewhere_has_a_system_of_its_own(pid, numbers):
    made = message("ADT^A28", f"{pid}||Doe^Jo")
    known = one(made, "Patient")["identifier"]
    assert [(each["system"], each["value"]) for each in known] == numbers
