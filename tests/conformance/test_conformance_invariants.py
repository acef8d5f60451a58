from __future__ import annotations

from decimal import Decimal

import pytest

from conformance.invariants import DATA_TYPES, RESOURCES, is_after
from conformance.narrative import is_narrative
from conformance.validator import Validator

EX = "http://example.org"


@pytest.mark.parametrize(
    ("first", "second", "after"),
    [
        ("2026-11-02", "2026-11-01", True),
        ("2026-11-01", "2026-11-02", False),
        ("2026-11", "2026-11-01", False),  # cannot be told
        ("2026-12", "2026-11-30", True),
        ("2027", "2026-11-30T08:00:00Z", True),
        ("2026-11-02T08:00:00+08:00", "2026-11-02T00:00:00Z", False),
        ("2026-11-02T08:00:01+08:00", "2026-11-02T00:00:00Z", True),
        ("2026-11-02T08:00:00.500Z", "2026-11-02T08:00:00Z", True),
        ("2026-11-02T09:00:00Z", "2026-11-02T08:00:00Z", True),
        ("2016-12-31T23:59:60Z", "2017-01-01T08:00:00+08:00", False),
        ("2026-11-02T08:00:00", "2026-11-02T08:00:00Z", False),
        (None, "2026", False),
        ("2026", 5, False),
    ],
)
def test_is_after(first, second, after):
    assert is_after(first, second) is after


def bundle(kind, *entries, **more):
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries), **more}


REQUEST = {"request": {"method": "GET", "url": "Patient/1"}}
RESPONSE = {"response": {"status": "200"}}
FIRST = {"fullUrl": f"{EX}/Basic/1", "resource": {"resourceType": "Basic", "code": {"text": "x"}}}
OF_VERSION = {**FIRST, "resource": {**FIRST["resource"], "meta": {"versionId": "2"}}}
COMPONENT = {"code": {"coding": [{"system": "urn:x", "code": "1", "display": "other"}]}}
OBSERVATION = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"coding": [{"system": "urn:x", "code": "1"}, {"display": "x"}]},
    "component": [COMPONENT],
}
CLAIMS = {
    "resourceType": "CapabilityStatement",
    "status": "active",
    "date": "2026",
    "kind": "instance",
    "implementation": {"description": "x"},
    "fhirVersion": "4.0.1",
    "format": ["json"],
}
ITEM = {"linkId": "1", "type": "group", "item": [{"linkId": "2", "type": "string"}]}

TABLE = [
    ("bdl-3", bundle("collection", {**FIRST, **REQUEST}), bundle("batch", {**FIRST, **REQUEST})),
    ("bdl-3", bundle("transaction", FIRST), bundle("collection", FIRST)),
    ("bdl-4", bundle("batch", {**REQUEST, **RESPONSE}), bundle("batch-response", RESPONSE)),
    ("bdl-7", bundle("collection", FIRST, FIRST), bundle("collection", FIRST, OF_VERSION)),
    (
        "bdl-7",
        bundle("collection", {"resource": FIRST["resource"]}, FIRST, FIRST),
        bundle("history", {**FIRST, **REQUEST, **RESPONSE}, {**FIRST, **REQUEST, **RESPONSE}),
    ),
    (
        "bdl-8",
        bundle("collection", {**FIRST, "fullUrl": f"{EX}/Basic/1/_history/2"}),
        bundle("collection", FIRST),
    ),
    ("bdl-11", bundle("message", FIRST), bundle("collection", FIRST)),
    (
        "cpb-9",
        {**CLAIMS, "rest": [{"mode": "server", "resource": [{"type": "Patient"}] * 2}]},
        {**CLAIMS, "rest": [{"mode": "server", "resource": [{"type": "Patient"}]}]},
    ),
    (
        "cpb-12",
        {
            **CLAIMS,
            "rest": [
                {
                    "mode": "server",
                    "resource": [
                        {"type": "Patient", "searchParam": [{"name": "a", "type": "token"}] * 2}
                    ],
                }
            ],
        },
        {**CLAIMS, "rest": [{"mode": "server"}]},
    ),
    (
        "grp-1",
        {
            "resourceType": "Group",
            "type": "person",
            "actual": False,
            "member": [{"entity": {"reference": "Patient/1"}}],
        },
        {"resourceType": "Group", "type": "person", "actual": False},
    ),
    (
        "mdd-1",
        {
            "resourceType": "MedicationDispense",
            "status": "completed",
            "medicationReference": {"reference": "Medication/1"},
            "whenPrepared": "2026-11-02",
            "whenHandedOver": "2026-11-01",
        },
        {
            "resourceType": "MedicationDispense",
            "status": "completed",
            "medicationReference": {"reference": "Medication/1"},
            "whenPrepared": "2026-11-02",
        },
    ),
    ("obs-7", {**OBSERVATION, "valueString": "x"}, OBSERVATION),
    (
        "obs-7",
        {**OBSERVATION, "_valueString": {"id": "x"}},
        {**OBSERVATION, "valueString": "x", "component": [{"code": {"text": "1"}}]},
    ),
    (
        "que-2",
        {"resourceType": "Questionnaire", "status": "draft", "item": [ITEM, ITEM]},
        {"resourceType": "Questionnaire", "status": "draft", "item": [ITEM]},
    ),
    (
        "inv-1",
        {
            "resourceType": "Task",
            "status": "draft",
            "intent": "order",
            "authoredOn": "2026-11-02",
            "lastModified": "2026-11-01",
        },
        {"resourceType": "Task", "status": "draft", "intent": "order"},
    ),
    (
        "per-1",
        {"resourceType": "Patient", "name": [{"period": {"start": "2026", "end": "2025"}}]},
        {"resourceType": "Patient", "name": [{"period": {"start": "2025", "end": "2026"}}]},
    ),
]
VALIDATOR = Validator()


@pytest.mark.parametrize(("key", "broken", "kept"), TABLE)
def test_each_invariant_refuses_and_allows(key, broken, kept):
    assert [each.code for each in VALIDATOR.errors(broken)] == [key]
    assert not VALIDATOR.valid(broken)
    assert VALIDATOR.errors(kept) == []


def test_each_invariant_is_tried():
    listed = {key for table in (DATA_TYPES, RESOURCES) for each in table.values() for key in each}
    assert listed - {"rng-2"} == {each[0] for each in TABLE}


@pytest.mark.parametrize(
    ("low", "high", "holds"),
    [
        ({"value": 2, "unit": "g"}, {"value": 1, "unit": "g"}, False),
        ({"value": 1, "unit": "g"}, {"value": 1, "unit": "g"}, True),
        ({"value": 2, "unit": "mg"}, {"value": 1, "unit": "g"}, True),
        ({"value": 2}, {"unit": "x"}, True),
        ({"value": 2}, {}, True),
        ({"value": 2}, None, True),
        ({"value": Decimal("6.10")}, {"value": 6.1}, True),
        ({"value": Decimal("6.20")}, {"value": 6.1}, False),
    ],
)
def test_a_range_is_in_order(low, high, holds):
    check, _ = DATA_TYPES["Range"]["rng-2"]
    assert check({"low": low, "high": high}) is holds


@pytest.mark.parametrize(
    ("inside", "allowed"),
    [
        ("text", True),
        ("<p style='color:red'>text</p>", True),
        ("<img src='#a' alt='x'/>", True),
        ("<p xml:lang='zh'>文</p>", True),
        ("<a href='https://example.org'>x</a>", True),
        ("", False),
        ("<p> </p>", False),
        ("<script>x</script>", False),
        ("<p onclick='x'>text</p>", False),
        ("<a href=' JavaScript:x'>text</a>", False),
        ("<p>text", False),
        ("&nbsp;", False),
        ("text<?php x?>", False),
        ("<p xmlns='urn:other'>text</p>", False),
    ],
)
def test_narrative(inside, allowed):
    text = f'<div xmlns="http://www.w3.org/1999/xhtml">{inside}</div>'
    assert is_narrative(text) is allowed


@pytest.mark.parametrize(
    "text",
    [
        "text",
        "<div>text</div>",
        '<p xmlns="http://www.w3.org/1999/xhtml">text</p>',
        '<!DOCTYPE x [<!ENTITY a "b">]><div xmlns="http://www.w3.org/1999/xhtml">&a;</div>',
        '<div xmlns="http://www.w3.org/1999/xhtml">\ud800</div>',
    ],
)
def test_no_narrative(text):
    assert not is_narrative(text)
