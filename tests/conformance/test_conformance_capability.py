from __future__ import annotations

import pytest

from conformance.capability import Claim, ClaimError, capability_statement
from conformance.definitions import definitions
from conformance.validator import Validator


def statement(*claims, **more):
    return capability_statement(
        definitions(),
        claims,
        base="https://example.org/fhir",
        name="yiqiao",
        version="0.1.0",
        date="2026-11-22",
        **more,
    )


CLAIMS = (
    Claim(
        "Observation",
        interactions=("read", "search-type"),
        search=("patient", "code", "date", "_id"),
        includes=("Observation:encounter",),
    ),
    Claim("Encounter", operations={"verify-visit": "urn:yiqiao:operation:verify-visit"}),
)


def test_the_statement_is_valid_and_says_what_is_claimed():
    made = statement(*CLAIMS, token="https://example.org/auth/token")
    assert Validator().errors(made) == []
    (rest,) = made["rest"]
    assert rest["security"]["service"][0]["coding"][0]["code"] == "SMART-on-FHIR"
    assert rest["security"]["extension"][0]["extension"][0]["valueUri"].endswith("/auth/token")
    encounter, observation = rest["resource"]
    assert encounter["operation"][0]["name"] == "verify-visit"
    assert {"name": "date", "type": "date"} in observation["searchParam"]
    assert observation["searchInclude"] == ["Observation:encounter"]


def test_nothing_of_tokens_where_none_are_given():
    made = statement(Claim("Patient"))
    assert "extension" not in made["rest"][0]["security"]
    assert Validator().valid(made)


@pytest.mark.parametrize(
    "claims",
    [
        [Claim("Bogus")],
        [Claim("Patient", search=["bogus"])],
        [Claim("Patient", interactions=["steal"])],
        [Claim("Encounter", includes=["Encounter:status"])],
        [Claim("Encounter", includes=["Patient:link"])],
        [Claim("Patient"), Claim("Patient")],
    ],
)
def test_a_claim_r4_does_not_know_is_refused(claims):
    with pytest.raises(ClaimError):
        statement(*claims)
