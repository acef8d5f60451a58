"""Two things that are one: what restricts either, restricts what belongs to the other as well."""

from __future__ import annotations

from itertools import count

import pytest
from ingest_feed import hl7, sent

from consent.labels import labels_for

_SENT = count(1)
PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19800101|M"
CONFIDENTIAL = f"PV2{'|' * 22}Y"


def said(type_, *segments):
    at = next(_SENT)
    return hl7(PID, *segments, type_=type_, control_id=f"J{at}", version="2.5.1",
               sent=f"20260301{9 + at // 60:02}{at % 60:02}00")  # fmt: skip


def pv1(number, planned=""):
    return f"PV1|1|I|W1||{planned}{'|' * 14}{number}".rstrip("|")


def adt(event, number, *more, planned=""):
    return said(f"ADT^{event}", f"EVN|{event}|20260301090000", pv1(number, planned), *more)


def result(*visit, placer="", filler="F1"):
    return said("ORU^R01", *visit, f"OBR|1|{placer}|{filler}|GLU^Glucose^L",
                "OBX|1|NM|GLU^Glucose^L||5|mmol/L|||||F")  # fmt: skip


def order(control, *numbers, label=""):
    orc = f"ORC|{control}|{'|'.join(numbers)}"
    orc += "|" * (28 - orc.count("|")) + label
    return said("ORM^O01", orc.rstrip("|"), f"OBR|1|{'|'.join([*numbers, ''][:2])}|GLU^Glucose^L")


def open_(tjh):
    """Return the types of what is not restricted."""
    return {
        one["resourceType"] for one in tjh.resources()
        if one["resourceType"] != "Patient" and "R" not in labels_for(one)
    }  # fmt: skip


@pytest.mark.parametrize(
    "messages",
    [
        [adt("A01", "V1", CONFIDENTIAL), adt("A01", "V2"), result(pv1("V2")),
         said("ADT^A42", "EVN|A42|2026030110", "MRG|7^^^TJH01^MR||||V1", pv1("V2"))],
        [adt("A01", "V1", CONFIDENTIAL), adt("A01", "V2"), result(pv1("V2")),
         said("ADT^A42", "EVN|A42|2026030110", "MRG|7^^^TJH01^MR||||V2", pv1("V1"))],
        [adt("A05", "", CONFIDENTIAL, planned="P1"), adt("A01", "V1"), result(pv1("V1")),
         adt("A08", "V1", planned="P1")],
        [order("NW", "O1", label="R"), result(), order("SC", "O1", "F1")],
    ],
    ids=["the visit that gives way", "the visit that stays", "the pre-admission", "the order"],
)  # fmt: skip
@pytest.mark.parametrize("together", [True, False])
def test_what_is_joined_restricts_what_belonged_to_either(tjh, messages, together):
    sent(tjh, messages, together)
    assert open_(tjh) == set()
