"""Feeds as hospitals write them, through a running gateway: over MLLP, into the store."""

import asyncio

import orjson
import pytest

from adapters.mllp.client import MllpClient
from gateway.ingest.findings import load
from gateway.keys import open_keys
from gateway.serving import running
from gateway.settings import Settings
from gateway.store import Store
from gateway.store.models import Organisation, Source


@pytest.fixture
def settings(tmp_path, database_url):
    return Settings(
        database={"url": database_url}, keys={"directory": tmp_path / "keys"}, mllp={"port": 0}
    )


@pytest.fixture
def house(settings):
    """The store of a gateway that takes the feed of a hospital in New York."""
    store = Store.open(settings.database.url, open_keys(settings))
    with store.begin() as tx:
        tx.directory.add(Organisation(id="nyc", kind="source", name="NYC", created=1))
        tx.directory.add(Source(organisation="nyc", facility="NYC", timezone="America/New_York"))
    yield store
    store.close()


def message(control_id, *segments, kind="ADT^A01"):
    header = f"MSH|^~\\&|HIS|NYC|GW|HIE|20261101093000||{kind}|{control_id}|P|2.5.1"
    return "\r".join([header, *segments, ""]).encode()


def sent(settings, *payloads):
    """Send each payload, and return the answers when all that was accepted is done with."""

    async def send():
        async with running(settings, ("mllp", "worker")) as here:
            async with await MllpClient.connect("127.0.0.1", here.mllp_port) as client:
                answers = [await client.send(payload) for payload in payloads]
            while await asyncio.to_thread(pending, here.gateway.store):
                await asyncio.sleep(0.02)
            return answers

    return asyncio.run(asyncio.wait_for(send(), 60))


def pending(store):
    with store.read() as tx:
        return list(tx.spool.entries("pending"))


def resources(store, type_):
    with store.read() as tx:
        compartments = tx.compartments.of_organisation("nyc", limit=9)
        rows = tx.resources.rows([one.id for one in compartments], (type_,))
        return [orjson.loads(body) for body in tx.resources.bodies(rows)]


def findings(store):
    with store.read() as tx:
        return [
            f"{one['code']} {one['location']}"
            for entry in tx.spool.entries("done")
            for one in load(tx.spool.findings(tx.spool.get(entry.seq)) or b"[]")
        ]


def test_local_times_have_the_offset_of_their_season(settings, house):
    pid = "PID|1||7^^^NYC^MR||Doe^Jo||19000101|M"
    visit = f"PV1|1|I|W1{'|' * 16}V{{0}}{'|' * 25}{{1}}"
    begun = ["202607010800", "202612010800", "202611010130"]
    payloads = [message(n, pid, visit.format(n, at)) for n, at in enumerate(begun)]
    assert all(b"MSA|AA" in answer for answer in sent(settings, *payloads))
    assert sorted(one["period"]["start"] for one in resources(house, "Encounter")) == [
        "2026-07-01T08:00:00-04:00", "2026-11-01T01:30:00-04:00", "2026-12-01T08:00:00-05:00",
    ]  # fmt: skip
    assert "ambiguous-time PV1-44" in findings(house)


def test_a_batch_in_one_frame_is_answered_by_one_frame(settings, house):
    some = [message(n, f"PID|1||{n}^^^NYC^MR||Doe^Jo||19000101|M", kind="ADT^A28") for n in (1, 2)]
    batch = b"BHS|^~\\&|HIS|NYC|GW|HIE|20261101||||B1\r%s%sBTS|2\r" % tuple(some)
    three = [message(n, f"PID|1||{n}^^^NYC^MR||Doe^Jo||19000101|M") for n in (3, 4, 5)]
    first, second, third = sent(settings, batch, b"".join(three[:2]), three[2])
    lines = first.decode().split("\r")
    assert [one.split("|")[0] for one in lines[:-1]] == ["BHS", "MSH", "MSA", "MSH", "MSA", "BTS"]
    assert lines[0].endswith("|B1")
    assert [b"MSA|AA|%d\r" % n in second for n in (3, 4)] == [True, True]
    assert b"MSA|AA|5\r" in third  # what is answered stays beside what was sent
    assert len(resources(house, "Patient")) == 5


def test_what_is_left_out_of_a_name_is_found_and_what_switches_its_letters_is_read(settings, house):
    pid = "PID|1||{}^^^NYC^MR||{}||19000101|M"
    payloads = [
        message(1, pid.format(1, "A\0B\x01C\x1b[31mD"), kind="ADT^A28"),
        message(2, pid.format(2, "\x1b$)A\x0eE7Qt\x0f"), kind="ADT^A28"),
    ]
    assert all(b"MSA|AA" in answer for answer in sent(settings, *payloads))
    named = [one["name"][0] for one in resources(house, "Patient")]
    names = sorted(one.get("family") or one["text"] for one in named)
    assert names == ["ABC[31mD", "欧阳"]
    assert [one for one in findings(house) if one.startswith(("c", "s"))] == [
        "control-characters PID-5", "charset-otherwise MSH-18",
    ]  # fmt: skip


def test_names_of_segments_in_small_letters_are_read(settings, house):
    text = message(1, "PID|1||7^^^NYC^MR||Doe^Jo||19000101|M", kind="ADT^A28").decode()
    small = text.replace("MSH", "msh").replace("PID", "pid").encode()
    (answer,) = sent(settings, small)
    assert b"MSA|AA|1" in answer
    (patient,) = resources(house, "Patient")
    assert patient["name"][0]["family"] == "Doe"
