"""The mother whom PID-21 numbers is the one whom NK1 names."""

from __future__ import annotations

from typing import Any

import pytest
from test_mappings_rows import ADT, of, run

PID = "PID|1||B1^^^H^MR||BB^Doe||||||||||||||||100^^^H^MR"
MOTHER = "NK1|1|Doe^Jo|MTH^Mother^HL70063|3 Elm St"


def relatives(*segments: str) -> list[dict[str, Any]]:
    return of(run(ADT, PID, *segments), "RelatedPerson")


def told(relative: dict[str, Any]) -> tuple[list[str], list[str]]:
    numbers = [one["value"] for one in relative.get("identifier", ())]
    return numbers, [one["family"] for one in relative.get("name", ())]


def test_the_mother_is_one_and_has_her_number() -> None:
    father = "NK1|2|Doe^Max|FTH^Father^HL70063"
    mother, other = sorted(relatives(MOTHER, father), key=lambda one: one["name"][0]["given"])
    assert told(mother) == (["100"], ["Doe"])
    assert mother["address"][0]["line"] == ["3 Elm St"]
    (relationship,) = mother["relationship"]
    assert relationship["coding"][0]["code"] == "MTH"
    assert told(other) == ([], ["Doe"])
    assert relatives()[0]["id"] == mother["id"]


def test_nothing_is_lost_of_her() -> None:
    assert [one.code for one in run(ADT, PID, MOTHER).findings] == [
        one.code for one in run(ADT, PID).findings
    ]


@pytest.mark.parametrize(("person", "persons"), [("", 0), ("Li^Na", 1)])
def test_an_organization_is_a_contact_and_no_relative(person: str, persons: int) -> None:
    """NK1-13; NK1-30 is who speaks for it."""
    made = run(ADT, "PID|1||B1^^^H^MR", f"NK1|1||EMR^Employer{'|' * 10}Mill Ltd{'|' * 17}{person}")
    assert len(of(made, "RelatedPerson")) == persons
    (contact,) = of(made, "Patient")[0]["contact"]
    assert contact["organization"]["display"] == "Mill Ltd"


def test_a_mother_alone_is_told_by_her_number() -> None:
    (mother,) = relatives()
    assert told(mother) == (["100"], [])
    assert mother["relationship"][0]["coding"][0]["code"] == "MTH"


@pytest.mark.parametrize("number", ["100^^^H^MR", "7^^^OTHER^SS"])
def test_a_number_of_her_own_stands_beside(number: str) -> None:
    (mother,) = relatives(f"{MOTHER}{'|' * 29}{number}")
    assert {"100", number.partition("^")[0]} == set(told(mother)[0])


@pytest.mark.parametrize("others", [
    ["NK1|1|Doe^Max|FTH^Father^HL70063"],
    [MOTHER, "NK1|2|Roe^Ann|MTH^Mother^HL70063"],
    [f"{MOTHER}{'|' * 29}101^^^H^MR"],
])  # fmt: skip
def test_who_may_be_another_stays_apart(others: list[str]) -> None:
    assert len(relatives(*others)) == len(others) + 1
    assert (["100"], []) in [told(one) for one in relatives(*others)]
