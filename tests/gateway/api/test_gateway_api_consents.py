"""Consents written over HTTP: who may, what is refused, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from gateway_world import BASE, IDENTITY, WANG, Asker, World, actor, consent, permit

Give = Callable[..., httpx.Response]


@pytest.fixture
def app(world: World) -> Asker:
    return world.login("app", "PATRQT")


def problems(answer: httpx.Response) -> list[tuple[str, str | None]]:
    return [(one["code"], (one.get("expression") or [None])[0]) for one in answer.json()["issue"]]


def test_a_consent_is_kept_with_its_person(world: World, app: Asker) -> None:
    record = world.record("tjh01", "1")
    answer = app.request("POST", "Consent", json=consent(permit("ih")))
    written = answer.json()
    assert answer.status_code == 201
    assert written["patient"]["reference"] == f"Patient/{record.person}"
    assert answer.headers["location"] == f"{BASE}/fhir/Consent/{written['id']}/_history/1"
    assert answer.headers["etag"] == 'W/"1"'
    assert app.get(f"Consent/{written['id']}").json() == written
    assert app.ids(f"Consent?patient={record.person}") == [written["id"]]
    assert app.ids(f"Consent?patient={record.person}&status=inactive") == []
    assert app.ids(f"Patient/{record.person}/$everything") == [written["id"]]
    for stranger in ("ih", "tjh01", "other"):
        asker = world.login(stranger)
        assert asker.get(f"Consent/{written['id']}").status_code == 404
        assert asker.ids(f"Consent?patient={record.person}") == []


def test_a_person_nobody_knows_is_answered_the_same(world: World, app: Asker) -> None:
    unknown = {"identifier": {"system": IDENTITY, "value": WANG}}
    answer = app.request("POST", "Consent", json=consent(permit("ih"), patient=unknown))
    assert answer.status_code == 201
    person = answer.json()["patient"]["reference"].removeprefix("Patient/")
    record = world.record("tjh01", "2", WANG)
    assert record.person == person
    assert world.login("ih").get(f"Patient/{person}").status_code == 200


def test_a_source_writes_too_and_names_its_own_patient(world: World) -> None:
    record = world.record("tjh01", "1")
    source = world.login("tjh01")
    for patient in (record.patient, record.person, f"{BASE}/fhir/Patient/{record.patient}"):
        reference = patient if patient.startswith("http") else f"Patient/{patient}"
        body = consent(permit("ih"), patient={"reference": reference})
        assert source.request("POST", "Consent", json=body).status_code == 201
    stranger = world.login("tjh02")
    body = consent(permit("ih"), patient={"reference": f"Patient/{record.patient}"})
    refused = stranger.request("POST", "Consent", json=body)
    nobody = consent(permit("ih"), patient={"reference": "Patient/nobody"})
    assert refused.status_code == 422
    assert refused.content == stranger.request("POST", "Consent", json=nobody).content


def test_an_app_names_whom_it_wrote_of_by_reference(world: World, app: Asker, give: Give) -> None:
    reference = {"reference": give(permit("ih")).json()["patient"]["reference"]}
    body = consent(permit("other"), patient=reference)
    own = world.login("app", "PATRQT")
    assert own.request("POST", "Consent", json=body).status_code == 201
    assert world.login("tjh01").request("POST", "Consent", json=body).status_code == 422


@pytest.mark.parametrize("organisation", ["ih", "insurer"])
def test_others_may_not_write(world: World, organisation: str) -> None:
    asker = world.login(organisation)
    refused = asker.request("POST", "Consent", json=consent(permit("ih")))
    assert refused.status_code == 403
    assert asker.request("PUT", "Consent/a.b", json=consent(permit("ih"))).status_code == 403


@pytest.mark.parametrize(
    ("change", "code", "expression"),
    [
        ({"status": "nonsense"}, "code-invalid", "Consent.status"),
        ({"status": None}, "required", "Consent.status"),
        ({"colour": "red"}, "structure", "Consent"),
        ({"patient": None}, "required", "Consent.patient"),
        ({"patient": {"display": "张"}}, "value", "Consent.patient.identifier"),
        (
            {"patient": {"identifier": {"system": IDENTITY, "value": WANG[:-1] + "3"}}},
            "value",
            "Consent.patient.identifier",
        ),
        (
            {"patient": {"identifier": {"system": "urn:x", "value": WANG}}},
            "value",
            "Consent.patient.identifier",
        ),
        ({"patient": {"reference": "Patient/nobody"}}, "not-found", "Consent.patient"),
        ({"patient": {"reference": "Group/x"}}, "structure", "Consent.patient.reference"),
        ({"scope": {"text": "x"}}, "business-rule", "Consent.scope"),
    ],
)
def test_what_cannot_be_kept_is_422(
    app: Asker, change: dict[str, Any], code: str, expression: str
) -> None:
    answer = app.request("POST", "Consent", json=consent(permit("ih"), **change))
    assert answer.status_code == 422
    assert (code, expression) in problems(answer)
    assert "张" not in answer.text
    assert "nonsense" not in answer.text


def test_a_consent_that_is_wrong_too_deep_within_it_is_422(app: Asker) -> None:
    inner: dict[str, Any] = {"type": "deny"}
    for _ in range(200):
        inner = {"type": "deny", "provision": [inner]}
    body = {**consent(permit("ih")), "provision": inner}
    del body["status"]
    answer = app.request("POST", "Consent", json=body)
    assert answer.status_code == 422
    assert problems(answer) == [("structure", "Consent")]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b'{"resourceType":"Patient"}', 400),
        (b"x" * 20_000_000, 413),
    ],
)
def test_what_is_no_consent(app: Asker, body: bytes, status: int) -> None:
    headers = {"content-type": "application/fhir+json"}
    answer = app.request("POST", "Consent", content=body, headers=headers)
    assert answer.status_code == status


def test_a_body_of_another_type_is_415(app: Asker) -> None:
    headers = {"content-type": "application/fhir+xml"}
    answer = app.request("POST", "Consent", content=b"<a/>", headers=headers)
    assert answer.status_code == 415


def test_other_types_are_not_written(app: Asker) -> None:
    assert app.request("POST", "Observation", json={}).status_code == 405
    assert app.request("PUT", "Observation/x", json={}).status_code == 405
    assert app.request("DELETE", "Consent/x").status_code == 405
    assert app.request("DELETE", "Consent/x").json()["issue"][0]["code"] == "not-supported"


def test_updates(world: World, app: Asker) -> None:
    written = app.request("POST", "Consent", json=consent(permit("ih"))).json()
    path = f"Consent/{written['id']}"

    def put(body: dict[str, Any], where: str = path, **headers: str) -> httpx.Response:
        return app.request("PUT", where, json=body, headers=headers)

    changed = {**written, "status": "inactive"}
    stale = put(changed, **{"if-match": 'W/"7"'})
    assert (stale.status_code, stale.json()["issue"][0]["code"]) == (412, "conflict")
    done = put(changed, **{"if-match": 'W/"1"', "prefer": "return=minimal"})
    assert (done.status_code, done.content) == (200, b"")
    assert done.headers["etag"] == 'W/"2"'
    assert put(changed, **{"if-match": "2"}).headers["etag"] == 'W/"2"'  # nothing new
    assert put({**changed, "id": "other"}).status_code == 400
    assert put(changed, "Consent/nobody").status_code == 404
    moved = {**changed, "patient": {"identifier": {"system": IDENTITY, "value": WANG}}}
    assert problems(put(moved)) == [("business-rule", "Consent.patient")]
    stranger = world.login("tjh01")
    assert stranger.request("PUT", path, json=changed).status_code == 404
    assert app.get(f"{path}/_history").json()["total"] == 2


def test_a_changed_consent_names_others(world: World, app: Asker) -> None:
    world.record("tjh01", "1")
    written = app.request("POST", "Consent", json=consent(permit("ih"))).json()
    old, new = world.login("ih"), world.login("other")
    assert len(old.ids("Patient?name=测试")) == 1
    nested = {"type": "deny", "provision": [permit("other")]}
    body = {**written, "provision": nested}
    assert app.request("PUT", f"Consent/{written['id']}", json=body).status_code == 200
    assert old.ids("Patient?name=测试") == []
    assert len(new.ids("Patient?name=测试")) == 1


def test_a_consent_that_names_nobody_of_ours(world: World, app: Asker) -> None:
    provision = {"type": "permit", "actor": [actor("Device/x")]}
    assert app.request("POST", "Consent", json=consent(provision)).status_code == 201
    assert app.request("POST", "Consent", json=consent(None)).status_code == 201


def test_a_source_can_open_its_own_records_only(world: World) -> None:
    """Were it believed about others' records, it could open anyone's to itself."""
    ours, theirs = world.record("tjh01", "1"), world.record("tjh02", "2")
    assert ours.person == theirs.person
    one, other = ours.observation(), theirs.observation()
    writer = world.login("tjh02")
    for whom in ("tjh02", "ih"):
        answer = writer.request("POST", "Consent", json=consent(permit(whom, "TREAT")))
        assert answer.status_code == 201, answer.text
    assert writer.get(f"Observation/{one}").status_code == 404
    assert world.login("ih").get(f"Observation/{one}").status_code == 404
    assert world.login("ih").get(f"Observation/{other}").status_code == 200
