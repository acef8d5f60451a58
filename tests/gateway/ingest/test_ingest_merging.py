"""Merges that name several records (MRG-1 repeats): which give way, and under which number."""

from __future__ import annotations

import pytest
from ingest_feed import hl7


def adt(event, number, *more):
    person = f"PID|1||{number}^^^TJH01^MR||Doe^Jo||19800101|M"
    return hl7(
        f"EVN|{event}|20260301", person, *more, type_=f"ADT^{event}",
        control_id=f"{event}-{number}",
    )  # fmt: skip


def of_patients(tjh):
    """Return each Patient's numbers, whether it is active, and the numbers it leads to."""
    patients = tjh.resources("Patient")
    numbers = {f"Patient/{one['id']}": one["identifier"][0]["value"] for one in patients}
    return {
        numbers[f"Patient/{one['id']}"]: (
            [each["value"] for each in one["identifier"]],
            one.get("active"),
            sorted((each["type"], numbers[each["other"]["reference"]])
                   for each in one.get("link", ())),
        )
        for one in patients
    }  # fmt: skip


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("event", ["A40", "A34", "A36"])
def test_each_number_that_is_a_record_s_gives_way(tjh, event, together):
    mrg = "MRG|100^^^TJH01^MR~300^^^TJH01^MR~S5^^^SSA^SS"
    messages = [adt("A28", "100"), adt("A28", "200"), adt("A28", "300"), adt(event, "200", mrg)]
    for batch in [messages] if together else [[one] for one in messages]:
        tjh(*batch)
    assert of_patients(tjh) == {
        "100": (["100", "S5"], False, [("replaced-by", "200")]),
        "200": (["200"], True, [("replaces", "100"), ("replaces", "300")]),
        "300": (["300"], False, [("replaced-by", "200")]),
    }
    assert len({tjh.person(number) for number in ("100", "200", "300")}) == 1


def test_numbers_of_one_record_stay_with_it(tjh):
    tjh(adt("A28", "100"), adt("A40", "200", "MRG|100^^^TJH01^MR~300^^^TJH01^MR"))
    assert of_patients(tjh) == {
        "100": (["100", "300"], False, [("replaced-by", "200")]),
        "200": (["200"], True, [("replaces", "100")]),
    }


def test_a_number_of_the_survivor_s_own_merges_nothing_more(tjh):
    tjh(adt("A28", "100"), adt("A40", "200", "MRG|100^^^TJH01^MR~200^^^TJH01^MR"))
    assert of_patients(tjh)["200"] == (["200"], True, [("replaces", "100")])


@pytest.mark.parametrize("together", [True, False])
def test_a_record_that_is_known_after_its_merge_gives_way_then(tjh, together):
    mrg = "MRG|100^^^TJH01^MR~300^^^TJH01^MR"
    messages = [adt("A28", "200"), adt("A40", "200", mrg), adt("A28", "300")]
    for batch in [messages] if together else [[one] for one in messages]:
        tjh(*batch)
    assert of_patients(tjh) == {
        "100": (["100", "300"], False, [("replaced-by", "200")]),
        "200": (["200"], True, [("replaces", "100"), ("replaces", "300")]),
        "300": (["300"], False, [("replaced-by", "200")]),
    }
    assert tjh.person("300") == tjh.person("200")


def test_it_gives_way_to_whoever_has_taken_the_survivor_s_place(tjh):
    tjh(adt("A28", "200"), adt("A40", "200", "MRG|100^^^TJH01^MR~300^^^TJH01^MR"))
    tjh(adt("A40", "400", "MRG|200^^^TJH01^MR"))
    assert of_patients(tjh)["400"][2] == [("replaces", "100"), ("replaces", "200")]
    tjh(adt("A28", "300"))
    assert of_patients(tjh)["300"][2] == [("replaced-by", "400")]
    assert ("replaces", "300") in of_patients(tjh)["400"][2]
