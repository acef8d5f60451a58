"""What has words and no code, in the record: it is known again by them, and told apart by them."""

from __future__ import annotations

from typing import Any

from gateway.ingest.things.alike import Results, first_code, signature
from gateway.ingest.versions.update import updated

JSON = dict[str, Any]
WORDS: JSON = {"text": "FASTING GLUCOSE"}


def result(code: JSON, id_: str = "1") -> JSON:
    return {"resourceType": "Observation", "id": id_, "code": code}


def test_a_result_is_known_again_by_its_words() -> None:
    known = Results([result(WORDS), result({"text": "GLUCOSE, 2 H"}, "2")])
    assert [*known.coded(result(WORDS, "3"))] == ["1"]
    assert signature(result(WORDS)) != signature(result({"text": "GLUCOSE, 2 H"}))
    assert first_code(result(WORDS)) == ("", "FASTING GLUCOSE")


def test_words_that_were_taken_for_a_code_are_the_same_words() -> None:
    known = Results([result({"coding": [{"code": "FASTING GLUCOSE"}]})])
    assert [*known.coded(result(WORDS, "3"))] == ["1"]


def test_what_nobody_named_is_like_nothing() -> None:
    unnamed = {"text": "unspecified"}
    assert [*Results([result(unnamed)]).coded(result(unnamed, "3"))] == []


def test_a_code_says_more_than_its_words() -> None:
    coded = {"coding": [{"system": "s", "code": "GLU"}], "text": "FASTING GLUCOSE"}
    assert [*Results([result(WORDS)]).coded(result(coded, "3"))] == []
    assert first_code(result(coded)) == ("s", "GLU")


def test_contacts_are_told_apart_by_the_words_for_them() -> None:
    def contact(words: str, name: str) -> JSON:
        return {"relationship": [{"text": words}], "name": {"text": name}}

    friend, neighbour = contact("family friend", "A"), contact("next door neighbour", "B")
    known = {"resourceType": "Patient", "contact": [friend]}
    both = updated(known, {"resourceType": "Patient", "contact": [neighbour]})["contact"]
    assert {one["name"]["text"] for one in both} == {"A", "B"}
    again = contact("family friend", "C")
    (same,) = updated(known, {"resourceType": "Patient", "contact": [again]})["contact"]
    assert same["name"]["text"] == "C"
