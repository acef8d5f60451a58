"""Every golden message becomes exactly its answer, and every resource of it is valid FHIR R4."""

from __future__ import annotations

from pathlib import Path

import pytest
from golden_pairs import ReadableIds, answer, dictionary, messages

from conformance.validator import Validator
from mappings import exact

VALIDATOR = Validator()


def _name(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", messages(), ids=_name)
def test_golden_pair(path: Path) -> None:
    expected = exact.loads(path.with_suffix(".json").read_bytes())
    assert answer(path) == expected


@pytest.mark.parametrize("path", messages(), ids=_name)
def test_golden_resources_are_valid(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    translation = dictionary(path.stem.partition(".")[2]).translate(
        text, ReadableIds(), source="any"
    )
    for made in [*translation.envelope, *translation.made]:
        assert VALIDATOR.errors(made.resource) == [], made.resource["id"]


@pytest.mark.parametrize("path", messages(), ids=_name)
def test_golden_references_resolve(path: Path) -> None:
    document = exact.loads(path.with_suffix(".json").read_bytes())
    resources = document["resources"] + document["envelope"]
    known = {f"{r['resourceType']}/{r['id']}" for r in resources}
    if document.get("unnamed"):  # the patient is whoever the orders are known to be for
        known.add(f"Patient/{document['unnamed']}.Patient")

    def references(value: object) -> list[str]:
        if isinstance(value, dict):
            own = [value["reference"]] if isinstance(value.get("reference"), str) else []
            return own + [r for item in value.values() for r in references(item)]
        return [r for item in value for r in references(item)] if isinstance(value, list) else []

    assert set(references(resources)) <= known


def test_first_chinese_message_loses_nothing() -> None:
    path = next(p for p in messages() if p.stem == "ADT_A04.tjh01")
    assert answer(path)["findings"] == []


def test_resent_message_makes_the_same_resources() -> None:
    path = messages()[0]
    assert answer(path) == answer(path)
