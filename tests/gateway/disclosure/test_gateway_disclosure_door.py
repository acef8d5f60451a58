"""There is one door: where bodies are unsealed, and what the pure parts of it decide."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import gateway
from gateway.auth.scopes import Scopes
from gateway.disclosure import bundles
from gateway.disclosure.admission import Asker, Standing, standing
from gateway.disclosure.person import SourcePatient, compose

UNSEALS = {
    "disclosure/policies.py",  # consents, to decide by
    "disclosure/session.py",  # what the view has shown to be visible
    "ingest/application.py",  # to bring a message together with what is known
    "ingest/versions/known.py",  # to tell what is one thing, belongs to it or is restricted
}


def test_bodies_are_unsealed_in_the_door_alone() -> None:
    root = Path(gateway.__file__).parent
    found = {
        file.relative_to(root).as_posix()
        for file in root.rglob("*.py")
        if re.search(r"resources\.bod(y|ies)\(", file.read_text(encoding="utf-8"))
    }
    assert found == UNSEALS


ASKER = Asker("c", "ih", "internet-hospital", "default", "TREAT", Scopes.parse("system/*.rs"))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, Standing.CONSENT),
        ({"organisation": "ih"}, Standing.OWN),
        ({"organisation": "ih", "tenant": "north"}, Standing.CLOSED),
        ({"kind": "directory"}, Standing.OPEN),
        ({"kind": "directory", "tenant": "north"}, Standing.CLOSED),
        ({"type_": "Consent", "kind": "person", "owner": "ih"}, Standing.OWN),
        ({"type_": "Consent", "kind": "person", "owner": "app"}, Standing.CLOSED),
        ({"type_": "Consent", "organisation": "ih", "owner": "app"}, Standing.CLOSED),
        ({"kind": "person", "organisation": None}, Standing.CONSENT),
    ],
)
def test_standing(given: dict[str, Any], expected: Standing) -> None:
    row = {
        "tenant": "default",
        "kind": "patient",
        "organisation": "tjh01",
        "type_": "Observation",
        "owner": "tjh01",
    }
    assert standing(ASKER, **{**row, **given}) is expected


def patient(id_: str, updated: str, **content: Any) -> SourcePatient:
    meta = {"versionId": "1", "lastUpdated": updated}
    return SourcePatient(
        len(updated), {"resourceType": "Patient", "id": id_, "meta": meta, **content}
    )


def test_a_person_unites_lists_and_takes_the_newest_of_the_rest() -> None:
    old = patient("a.1", "2025", name=[{"text": "x"}], gender="male", deceasedBoolean=False)
    new = patient(
        "b.1", "2026-01", name=[{"text": "x"}, {"text": "y"}], gender="female",
        deceasedDateTime="2026", active=False,
    )  # fmt: skip
    person = compose("p", [old, new])
    assert person == compose("p", [new, old])
    assert [one["text"] for one in person["name"]] == ["x", "y"]
    assert person["gender"] == "female"
    assert person["deceasedDateTime"] == "2026"
    assert person["active"] is True
    assert person["meta"]["lastUpdated"] == "2026-01"
    assert "telecom" not in person
    assert compose("p", [old])["meta"]["versionId"] != person["meta"]["versionId"]


def test_bundles_without_total_links_or_entries() -> None:
    assert bundles.searchset("b", [], total=None, links=[]) == (
        b'{"resourceType":"Bundle","type":"searchset"}'
    )
