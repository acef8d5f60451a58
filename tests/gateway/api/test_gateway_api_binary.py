"""Data of documents, from the message to the reader: disclosed where the document is, only so."""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from collections.abc import Callable
from functools import cache
from typing import Any

import httpx
import pytest
from gateway_world import REASON, ZHANG, Asker, World, label, permit

from consent.labels import labels_for
from gateway.ingest.arrival.accept import Acceptor
from gateway.ingest.arrival.replay import replay
from gateway.ingest.pipeline import Pipeline
from gateway.ingest.worker import Worker
from gateway.translator import Translator
from mappings import exact

Give = Callable[..., httpx.Response]
LAB = "LAB^Report^L^11502-2^^LN"
HIV = "HIV^Report^L^75622-1^^LN"
PDF, OTHER = b"%PDF-1.4 one", b"%PDF-1.4 other"


@cache
def translator() -> Translator:
    return Translator()


def report(
    data: bytes = PDF,
    *,
    control: str = "1",
    code: str = LAB,
    kind: str = "AP^PDF",
    day: str = "20260301090000",
    mrn: str = "7",
) -> bytes:
    """A laboratory's report of Zhang, with a document."""
    return "\r".join([
        f"MSH|^~\\&|LIS|TJH01|GW|HIE|{day}||ORU^R01|{control}|P|2.5.1",
        f"PID|1||{mrn}^^^TJH01^MR~{ZHANG}^^^GA^NNCHN||Zhang^San||19000101|M",
        f"OBR|1|A1|F1|HB^Blood^L|||{day}",
        f"OBX|1|ED|{code}||^{kind}^Base64^{b64encode(data).decode()}||||||F|||{day}",
        "",
    ]).encode()  # fmt: skip


class Hospital:
    """What comes from TJH01."""

    def __init__(self, world: World) -> None:
        self.world = world
        made = translator()
        self.worker = Worker(world.store, Pipeline(made.of_feed, made.valid, labels_for))

    def accept(self, *messages: bytes) -> list[int]:
        async def all_of_them() -> list[int]:
            acceptor = Acceptor(self.world.store)
            try:
                return [(await acceptor.accept(one)).seq or 0 for one in messages]
            finally:
                acceptor.close()

        return asyncio.run(all_of_them())

    def send(self, *messages: bytes) -> None:
        for seq in self.accept(*messages):
            self.worker.drain()
            with self.world.store.read() as tx:
                assert tx.spool.get(seq).entry.state == "done"

    def row(self, type_: str) -> Any:
        with self.world.store.read() as tx:
            homes = [one.id for one in tx.compartments.of_organisation("tjh01", "patient")]
            (row,) = tx.resources.rows(homes, [type_])
            return row

    def stored(self, type_: str) -> list[dict[str, Any]]:
        with self.world.store.read() as tx:
            homes = [one.id for one in tx.compartments.of_organisation("tjh01", "patient")]
            return [exact.loads(b) for b in tx.resources.bodies(tx.resources.rows(homes, [type_]))]

    @property
    def document(self) -> str:
        return f"DocumentReference/{self.row('DocumentReference').id}"

    @property
    def binary(self) -> str:
        return f"Binary/{self.row('Binary').id}"


@pytest.fixture
def hospital(world: World) -> Hospital:
    return Hospital(world)


def both(asker: Asker, hospital: Hospital) -> tuple[int, int]:
    """How a document and its data are answered."""
    return asker.get(hospital.document).status_code, asker.get(hospital.binary).status_code


def test_data_are_read_where_documents_say(world: World, hospital: Hospital, give: Give) -> None:
    hospital.send(report())
    give(permit("ih"))
    asker = world.login("ih")
    (person,) = asker.ids(f"Patient?identifier={ZHANG}")
    (found,) = asker.get(f"DocumentReference?patient={person}").json()["entry"]
    (content,) = found["resource"]["content"]
    assert content["attachment"].items() >= {
        "contentType": "application/pdf", "url": hospital.binary, "size": len(PDF),
    }.items()  # fmt: skip
    assert "data" not in content["attachment"]
    answer = asker.get(content["attachment"]["url"])
    binary = answer.json()
    assert answer.headers["content-type"] == "application/fhir+json"
    assert (answer.headers["etag"], binary["meta"]["versionId"]) == ('W/"1"', "1")
    assert b64decode(binary["data"]) == PDF
    assert binary["contentType"] == "application/pdf"
    assert binary["securityContext"] == {"reference": hospital.document}
    assert binary["id"].startswith(f"{found['resource']['id']}.")
    known = {"if-none-match": 'W/"1"'}
    assert asker.get(hospital.binary, headers=known).status_code == 304
    assert asker.get(f"{hospital.binary}/_history/1").json() == binary
    assert asker.get(f"{hospital.binary}/_history/2").status_code == 404
    assert asker.get(f"{hospital.binary}/_history").json()["total"] == 1


def test_without_consent_data_are_as_absent(world: World, hospital: Hospital) -> None:
    hospital.send(report())
    asker = world.login("ih")
    hidden, never = asker.get(hospital.binary), asker.get(f"{hospital.binary[:-1]}_")
    assert hidden.status_code == 404
    assert (hidden.content, hidden.headers) == (never.content, never.headers)
    for path in ("/_history", "/_history/1"):
        assert asker.get(hospital.binary + path).content == never.content
    raw = {"accept": "application/pdf"}
    assert asker.get(hospital.binary, headers=raw).content == never.content
    assert both(world.login("tjh01"), hospital) == (200, 200)  # whose they are


@pytest.mark.parametrize(
    ("provision", "status"),
    [
        ({"class": [{"system": "http://hl7.org/fhir/resource-types", "code": "DocumentReference"}]},
         200),
        ({"class": [{"system": "http://hl7.org/fhir/resource-types", "code": "Observation"}]}, 404),
        ({"class": [{"system": "http://hl7.org/fhir/resource-types", "code": "Binary"}]}, 404),
        ({"dataPeriod": {"start": "2026-03-01", "end": "2026-03-02"}}, 200),
        ({"dataPeriod": {"start": "2026-04-01"}}, 404),
        ({"code": [{"coding": [{"system": "http://loinc.org", "code": "11502-2"}]}]}, 200),
        ({"code": [{"coding": [{"system": "http://loinc.org", "code": "4548-4"}]}]}, 404),
        ({"purpose": [{"system": REASON, "code": "TREAT"}]}, 200),
        ({"purpose": [{"system": REASON, "code": "HPAYMT"}]}, 404),
        ({"period": {"end": "2020-01-01"}}, 404),
    ],
)  # fmt: skip
def test_a_consent_reaches_data_as_it_reaches_their_document(
    world: World, hospital: Hospital, give: Give, provision: dict[str, Any], status: int
) -> None:
    hospital.send(report())
    give(permit("ih", **provision))
    assert both(world.login("ih"), hospital) == (status, status)


def test_a_denied_document_denies_its_data(world: World, hospital: Hospital, give: Give) -> None:
    hospital.send(report())
    named = {"meaning": "instance", "reference": {"reference": hospital.document}}
    give(permit("ih", provision=[{"type": "deny", "data": [named]}]))
    assert both(world.login("ih"), hospital) == (404, 404)


def test_data_have_the_labels_of_their_document(
    world: World, hospital: Hospital, give: Give
) -> None:
    hospital.send(report(code=HIV))
    assert hospital.row("Binary").labels == hospital.row("DocumentReference").labels == "HIV R"
    give(permit("ih", provision=[{"type": "deny", "securityLabel": [label("HIV")]}]))
    assert both(world.login("ih"), hospital) == (404, 404)
    give(permit("other"))
    assert both(world.login("other"), hospital) == (200, 200)


@pytest.mark.parametrize(
    ("order", "code"),
    [("", b"75622-1^HIV^LN"), ("ORC|RE|A1|F1" + "|" * 25 + "HIV\r", b"HB^Blood^L")],
)
def test_the_document_of_a_confidential_report_is_as_confidential(
    world: World, hospital: Hospital, give: Give, order: str, code: bytes
) -> None:
    first = report().replace(b"HB^Blood^L", code).replace(b"OBR|", order.encode() + b"OBR|")
    hospital.send(first)
    later = report(control="2").replace(b"HIE|20260301090000", b"HIE|20260301100000")
    hospital.send(later.replace(b"HB^Blood^L", code))
    give(permit("ih", provision=[{"type": "deny", "securityLabel": [label("HIV")]}]))
    asker = world.login("ih")
    assert both(asker, hospital) == (404, 404)
    for type_ in ("DiagnosticReport", "Observation", "ServiceRequest"):
        assert asker.get(f"{type_}/{hospital.row(type_).id}").status_code == 404
    give(permit("other"))
    assert both(world.login("other"), hospital) == (200, 200)


def test_data_stay_under_the_labels_that_they_came_with(
    world: World, hospital: Hospital, give: Give
) -> None:
    hospital.send(report(code=HIV))
    row = hospital.row("DocumentReference")
    with world.store.begin() as tx:
        content = exact.loads(tx.resources.body(row)) | {"description": "classified anew"}
        tx.resources.put(row.compartment, content, owner="tjh01", labels=["N"])
    give(permit("ih", provision=[{"type": "deny", "securityLabel": [label("HIV")]}]))
    assert both(world.login("ih"), hospital) == (200, 404)


def test_a_report_names_the_data_only_of_a_document_that_is_seen(
    world: World, hospital: Hospital, give: Give
) -> None:
    hospital.send(report())
    (found,) = hospital.stored("DiagnosticReport")
    address = f"DiagnosticReport/{found['id']}"
    give(permit("ih"))
    (form,) = world.login("ih").get(address).json()["presentedForm"]
    assert (form["url"], form["title"]) == (hospital.binary, "Report")
    named = {"meaning": "instance", "reference": {"reference": hospital.document}}
    give(permit("other", provision=[{"type": "deny", "data": [named]}]))
    other = world.login("other")
    answer = other.get(address)
    assert "presentedForm" not in answer.json()
    assert hospital.document.partition("/")[2] not in answer.text
    (person,) = other.ids(f"Patient?identifier={ZHANG}")
    assert (
        hospital.document.partition("/")[2] not in other.get(f"Patient/{person}/$everything").text
    )


def test_another_tenant_sees_nothing(world: World, hospital: Hospital, give: Give) -> None:
    hospital.send(report())
    give(permit("far"))
    world.organisation("far", "internet-hospital", tenant="elsewhere")
    assert both(world.login("far"), hospital) == (404, 404)


@pytest.mark.parametrize(
    ("scopes", "status"),
    [
        ("system/Binary.r system/DocumentReference.r", 200),
        ("system/Binary.r", 403),
        ("system/DocumentReference.rs", 403),
    ],
)
def test_data_need_the_scopes_of_both(
    world: World, hospital: Hospital, scopes: str, status: int
) -> None:
    hospital.send(report())
    asker = world.login("tjh01", scopes=scopes)
    for path in ("", "/_history", "/_history/1"):
        assert asker.get(hospital.binary + path).status_code == status


def test_an_insurer_reads_no_data(world: World, hospital: Hospital, give: Give) -> None:
    hospital.send(report())
    give(permit("insurer"))
    assert both(world.login("insurer", "HPAYMT"), hospital) == (403, 403)


@pytest.mark.parametrize(
    ("kind", "accept", "type_"),
    [
        ("AP^PDF", "application/pdf", "application/pdf"),
        ("AP^PDF", "Application/PDF; q=0.9, application/fhir+json", "application/pdf"),
        ("AP^PDF", "application/fhir+json, application/pdf", None),
        ("AP^PDF", "application/json", None),
        ("AP^PDF", "*/*", None),
        ("AP^PDF", "image/png", None),
        ("IM^BMP", "image/*", "image/bmp"),
        ("^text/html; charset=gb18030", "text/html", "text/html; charset=gb18030"),
        ("^text/x\\X0D\\y: z", "text/x", None),
    ],
)
def test_data_leave_as_they_are_for_whoever_asks_for_their_type(
    world: World, hospital: Hospital, kind: str, accept: str, type_: str | None
) -> None:
    hospital.send(report(kind=kind))
    asker, headers = world.login("tjh01"), {"accept": accept}
    for path in ("", "/_history/1"):
        answer = asker.get(hospital.binary + path, headers=headers)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == (type_ or "application/fhir+json")
        assert (answer.content == PDF) is (type_ is not None)
        assert ("nosniff" in answer.headers.get("x-content-type-options", "")) is bool(type_)
        assert answer.headers["etag"] == 'W/"1"'
    head = asker.request("HEAD", hospital.binary, headers=headers)
    assert (head.status_code, head.content) == (200, b"")


def test_data_are_in_no_list(world: World, hospital: Hospital) -> None:
    hospital.send(report())
    asker = world.login("tjh01")
    answer = asker.get("Binary")
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (400, "not-supported")
    patient = hospital.row("Patient").id
    found = asker.get(f"Patient/{patient}/$everything").json()["entry"]
    types = {one["resource"]["resourceType"] for one in found}
    assert types >= {"Patient", "DocumentReference", "Observation"}
    assert "Binary" not in types
    offered = asker.get("metadata").json()["rest"][0]["resource"]
    (claim,) = [one for one in offered if one["type"] == "Binary"]
    assert [one["code"] for one in claim["interaction"]] == ["read", "vread", "history-instance"]


def test_reading_data_is_recorded_with_their_document(
    world: World, hospital: Hospital, give: Give
) -> None:
    hospital.send(report())
    consent = give(permit("ih")).json()["id"]
    asker = world.login("ih")
    asker.get(hospital.binary)
    event = world.events()[-1]
    named = [one["what"]["reference"] for one in event["entity"] if "what" in one]
    assert named[1:] == [f"{hospital.document}/_history/1", f"{hospital.binary}/_history/1"]
    assert named[0].startswith("Patient/")
    assert event["entity"][-1]["role"]["code"] == "4"
    assert event["agent"][0]["policy"] == [f"Consent/{consent}"]
    world.login("other").get(hospital.binary)
    refused = world.events()[-1]
    assert (refused["outcome"], "Binary/" in str(refused["entity"])) == ("4", False)


def test_the_same_again_is_the_same_and_other_data_are_others(
    world: World, hospital: Hospital
) -> None:
    hospital.send(report(), report(control="2"))
    first = hospital.binary
    assert (hospital.row("Binary").version, hospital.row("DocumentReference").version) == (1, 1)
    hospital.send(report(OTHER, control="3"))
    assert [b64decode(one["data"]) for one in hospital.stored("Binary")].count(OTHER) == 1
    assert len(hospital.stored("Binary")) == 2
    asker = world.login("tjh01")
    now = asker.get(hospital.document).json()["content"][0]["attachment"]["url"]
    then = asker.get(f"{hospital.document}/_history/1").json()["content"][0]["attachment"]["url"]
    assert then == first != now
    assert [b64decode(asker.get(one).json()["data"]) for one in (then, now)] == [PDF, OTHER]


def test_data_that_a_later_message_has_replaced_already_are_not_kept(
    world: World, hospital: Hospital
) -> None:
    (early,) = hospital.accept(report())
    with world.store.begin() as tx:
        tx.connection.exec_driver_sql(
            f"UPDATE spool SET state='quarantined', reason='internal-error' WHERE seq={early}"
        )
    hospital.send(report(OTHER, control="2"))
    assert replay(world.store, [early]) == (1, 0)
    hospital.worker.drain()
    assert [b64decode(one["data"]) for one in hospital.stored("Binary")] == [OTHER]


def test_data_go_with_their_document_and_with_the_record(world: World, hospital: Hospital) -> None:
    hospital.send(report())
    asker, document, binary = world.login("tjh01"), hospital.document, hospital.binary
    with world.store.begin() as tx:
        tx.resources.delete(*document.split("/"))
    assert [asker.get(one).status_code for one in (document, binary)] == [410, 404]
    hospital.send(report(control="2", code=HIV))
    assert asker.get(binary).status_code == 404  # of a document that has gone
    with world.store.begin() as tx:
        tx.compartments.destroy(binary.partition("/")[2].partition(".")[0])
    for one in hospital.stored("Binary"):
        assert asker.get(f"Binary/{one['id']}").status_code == 404


MERGE = (
    b"MSH|^~\\&|HIS|TJH01|GW|HIE|20260302||ADT^A40|9|P|2.5.1\rEVN|A40|20260302\r"
    b"PID|1||8^^^TJH01^MR||Zhang^San\rMRG|7^^^TJH01^MR\r"
)


def test_data_of_a_record_that_was_merged_are_read_in_the_one_that_survived(
    world: World, hospital: Hospital, give: Give
) -> None:
    hospital.send(report())
    before = hospital.binary
    hospital.send(MERGE)
    give(permit("ih"))
    asker, now = world.login("ih"), hospital.binary
    assert now != before
    assert [asker.get(one).status_code for one in (now, before)] == [200, 404]


def test_what_was_denied_by_name_stays_denied_in_the_record_that_it_was_merged_into(
    world: World, hospital: Hospital, give: Give
) -> None:
    hospital.send(report())
    before = hospital.document
    named = {"meaning": "instance", "reference": {"reference": before}}
    give(permit("ih", provision=[{"type": "deny", "data": [named]}]))
    give(permit("other", data=[named]))
    hospital.send(MERGE)
    assert hospital.document != before
    assert both(world.login("ih"), hospital) == (404, 404)
    assert both(world.login("other"), hospital) == (200, 200)
