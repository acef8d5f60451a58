"""Search values against elements: tokens, strings (CJK too), references, quantities, escapes."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.disclosure.refusals import BadRequest
from gateway.disclosure.search.matching import MatchError, Reading, compile_test, split, unescaped
from gateway.disclosure.search.order import key_of
from gateway.disclosure.search.parameters import table
from gateway.disclosure.search.query import parse
from gateway.disclosure.search.text import folded

ZONE = timezone(timedelta(hours=8))
BASE = "https://h.example/fhir"
ALIASES = {"urn:alias": "urn:id"}
READING = Reading(ZONE, BASE, lambda system, value: (ALIASES.get(system, system), value.upper()))

OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "id": "a.1",
    "status": "final",
    "identifier": [{"system": "urn:id", "value": "X1"}, {"value": "bare"}],
    "code": {
        "coding": [{"system": "http://loinc.org", "code": "4548-4"}, {"code": "HBA1C"}],
        "text": "HbA1c",
    },
    "subject": {"reference": "Patient/a.p"},
    "encounter": {"reference": "Encounter/a.e"},
    "effectiveDateTime": "2026-03-01T09:00:00+08:00",
    "valueQuantity": {
        "value": 7.8,
        "unit": "%",
        "system": "http://unitsofmeasure.org",
        "code": "%",
    },
}
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p",
    "active": True,
    "name": [
        {"text": "山田 太郎"},
        {"family": "Müller", "given": ["Anna", None, "Lena"]},
        {"text": "阿卜杜拉·买买提"},
        {"text": "がく"},
    ],
    "telecom": [{"system": "phone", "value": "138"}, {"system": "email", "value": "a@b.c"}],
    "birthDate": "1900-01-01",
    "address": [{"city": "天津市", "line": ["测试路1号"]}],
}


def matches(resource: dict[str, Any], name: str, text: str) -> bool:
    stem, _, modifier = name.partition(":")
    parameter = table()[resource["resourceType"]][stem]
    return compile_test(parameter, modifier or None, text, READING)(resource)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("code", "4548-4", True),
        ("code", "http://loinc.org|4548-4", True),
        ("code", "http://loinc.org|", True),
        ("code", "|HBA1C", True),
        ("code", "|4548-4", False),
        ("code", "http://other.org|4548-4", False),
        ("code", "1-1,4548-4", True),
        ("code", "1-1\\,4548-4", False),
        ("code:not", "4548-4", False),
        ("code:not", "1-1", True),
        ("status", "final", True),
        ("status", "http://hl7.org/fhir/observation-status|final", True),
        ("status", "amended", False),
        ("identifier", "urn:alias|x1", True),
        ("identifier", "|bare", True),
        ("category:missing", "true", True),
        ("category:missing", "false", False),
        ("code:missing", "false", True),
        ("encounter", "Encounter/a.e", True),
        ("encounter", "a.e", True),
        ("encounter", f"{BASE}/Encounter/a.e", True),
        ("encounter", "Encounter/a.e/_history/3", True),
        ("encounter", "https://other.example/Encounter/a.e", False),
        ("encounter:Encounter", "a.e", True),
        ("encounter:Patient", "a.e", False),
        ("date", "2026-03-01", True),
        ("date", "gt2026-03-01", False),
        ("date", "2025", False),
        ("value-quantity", "7.8", True),
        ("value-quantity", "7.80", True),
        ("value-quantity", "8", True),  # one significant figure
        ("value-quantity", "7.7", False),
        ("value-quantity", "ne7.8", False),
        ("value-quantity", "gt7.7", True),
        ("value-quantity", "lt7.7", False),
        ("value-quantity", "ge7.8", True),
        ("value-quantity", "le7.8|http://unitsofmeasure.org|%", True),
        ("value-quantity", "7.8|http://unitsofmeasure.org|mmol/L", False),
        ("value-quantity", "7.8|urn:other|%", False),
        ("value-quantity", "7.8||%", True),
    ],
)
def test_observation(name: str, text: str, expected: bool) -> None:
    assert matches(OBSERVATION, name, text) is expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("name", "山田太郎", True),
        ("name", "山田　太郎", True),
        ("name", "山田", True),
        ("name", "太郎", False),
        ("name:contains", "太郎", True),
        ("name:exact", "山田 太郎", True),
        ("name:exact", "山田太郎", False),
        ("name", "muller", True),
        ("name", "ＭÜＬＬＥＲ", True),
        ("name", "Müller Anna Lena", True),
        ("name", "Anna Lena Müller", True),
        ("name", "阿卜杜拉买买提", True),
        ("name", "かく", False),  # another word
        ("family", "mül", True),
        ("family", "Anna", False),
        ("given", "lena", True),
        ("address", "天津", True),
        ("address:contains", "路", True),
        ("phone", "138", True),
        ("phone", "a@b.c", False),
        ("active", "true", True),
        ("active", "false", False),
        ("birthdate", "1900-01-01", True),
        ("birthdate", "1900", True),
        ("birthdate", "lt1900", False),
    ],
)
def test_patient(name: str, text: str, expected: bool) -> None:
    assert matches(PATIENT, name, text) is expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("code", ""), ("code", ","), ("code:text", "a"), ("code", "a|b|c"),
        ("code:missing", "maybe"),
        ("date", "yesterday"), ("date:exact", "2026"), ("value-quantity", "many"),
        ("value-quantity", "ap5"), ("value-quantity", "1|2|3|4"), ("value-quantity:exact", "1"),
        ("value-quantity", "NaN"), ("encounter:identifier", "x"), ("encounter:Encounter", "A/b"),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_refused(name: str, text: str) -> None:
    with pytest.raises(MatchError):
        matches(OBSERVATION, name, text)


def test_a_string_modifier_of_another_kind_is_refused() -> None:
    with pytest.raises(MatchError):
        matches(PATIENT, "name:text", "a")


def test_quantities_that_are_none_do_not_match() -> None:
    odd = {**OBSERVATION, "valueQuantity": {"value": True}}
    assert not matches(odd, "value-quantity", "1")


@given(st.lists(st.text(max_size=5), min_size=1, max_size=4))
def test_escaped_values_survive_splitting(values: list[str]) -> None:
    escaped = [
        value.replace("\\", "\\\\").replace(",", "\\,").replace("|", "\\|") for value in values
    ]
    assert [unescaped(part) for part in split(",".join(escaped), ",")] == values


def test_a_trailing_backslash_is_kept() -> None:
    assert split("a,b\\", ",") == ["a", "b\\"]


@given(st.text(max_size=20))
def test_folding_is_stable(text: str) -> None:
    assert folded(folded(text)) == folded(text)


def test_a_query_collects_what_narrows_it() -> None:
    query = parse(
        "Observation",
        [
            ("patient", "p1,Patient/p2"),
            ("subject:Patient", f"{BASE}/Patient/p1"),
            ("_id", "a.1,a.2"),
            ("_id", "a.1"),
            ("_count", "5"),
            ("_summary", "count"),
            ("_total", "accurate"),
            ("_format", "json"),
            ("_include", "Observation:encounter"),
            ("_include", "Observation:performer:Practitioner"),
            ("_sort", "-date,_id"),
        ],
        READING,
    )
    assert query.patients == [{"Patient/p1", "Patient/p2"}, {"Patient/p1"}]
    assert query.ids == {"a.1"}
    assert (query.count, query.only_count) == (5, True)
    assert [one.parameter.name for one in query.includes] == ["encounter", "performer"]
    assert [(one.parameter.name, one.descending) for one in query.sort] == [
        ("date", True),
        ("_id", False),
    ]
    assert query.matches(OBSERVATION)


@pytest.mark.parametrize(
    ("type_", "name", "value"),
    [
        ("Observation", "nonsense", "1"),
        ("Observation", "name", "1"),
        ("Observation", "patient:exact", "p"),
        ("Observation", "patient", ""),
        ("Observation", "_count", "-1"),
        ("Observation", "_count", "²"),
        ("Observation", "_summary", "text"),
        ("Observation", "_total", "all"),
        ("Observation", "_format", "xml"),
        ("Observation", "_include", "*"),
        ("Observation", "_include", "Encounter:subject"),
        ("Observation", "_include", "Observation:code"),
        ("Observation", "_sort", "code"),
        ("Observation", "_sort", "-nonsense"),
        ("Observation", "_revinclude", "Provenance:target"),
        ("Observation", "_has:Observation:patient:code", "1"),
        ("Patient", "_has:Observation:encounter:code", "1"),
        ("Patient", "_has:Observation:patient:patient", "1"),
        ("Patient", "_has:Observation:patient:nonsense", "1"),
        ("Patient", "_has:Nothing:patient:code", "1"),
        ("Patient", "_has:Observation", "1"),
        ("Patient", "某", "1"),
    ],
)
def test_a_bad_parameter_is_refused_unless_lenient(type_: str, name: str, value: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse(type_, [(name, value)], READING)
    assert caught.value.issues[0].code == "invalid"
    lenient = parse(type_, [(name, value), ("_count", "1")], READING, lenient=True)
    assert lenient.used == [("_count", "1")]


def test_a_type_without_search_is_refused() -> None:
    with pytest.raises(BadRequest) as caught:
        parse("Practitioner", [], READING, lenient=True)
    assert caught.value.issues[0].code == "not-supported"


def test_has_is_understood() -> None:
    query = parse("Patient", [("_has:Observation:patient:code:not", "x")], READING)
    assert [one.type for one in query.has] == ["Observation"]
    assert query.has[0].test(OBSERVATION)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("date", ["old", "new", "none"]),
        ("-date", ["new", "old", "none"]),
        ("_id", ["new", "none", "old"]),
        ("-_id", ["old", "none", "new"]),
        ("-_lastUpdated", ["none", "old", "new"]),
    ],
)
def test_order(sort: str, expected: list[str]) -> None:
    found = [
        {"id": "old", "effectivePeriod": {"end": "2020"}, "meta": {"lastUpdated": "2026-01-02"}},
        {"id": "new", "effectiveDateTime": "2026-01-01", "meta": {"lastUpdated": "2026-01-01"}},
        {"id": "none", "meta": {"lastUpdated": "2026-01-03"}},
    ]
    query = parse("Observation", [("_sort", sort)], READING)
    found.sort(key=lambda one: key_of(one, query.sort, ZONE))
    assert [one["id"] for one in found] == expected
