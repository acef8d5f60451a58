"""The whole story, through sockets: feeds, consent, reads, a verified visit, refusals, proof."""

from __future__ import annotations

from typing import Any

import httpx
from e2e_feed import NAME, NUMBER, SECRETS, laboratory, lakeside, merge, visit
from joserfc import jws
from joserfc.jwk import KeySet
from processes import Gateway, resources

from gateway.audit.verify import verify
from gateway.demo.asker import Asker
from gateway.demo.papers import ID_CARD, consent

TYPES = ("Patient", "Encounter", "Condition", "Observation", "DiagnosticReport")
IDENTITY = f"{ID_CARD}|{NUMBER}"
HBA1C = "4548-4"


def question(day: str) -> dict[str, Any]:
    return {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "identity", "valueIdentifier": {"system": ID_CARD, "value": NUMBER}},
            {"name": "hospital", "valueString": "tjh01"},
            {"name": "date", "valueDate": day},
            {"name": "diagnosisCategory", "valueCode": "E11"},
        ],
    }


def parameters(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return {one["name"]: one for one in answer.json()["parameter"]}


def records(asker: Asker, **search: str) -> list[dict[str, Any]]:
    """Return the sources' own Patients of the one person found."""
    (person,) = resources(asker.get("Patient", **search))
    return [asker.get(link["other"]["reference"]).json() for link in person["link"]]


def shape(answer: httpx.Response) -> Any:
    """What an answer looks like without its receipt."""
    return [p for p in answer.json()["parameter"] if p["name"] != "receipt"]


def test_from_two_feeds_to_a_consented_read_and_a_verified_visit(gateway: Gateway) -> None:
    gateway.client("feeder", "lakeside", scope="ingest/hl7v2", purpose="TREAT")
    gateway.start()
    assert gateway.applied(visit(control="H1"), laboratory(control="L1")) == ["CA", "AA"]
    feeder = gateway.ask("feeder", scope="ingest/hl7v2")
    taken = feeder.feed(lakeside(control="A1"))
    assert (taken.status_code, b"\rMSA|CA|A1" in taken.content) == (200, True)
    other = feeder.feed(visit(control="H2"))
    assert b"\rMSA|CR|H2" in other.content  # not its feed
    gateway.settled()
    assert gateway.quarantine() == ["wrong-sender"]

    own = gateway.ask("tjh01-his")
    (patient,) = records(own, identifier=IDENTITY)
    assert patient["name"][0]["text"] == NAME

    # Nobody else sees anything before the patient decides.
    cloudcare, stranger = gateway.ask("cloudcare"), gateway.ask("otherclinic")
    never = "aaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbb"
    for asker in (cloudcare, stranger):
        assert resources(asker.get("Patient", identifier=IDENTITY)) == []
        assert asker.get(f"Patient/{patient['id']}").status_code == 404

    app = gateway.ask("my-records", "PATRQT", "system/Consent.cruds")
    written = app.post("Consent", consent(NUMBER))
    assert written.status_code == 201, written.text

    # The internet hospital: search, read, include, paging, $everything.
    found = resources(cloudcare.get("Patient", identifier=IDENTITY))
    person = found[0]["id"]
    assert len(records(cloudcare, identifier=IDENTITY)) == 2
    results = resources(cloudcare.get("Observation", patient=person, code=HBA1C))
    assert [one["valueQuantity"]["value"] for one in results] == [7.8]
    read = cloudcare.get(f"Observation/{results[0]['id']}")
    assert read.json() == results[0]
    included = resources(
        cloudcare.get("DiagnosticReport", patient=person, _include="DiagnosticReport:result")
    )
    assert {one["resourceType"] for one in included} == {"DiagnosticReport", "Observation"}
    pages, link = [], "Observation"
    answer = cloudcare.get(link, patient=person, _count="1")
    while True:
        pages.append(resources(answer))
        links = {one["relation"]: one["url"] for one in answer.json().get("link", ())}
        if "next" not in links:
            break
        answer = cloudcare.get(links["next"])
    assert [len(page) for page in pages] == [1, 1]
    everything = resources(cloudcare.get(f"Patient/{person}/$everything"))
    conditions = [one for one in everything if one["resourceType"] == "Condition"]
    assert len({one["id"].partition(".")[0] for one in conditions}) == 2  # of both hospitals
    assert "F32" not in str(everything)
    assert cloudcare.get("Condition", patient=person, _summary="count").json()["total"] == 2

    # The insurer: yes or no, a receipt, and nothing else.
    insurer = gateway.ask("evergreen", "HPAYMT", "operation/verify-visit")
    right = insurer.post("Encounter/$verify-visit", question("2026-03-01"))
    assert parameters(right)["result"]["valueCode"] == "confirmed"
    keys = KeySet.import_key_set(httpx.get(f"{gateway.base}/auth/jwks").json())
    receipt = next(v for k, v in parameters(right)["receipt"].items() if k.startswith("value"))
    jws.deserialize_compact(receipt, keys, algorithms=["ES256"])
    wrong = insurer.post("Encounter/$verify-visit", question("2026-03-02"))
    assert parameters(wrong)["result"]["valueCode"] == "not-confirmed"
    unknown = question("2026-03-01")
    unknown["parameter"][0]["valueIdentifier"]["value"] = "110101190001010022"
    nobody = insurer.post("Encounter/$verify-visit", unknown)
    assert shape(nobody) == shape(wrong)
    assert insurer.get("Observation", patient=person).status_code == 403

    # A third party: nothing, byte for byte.
    for path in (f"Observation/{results[0]['id']}", f"Patient/{person}", f"Patient/{patient['id']}",
                 f"Observation/{results[0]['id']}/_history"):  # fmt: skip
        hidden = path.replace(results[0]["id"], never).replace(person, never[:16])
        hidden = hidden.replace(patient["id"], never)
        there, absent = stranger.get(path), stranger.get(hidden)
        assert there.status_code == 404
        assert there.content == absent.content
        assert dict(there.headers) | {"date": ""} == dict(absent.headers) | {"date": ""}
    assert resources(stranger.get("Patient", name=NAME)) == []

    # Revoked: the next request, with the token that was good a moment ago (case 55).
    revoked = written.json() | {"status": "inactive"}
    changed = app.put(f"Consent/{revoked['id']}", revoked)
    assert changed.status_code == 200, changed.text
    assert cloudcare.get(f"Observation/{results[0]['id']}").status_code == 404
    assert resources(cloudcare.get("Patient", identifier=IDENTITY)) == []
    again = insurer.post("Encounter/$verify-visit", question("2026-03-01"))
    assert shape(again) == shape(wrong)

    report = verify(gateway.store)
    assert report.holds
    assert report.links > 20
    told = [word for word in (*SECRETS, "李示范", "E11") if word in gateway.log]
    assert told == []
    assert '"level": "error"' not in gateway.log


def test_updates_as_hl7_means_them(gateway: Gateway) -> None:
    gateway.start()
    own = gateway.ask("tjh01-his")

    def only(type_: str, **search: str) -> dict[str, Any]:
        (one,) = resources(own.get(type_, **search))
        return one

    def mine() -> dict[str, Any]:
        found = records(own, identifier="0000012345")
        (one,) = [patient for patient in found if patient.get("active") is not False]
        return one

    gateway.applied(laboratory(control="L1"), visit(control="H1"))
    first = only("Observation", code=HBA1C)
    patient = mine()
    assert first["status"] == "final"

    # The same again, by octets and by content: one answer each, and no new version.
    assert gateway.applied(visit(control="H1"), visit(control="H9"), laboratory(control="L1"))
    assert mine()["meta"]["versionId"] == patient["meta"]["versionId"]
    assert only("Observation", code=HBA1C) == first
    assert gateway.count("spool") == 3

    # Empty leaves as it is, "" deletes.
    gateway.applied(visit("A08", control="H2", phone=""))
    assert mine()["telecom"] == patient["telecom"]
    gateway.applied(visit("A08", control="H3", phone='""'))
    assert "telecom" not in mine()
    assert mine()["name"] == patient["name"]

    # Corrected, then withdrawn: the same Observation, with its history.
    gateway.applied(laboratory(control="L2", value="7.9", status="C"))
    corrected = only("Observation", code=HBA1C)
    assert (corrected["id"], corrected["status"]) == (first["id"], "corrected")
    assert corrected["valueQuantity"]["value"] == 7.9
    gateway.applied(laboratory(control="L3", value="", status="W"))
    withdrawn = only("Observation", code=HBA1C)
    assert (withdrawn["id"], withdrawn["status"]) == (first["id"], "entered-in-error")
    history = resources(own.get(f"Observation/{first['id']}/_history"))
    assert [one["status"] for one in history] == ["entered-in-error", "corrected", "final"]

    # Two records become one patient's.
    gateway.applied(
        visit(control="H4", mrn="999", number="OP2"),
        merge(control="H5", survivor="0000012345", retired="999"),
    )
    survivor = mine()
    assert {link["type"] for link in survivor["link"]} >= {"replaces"}
    everything = resources(own.get(f"Patient/{survivor['id']}/$everything"))
    assert {e["id"] for e in everything if e["resourceType"] == "Encounter"} >= {
        e["id"] for e in resources(own.get("Encounter", patient=survivor["id"]))
    }
    retired = next(
        one for one in everything if one["resourceType"] == "Patient" and one.get("active") is False
    )
    assert retired["link"][0]["type"] == "replaced-by"
    assert gateway.quarantine() == []
