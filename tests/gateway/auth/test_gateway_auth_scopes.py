"""Scopes and purposes of use, as tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.auth.purposes import code_of
from gateway.auth.scopes import Scopes


@pytest.mark.parametrize(
    ("asked", "registered", "granted"),
    [
        ("system/*.rs", "system/*.rs", "system/*.rs"),
        ("system/*.rs", "system/Observation.r", "system/Observation.r"),
        ("system/Observation.rs", "system/*.s", "system/Observation.s"),
        ("system/Observation.cruds", "system/Observation.rs", "system/Observation.rs"),
        ("system/Observation.read", "system/*.*", "system/Observation.rs"),
        ("system/Observation.write", "system/*.cruds", "system/Observation.cud"),
        ("system/Observation.rs", "system/Patient.rs", ""),
        ("system/Observation.rs?category=laboratory", "system/*.rs", ""),
        ("patient/Observation.rs user/*.rs openid", "system/*.cruds", ""),
        ("system/Observation.sr", "system/*.cruds", ""),
        ("system/Observation.", "system/*.cruds", ""),
        ("ingest/hl7v2 operation/verify-visit", "ingest/hl7v2", "ingest/hl7v2"),
        (
            "system/Patient.rs system/*.s ingest/hl7v2",
            "system/Patient.r system/Encounter.s ingest/hl7v2",
            "system/Encounter.s system/Patient.r ingest/hl7v2",
        ),
        ("", "system/*.rs", ""),
    ],
)
def test_granted_is_what_both_say(asked: str, registered: str, granted: str) -> None:
    met = Scopes.parse(asked).meet(Scopes.parse(registered))
    assert str(met) == granted
    assert bool(met) is bool(granted)


SCOPES = st.lists(
    st.builds(
        "system/{}.{}".format,
        st.sampled_from(["*", "Patient", "Observation"]),
        st.sampled_from(["r", "s", "rs", "cruds", "cu"]),
    ),
    max_size=4,
).map(" ".join)


@given(SCOPES, SCOPES, st.sampled_from(["Patient", "Encounter"]), st.sampled_from("cruds"))
def test_the_meet_allows_exactly_what_both_allow(a: str, b: str, type_: str, letter: str) -> None:
    both = Scopes.parse(a).allows(type_, letter) and Scopes.parse(b).allows(type_, letter)
    assert Scopes.parse(a).meet(Scopes.parse(b)).allows(type_, letter) is both


@given(SCOPES)
def test_a_scope_string_reads_back(text: str) -> None:
    assert Scopes.parse(str(Scopes.parse(text))) == Scopes.parse(text)


@pytest.mark.parametrize(
    ("asserted", "code"),
    [
        ("TREAT", "TREAT"),
        ("urn:oid:2.16.840.1.113883.5.8#TREAT", "TREAT"),
        ("http://terminology.hl7.org/CodeSystem/v3-ActReason|TREAT", "TREAT"),
        ("NOSUCH", "NOSUCH"),
        ("urn:oid:1.2.3#TREAT", None),
        ("a b", None),
        ("", None),
        (None, None),
        (7, None),
        ({"code": "TREAT"}, None),
    ],
)
def test_a_purpose_is_understood_in_each_spelling(asserted: object, code: str | None) -> None:
    assert code_of(asserted) == code
