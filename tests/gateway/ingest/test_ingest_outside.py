"""A number from elsewhere (PID-2, PID-4) names a record of its own, not the hospital's."""

from __future__ import annotations

from itertools import count

from ingest_feed import hl7

_SENT = count(1)


def told(type_, pid, *segments):
    return hl7(pid, *segments, type_=type_, control_id=str(next(_SENT)))


def report(pid, value):
    obx = f"OBX|1|NM|GLU||{value}|mmol/L|||||F"
    return told("ORU^R01", pid, "OBR|1||F1^LIS|GLU|||20260301080000", obx)


def names(tjh):
    """Return whose records there are, each with its results and links."""
    found = {}
    for patient in tjh.resources("Patient"):
        home = patient["id"].partition(".")[0]
        values = [
            one["valueQuantity"]["value"] for one in tjh.resources("Observation")
            if one["id"].startswith(f"{home}.")
        ]  # fmt: skip
        found[patient["name"][0]["text"]] = (
            values,
            [link["type"] for link in patient.get("link", ())],
        )
    return found


def test_strangers_of_one_number_have_records_of_their_own(tjh):
    tjh(told("ADT^A28", "PID|1||100^^^TJH01^MR||Doe^Jo||19800101|M"))
    for value, pid in enumerate(
        ("PID|1|100|||Poe^Al", "PID|1|||100|Roe^Ann", "PID|1||100||Doe^Jo")
    ):
        tjh(report(pid, value + 1))
    assert names(tjh) == {"Al Poe": ([1], []), "Ann Roe": ([2], []), "Jo Doe": ([3], [])}
    systems = {
        one["system"].rpartition("/")[2] for patient in tjh.resources("Patient")
        for one in patient["identifier"]
    }  # fmt: skip
    assert systems == {"TJH01", "PID-2", "PID-4"}


def test_a_feed_that_has_pid_2_alone_has_one_record(tjh):
    tjh(told("ADT^A28", "PID|1|100|||Poe^Al"), report("PID|1|100|||Poe^Al", 1))
    tjh(report("PID|1|100|||Poe^Al", 2))
    assert names(tjh) == {"Al Poe": ([2], [])}


def test_a_merge_retires_the_record_that_its_field_named(tjh):
    tjh(told("ADT^A28", "PID|1||5||Doe^Jo"), told("ADT^A28", "PID|1|5|||Poe^Al"))
    tjh(told("ADT^A28", "PID|1|||5|Roe^Ann"))
    tjh(told("ADT^A40", "PID|1||7||Low^May", "MRG||||5"))
    tjh(told("ADT^A40", "PID|1||8||Fox^Ian", "MRG||5"))
    assert {name: links for name, (_, links) in names(tjh).items()} == {
        "Jo Doe": [], "Al Poe": ["replaced-by"], "May Low": ["replaces"],
        "Ann Roe": ["replaced-by"], "Ian Fox": ["replaces"],
    }  # fmt: skip
