"""A small translation, and a hospital's feed, for tests of ingest."""

from __future__ import annotations

import asyncio

import orjson
from sqlalchemy import select

from gateway.ingest.arrival.accept import Acceptor
from gateway.ingest.worker import Worker
from gateway.store import Store
from gateway.store.models import Organisation, ResourceHistory, ResourceRow, Source, table
from gateway.store.versions import Row
from mappings import exact
from mappings.findings import Finding
from mappings.translate import Made, Translation

ID_CARD = "urn:oid:2.16.156.10011.1.3"
MAN, OTHER_MAN, WOMAN = "110101190001010014", "110101190001010030", "110101190001010022"


def translate(feed, content, ids):
    """PID, OBX, PV1 and MRG in, as far as tests need them; BOOM raises, REJ rejects."""
    made, merges, findings = [], [], []
    source = feed.organisation
    directory = ids.compartment("directory", source)
    home = subject = None
    for line in content.text.strip().split("\r"):
        name, *fields = [*line.split("|"), *[""] * 20]
        if name == "PID":
            number = fields[2]
            home = ids.compartment("patient", source, "mrn", number)
            subject = {"reference": f"Patient/{ids.resource(home, 'Patient')}"}
            made.append(_patient(fields, number, home, ids))
        elif name == "PV1":
            encounter = {
                "resourceType": "Encounter", "id": ids.resource(home, "Encounter", fields[18]),
                "status": "in-progress", "class": {"code": "AMB"}, "subject": subject,
            }  # fmt: skip
            if fields[0].startswith("length "):
                encounter["length"] = {"value": exact.number(fields[0].removeprefix("length "))}
            made.append(Made(encounter, home, "patient", replace=False))
            doctor = {
                "resourceType": "Practitioner", "id": ids.resource(directory, "Practitioner", "D1"),
                "name": [{"text": "李测试"}],
            }  # fmt: skip
            made.append(Made(doctor, directory, "directory", replace=False))
        elif name == "OBX":
            observation = {
                "resourceType": "Observation", "id": ids.resource(home, "Observation", fields[2]),
                "status": fields[10] or "final", "code": {"text": fields[2]}, "subject": subject,
                "valueString": fields[4],
            }  # fmt: skip
            made.append(Made(observation, home, "patient", replace=True))
        elif name == "MRG":
            merges.append((home, ids.compartment("patient", source, "mrn", fields[0])))
        elif name == "BOOM":
            raise RuntimeError("detail that must not be kept")
        elif name == "REJ":
            findings.append(Finding("error", "unsupported-message", "MSH-9"))
    return Translation(
        made=made, envelope=[], findings=findings, merges=merges,
        control_id="", type="", explained=[],
    )  # fmt: skip


def _patient(fields, number, home, ids):
    patient = {"resourceType": "Patient", "id": ids.resource(home, "Patient")}
    patient["identifier"] = [{"system": "urn:mrn", "value": number}]
    if fields[18]:
        numbers = [{"system": ID_CARD, "value": number} for number in fields[18].split("~")]
        patient["identifier"] += numbers
    erase = ("birthDate",) if fields[6] == '""' else ()
    if fields[4]:
        patient["name"] = [{"text": fields[4]}]
    if fields[6] and not erase:
        patient["birthDate"] = fields[6]
    if fields[7]:
        patient["gender"] = fields[7]
    return Made(patient, home, "patient", replace=False, erase=erase)


def hl7(
    *segments, control_id="1", facility="TJH01", type_="ADT^A08", version="2.4",
    application="HIS", sent="20260301083015",
):  # fmt: skip
    header = f"MSH|^~\\&|{application}|{facility}|GW|HIE|{sent}||{type_}|{control_id}|P|{version}"
    return "\r".join([header, *segments, ""]).encode()


def pid(mrn, name="测试甲", born="", sex="", card=""):
    return f"PID|1||{mrn}||{name}||{born}|{sex}|||||||||||{card}"


def register(store, id_, facility, tenant="default", **source):
    with store.begin() as tx:
        tx.directory.add(
            Organisation(id=id_, tenant=tenant, kind="source", name=facility, created=1)
        )
        tx.directory.add(Source(organisation=id_, facility=facility, **source))


def sent(feed, messages, together):
    """Feed messages in, all in one batch or each by itself; return their receipts."""
    if together:
        return feed(*messages)
    return [receipt for message in messages for receipt in feed(message)]


class Feed:
    """Feeds messages in, and works them off."""

    def __init__(self, store: Store, pipeline):
        self.store = store
        self.counted: dict[str, int] = {}
        self.worker = Worker(store, pipeline, count=self._count)

    def _count(self, what, times):
        self.counted[what] = self.counted.get(what, 0) + times

    def accept(self, *messages):
        async def all_of_them():
            acceptor = Acceptor(self.store)
            try:
                return [await acceptor.accept(message) for message in messages]
            finally:
                acceptor.close()

        return asyncio.run(all_of_them())

    def __call__(self, *messages):
        receipts = self.accept(*messages)
        self.worker.drain()
        return receipts

    def resources(self, type_=None, source="tjh", kind="patient"):
        with self.store.read() as tx:
            homes = [row.id for row in tx.compartments.of_organisation(source, kind)]
            rows = tx.resources.rows(homes, type_ and [type_])
            return [orjson.loads(body) for body in tx.resources.bodies(rows)]

    def versions(self, source="tjh"):
        """Return every version of every resource that was stored, and not erased."""
        with self.store.read() as tx:
            homes = [
                row.id for kind in ("directory", "patient")
                for row in tx.compartments.of_organisation(source, kind)
            ]  # fmt: skip
            rows = [
                Row._make(found)
                for rows in (table(ResourceRow), table(ResourceHistory))
                for found in tx.connection.execute(
                    select(*(rows.c[name] for name in Row._fields))
                    .where(rows.c.compartment.in_(homes), rows.c.deleted.is_(False))
                )
            ]  # fmt: skip
            return [exact.loads(body) for body in tx.resources.bodies(rows)]

    def patient(self, mrn, source="tjh"):
        for resource in self.resources("Patient", source):
            if resource["identifier"][0]["value"] == mrn:
                return resource
        raise LookupError(mrn)

    def home(self, mrn, source="tjh"):
        return self.patient(mrn, source)["id"].partition(".")[0]

    def person(self, mrn, source="tjh"):
        with self.store.read() as tx:
            return tx.compartments.get(self.home(mrn, source)).person

    def findings(self, seq):
        with self.store.read() as tx:
            found = tx.spool.findings(tx.spool.get(seq))
            return [one["code"] for one in orjson.loads(found or b"[]")]

    def entry(self, seq):
        with self.store.read() as tx:
            return tx.spool.get(seq).entry
