"""Read, vread, history, search, $everything over HTTP: a source on its own records, and others."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

import httpx
import orjson
import pytest
from gateway_world import HIV_CODE, IDENTITY, ZHANG, Asker, Record, World, label, permit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.ingest.sending import moved
from gateway.ingest.things.joining import deletion
from gateway.store import Key, MergeEvent, NewCompartment

OTHER = "110101190001010030"
Give = Callable[..., httpx.Response]


@pytest.fixture
def own(world: World) -> Asker:
    return world.login("tjh01")


@pytest.fixture
def record(world: World) -> Record:
    return world.record("tjh01", "1", name=[{"text": "山田 太郎"}], gender="male")


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["issue"][0]["code"]


def test_a_source_reads_its_own_without_consent(own: Asker, record: Record) -> None:
    observation = record.observation("V HIV", HIV_CODE)
    assert own.get(f"Observation/{observation}").status_code == 200
    assert own.get(f"Patient/{record.patient}").json()["gender"] == "male"


def test_a_source_does_not_read_anothers(world: World, record: Record) -> None:
    observation = record.observation()
    assert world.login("tjh02").get(f"Observation/{observation}").status_code == 404


def test_versions(own: Asker, record: Record) -> None:
    first = record.observation(key="k", status="preliminary")
    record.observation(key="k", status="final")
    path = f"Observation/{first}"
    assert own.get(path).headers["etag"] == 'W/"2"'
    assert own.get(f"{path}/_history/1").json()["status"] == "preliminary"
    assert own.get(f"{path}/_history/2").json()["status"] == "final"
    for version in ("3", "0", "x", "99999999999999999999"):
        assert own.get(f"{path}/_history/{version}").status_code == 404
    history = own.get(f"{path}/_history").json()
    assert history["type"] == "history"
    assert history["total"] == 2
    assert [one["response"]["etag"] for one in history["entry"]] == ['W/"2"', 'W/"1"']
    assert [one["response"]["status"] for one in history["entry"]] == ["200", "201"]
    assert [one["request"]["method"] for one in history["entry"]] == ["PUT", "PUT"]


def test_a_deleted_one_is_gone_where_it_was_visible(
    world: World, own: Asker, record: Record
) -> None:
    observation = record.observation()
    with world.store.begin() as tx:
        tx.resources.delete("Observation", observation)
    path = f"Observation/{observation}"
    assert code_of(own.get(path)) == (410, "deleted")
    assert code_of(own.get(f"{path}/_history/2")) == (410, "deleted")
    assert own.get(f"{path}/_history/1").status_code == 200
    entries = own.get(f"{path}/_history").json()["entry"]
    assert entries[0]["request"]["method"] == "DELETE"
    assert "resource" not in entries[0]
    assert own.ids(f"Observation?patient={record.patient}") == []
    assert world.login("ih").get(path).status_code == 404


def test_where_a_merged_record_s_are_now_is_told_to_those_who_may_see_them(
    world: World, own: Asker, record: Record, give: Give
) -> None:
    give(permit("ih", provision=[{"type": "deny", "securityLabel": [label("HIV")]}]))
    survivor = world.record("tjh01", "2")
    told = {}
    for name, labels in (("shown", "N"), ("hidden", "N HIV"), ("unmoved", "N"), ("gone", "N")):
        old = record.observation(key=name)
        new = survivor.observation(labels, key=name) if name != "unmoved" else ""
        told[old] = f"Observation/{new}" if name == "shown" else ""
        with world.store.begin() as tx:
            tx.resources.delete("Observation", old)
            if name == "gone":
                tx.resources.delete("Observation", new)
    with world.store.begin() as tx:
        tx.merges.record([MergeEvent(record.compartment, survivor.compartment, 1)])
    asker = world.login("ih")
    for old, where in told.items():
        answer = asker.get(f"Observation/{old}")
        assert code_of(answer) == (410, "deleted")
        text = answer.json()["issue"][0]["diagnostics"]
        assert (survivor.compartment in text) == bool(where)
        assert where in text
    assert world.login("tjh02").get(f"Observation/{next(iter(told))}").status_code == 404
    assert own.get(f"Observation/{next(iter(told))}").status_code == 410


def test_what_moved_to_anothers_record_is_his_in_the_past_too(
    world: World, own: Asker, record: Record, give: Give
) -> None:
    """A visit was entered in the wrong record: who may see that one saw another patient's."""
    give(permit("ih"))
    other = world.record("tjh01", "2", identity=OTHER)
    asker = world.login("ih")
    wrong = record.observation(key="k")
    path = f"Observation/{wrong}"
    assert asker.get(f"{path}/_history/1").status_code == 200
    there = other.observation(key="k")
    with world.store.begin() as tx:
        (row,) = tx.resources.current([Key(record.compartment, "Observation", wrong)]).values()
        tx.resources.put_many([deletion(row, 1)._replace(told=moved(b"", there))])
    assert asker.get(f"{path}/_history/1").status_code == 404
    assert code_of(asker.get(path)) == code_of(asker.get(f"{path}/_history/2")) == (410, "deleted")
    assert [one["request"]["method"] for one in asker.get(f"{path}/_history").json()["entry"]] == [
        "DELETE"
    ]
    assert own.get(f"{path}/_history/1").status_code == 200
    assert len(own.get(f"{path}/_history").json()["entry"]) == 2
    with world.store.begin() as tx:  # and back: either names the other
        (row,) = tx.resources.current([Key(other.compartment, "Observation", there)]).values()
        tx.resources.put_many([deletion(row, 2)._replace(told=moved(b"", wrong))])
    assert own.get(f"{path}/_history/1").status_code == 200


def test_relabelling_hides_old_versions_too(world: World, record: Record, give: Give) -> None:
    give(permit("ih", provision=[{"type": "deny", "securityLabel": [label("HIV")]}]))
    asker = world.login("ih")
    observation = record.observation(key="k", status="preliminary")
    assert asker.get(f"Observation/{observation}/_history/1").status_code == 200
    record.observation("R HIV", key="k", status="final")
    for path in ("", "/_history", "/_history/1", "/_history/2"):
        assert asker.get(f"Observation/{observation}{path}").status_code == 404


def test_a_person_is_composed_of_what_is_visible(world: World, record: Record, give: Give) -> None:
    second = world.record("tjh02", "7", name=[{"text": "Yamada"}], gender="male")
    assert second.person == record.person
    path = f"Patient/{record.person}"
    own, other = world.login("tjh01"), world.login("tjh02")
    mine, theirs = own.get(path).json(), other.get(path).json()
    assert [one["text"] for one in mine["name"]] == ["山田 太郎"]
    assert [one["text"] for one in theirs["name"]] == ["Yamada"]
    give(permit("ih"))
    asker = world.login("ih")
    both = asker.get(path)
    assert {one["text"] for one in both.json()["name"]} == {"山田 太郎", "Yamada"}
    assert both.json()["identifier"] == [{"system": IDENTITY, "value": ZHANG}]
    links = [one["other"]["reference"] for one in both.json()["link"]]
    assert links == sorted(f"Patient/{one.patient}" for one in (record, second))
    version = both.headers["etag"][3:-1]
    assert asker.get(f"{path}/_history/{version}").content == both.content
    assert asker.get(f"{path}/_history/other").status_code == 404
    history = asker.get(f"{path}/_history").json()
    assert history["total"] == 1
    assert asker.get("Patient/nobody/_history").status_code == 404
    for known in (f'W/"{version}"', "*", f'"x", W/"{version}"', version, f"x, {version}"):
        assert asker.get(path, headers={"if-none-match": known}).status_code == 304
    for other in ('W/"x"', '"x", "*"', "x", ""):
        assert asker.get(path, headers={"if-none-match": other}).status_code == 200
    assert mine["meta"]["versionId"] != version


def test_a_person_has_the_records_of_all_and_a_source_patient_its_own(
    world: World, record: Record, give: Give
) -> None:
    second = world.record("tjh02", "7")
    first_, second_ = record.observation(), second.observation()
    give(permit("ih"))
    asker = world.login("ih")
    assert sorted(asker.ids(f"Observation?patient={record.person}")) == sorted([first_, second_])
    assert asker.ids(f"Observation?patient={record.patient}") == [first_]
    assert asker.ids(f"Observation?subject=Patient/{second.patient}") == [second_]
    both = f"Observation?patient={record.person}&patient={second.patient}"
    assert asker.ids(both) == [second_]
    either = f"Observation?patient={record.patient},{second.patient}"
    assert sorted(asker.ids(either)) == sorted([first_, second_])
    assert asker.ids("Observation?patient=Patient/nobody") == []
    assert asker.ids("Observation?patient=Group/x") == []


@pytest.mark.parametrize(
    "query",
    [
        f"identifier={IDENTITY}|{ZHANG}",
        f"identifier=urn:oid:2.16.840.1.113883.2.23.1.19.1|{ZHANG}",
        f"identifier={ZHANG}",
        f"identifier={IDENTITY}|",
        "name=山田太郎",
        "name=山田",
        "name:contains=太",
        "birthdate=1900-01-01",
        "birthdate=lt1950&gender=male",
        "_id={person}",
        "_lastUpdated=gt2020-01-01",
    ],
)
def test_patients_are_found(own: Asker, record: Record, query: str) -> None:
    assert own.ids("Patient?" + query.format(person=record.person)) == [record.person]


@pytest.mark.parametrize(
    "query", ["name=太郎", f"identifier={ZHANG[:-1]}5", "birthdate=1901", "_id=nobody", "_id=a.b"]
)
def test_patients_are_not_found(own: Asker, record: Record, query: str) -> None:
    assert own.ids(f"Patient?{query}") == []


def test_a_source_patient_is_found_by_its_id(own: Asker, record: Record) -> None:
    both = own.ids(f"Patient?_id={record.patient},{record.person},{record.patient}")
    assert sorted(both) == sorted([record.patient, record.person])


def test_a_search_that_names_nobody_runs_over_few(world: World, own: Asker, record: Record) -> None:
    observation = record.observation()
    assert own.ids("Observation?code=4548-4") == [observation]
    assert own.ids(f"Observation?_id={observation}") == [observation]
    assert world.login("tjh02").ids("Observation?code=4548-4") == []
    assert code_of(own.get("Consent")) == (400, "too-costly")


def test_a_search_too_wide_is_refused(
    world: World, own: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gateway.disclosure.view import View

    monkeypatch.setattr(View, "reachable", lambda self, limit: ["p"] * (limit + 1))
    for path in ("Observation?code=1", "Patient?name=a", "Observation"):
        assert code_of(own.get(path)) == (400, "too-costly")


def test_post_search_and_lenient(own: Asker, record: Record) -> None:
    observation = record.observation()
    form = {"patient": record.patient, "code": "4548-4"}
    answer = own.request("POST", "Observation/_search", data=form)
    assert answer.json()["total"] == 1
    bad = f"Observation?patient={record.patient}&nonsense=1"
    assert code_of(own.get(bad)) == (400, "invalid")
    lenient = own.get(bad, headers={"prefer": "handling=lenient"}).json()
    assert [one["resource"]["id"] for one in lenient["entry"]] == [observation]
    assert "nonsense" not in lenient["link"][0]["url"]
    empty = own.request("POST", f"Observation/_search?patient={record.patient}")
    assert empty.json()["total"] == 1
    assert own.request("POST", "Observation/_search", json={}).status_code == 415
    assert code_of(own.get("Observation?code=%ff")) == (400, "invalid")


def test_search_combines_tests_and_order(own: Asker, record: Record) -> None:
    made = [
        record.observation(
            status=status,
            effectiveDateTime=f"2026-03-0{day}T08:00:00+08:00",
            category=[{"coding": [{"code": category}]}],
        )
        for day, status, category in [(1, "final", "a"), (2, "amended", "a"), (3, "final", "b")]
    ]
    path = f"Observation?patient={record.patient}"
    assert own.ids(f"{path}&status=final&category=a") == [made[0]]
    assert own.ids(f"{path}&date=ge2026-03-02&_sort=-date") == [made[2], made[1]]
    assert own.ids(f"{path}&date=ge2026-03-02&date=lt2026-03-03") == [made[1]]
    assert own.ids(f"{path}&_sort=date&_count=2") == made[:2]
    assert own.ids(f"{path}&code=x") == []


def test_everything_pages_types_and_supporting(world: World, own: Asker, record: Record) -> None:
    with world.store.begin() as tx:
        directory = tx.keys.derive_id("default", "tjh01", "directory")
        tx.compartments.ensure([NewCompartment(directory, "default", "directory", "tjh01")])
        doctor = f"{directory}.{'d' * 16}"
        content = {"resourceType": "Practitioner", "id": doctor, "active": True}
        tx.resources.put(directory, content, owner="tjh01")
    performer = [{"reference": f"Practitioner/{doctor}"}, {"reference": "Organization/tjh01"}]
    made = [record.observation(performer=performer) for _ in range(5)]
    path = f"Patient/{record.person}/$everything"
    everything = [record.person, *sorted(made), record.patient, doctor]
    assert own.ids(path) == everything
    assert own.ids(f"{path}?_type=Observation") == sorted(made)
    assert own.ids(f"{path}?_type=Patient,Practitioner&_type=Practitioner") == []
    assert own.get(f"Practitioner/{doctor}").status_code == 200
    assert world.login("ih").get(f"Practitioner/{doctor}").status_code == 200
    pages = _pages(own, f"{path}?_count=3")
    assert [len(page) for page in pages] == [3, 3, 2]
    assert list(chain(*pages)) == everything
    for bad in ("_count=0", "_since=x", "start=2020", "_type="):
        assert code_of(own.get(f"{path}?{bad}")) == (400, "invalid")
    lenient = own.get(f"{path}?start=2020&_format=json", headers={"prefer": "handling=lenient"})
    assert lenient.json()["total"] == len(everything)
    assert own.get("Patient/nobody/$everything").status_code == 404


def test_everything_brings_the_ward_of_a_bed_and_its_hospital(
    world: World, own: Asker, record: Record
) -> None:
    with world.store.begin() as tx:
        directory = tx.keys.derive_id("default", "tjh01", "directory")
        tx.compartments.ensure([NewCompartment(directory, "default", "directory", "tjh01")])
        bed, ward, site = (f"{directory}.{letter * 16}" for letter in "wba")
        for each, above in ((bed, ward), (ward, site), (site, bed)):
            place: dict[str, Any] = {"resourceType": "Location", "id": each}
            place["partOf"] = {"reference": f"Location/{above}"}
            tx.resources.put(directory, place, owner="tjh01")
    made = record.observation(device={"reference": f"Location/{bed}"})
    path = f"Patient/{record.person}/$everything"
    everything = [record.person, made, record.patient, site, ward, bed]
    assert own.ids(path) == everything
    assert list(chain(*_pages(own, f"{path}?_count=4"))) == everything
    assert own.ids(f"{path}?_type=Observation") == [made]


def test_a_page_of_everything_that_changed_is_refused(
    world: World, own: Asker, record: Record
) -> None:
    made = [record.observation() for _ in range(3)]
    answer = own.get(f"Patient/{record.patient}/$everything?_count=2").json()
    url = next(one["url"] for one in answer["link"] if one["relation"] == "next")
    last = answer["entry"][-1]["resource"]["id"]
    assert last in made
    with world.store.begin() as tx:
        tx.resources.delete("Observation", last)
    assert code_of(own.get(url)) == (410, "expired")


def test_a_page_link_expires(world: World, own: Asker, record: Record) -> None:
    for _ in range(2):
        record.observation()
    answer = own.get(f"Observation?patient={record.patient}&_count=1").json()
    url = next(one["url"] for one in answer["link"] if one["relation"] == "next")
    assert own.get(url).status_code == 200
    for junk in ("x", "x" * 9000, "%C3%A4"):
        assert code_of(own.get(f"Observation?_page={junk}")) == (400, "invalid")
    now = world.store.now()
    world.store._clock = lambda: now + 700_000_000
    (client,) = world.keys
    later = Asker(world, world.token(client))
    assert code_of(later.get(url)) == (410, "expired")


def _pages(asker: Asker, path: str) -> list[list[str]]:
    pages: list[list[str]] = []
    following = [path]
    while following:
        bundle = asker.get(following[0]).json()
        pages.append([one["resource"]["id"] for one in bundle.get("entry", [])])
        following = [one["url"] for one in bundle["link"] if one["relation"] == "next"]
    return pages


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_pages_hold_each_visible_one_once(world: World, data: st.DataObject) -> None:
    number = next(world.numbers)
    identity = f"11010119900101{number:04d}"
    record = world.record("tjh01", f"page-{number}", identity)
    days = data.draw(st.lists(st.integers(1, 9), max_size=9))
    made = [record.observation(effectiveDateTime=f"2026-03-0{day}") for day in days]
    count = data.draw(st.integers(1, 5))
    sort = data.draw(st.sampled_from(["", "&_sort=date", "&_sort=-date", "&_sort=-_id"]))
    asker = world.login("tjh01")
    pages = _pages(asker, f"Observation?patient={record.patient}&_count={count}{sort}")
    assert sorted(chain(*pages)) == sorted(made)
    assert all(len(page) == count for page in pages[:-1])


def test_includes_across_kinds(world: World, own: Asker, record: Record) -> None:
    encounter = record.put("Encounter", status="finished", **{"class": {"code": "AMB"}})
    observation = record.observation(encounter={"reference": f"Encounter/{encounter}"})
    path = f"Observation?_id={observation}&_include=Observation:"
    for include, expected in [
        ("encounter", [encounter]),
        ("patient", [record.patient]),
        ("subject:Patient", [record.patient]),
        ("subject:Group", []),
        ("performer", []),
    ]:
        entries = own.get(path + include).json()["entry"]
        found = [one["resource"]["id"] for one in entries if one["search"]["mode"] == "include"]
        assert found == expected
    narrow = world.token(world.client("tjh01", scopes="system/Observation.rs"))
    assert Asker(world, narrow).ids(path + "encounter") == [observation]


def test_scopes_are_kept(world: World, record: Record) -> None:
    observation = record.observation()
    asker = Asker(world, world.token(world.client("tjh01", scopes="system/Observation.r")))
    assert asker.get(f"Observation/{observation}").status_code == 200
    for path in (
        f"Observation?_id={observation}",
        f"Patient/{record.patient}",
        f"Patient/{record.patient}/_history",
        f"Patient/{record.patient}/_history/1",
        f"Patient/{record.person}/$everything",
        "Patient?name=a",
    ):
        assert code_of(asker.get(path)) == (403, "forbidden")
    patients = Asker(world, world.token(world.client("tjh01", scopes="system/Patient.rs")))
    assert patients.ids(f"Patient/{record.person}/$everything") == [record.person, record.patient]
    has = patients.get("Patient?_has:Observation:patient:code=1")
    assert code_of(has) == (403, "forbidden")


def test_a_client_that_moved_is_refused(world: World, own: Asker) -> None:
    from sqlalchemy import update

    from gateway.store.models import Client, table

    rows = table(Client)
    with world.store.begin() as tx:
        tx.connection.execute(update(rows).values(organisation="ih"))
    assert code_of(own.get("Patient?name=a")) == (403, "forbidden")
    assert world.events()[-1]["outcomeDesc"] == "client-moved"


def test_merged_records_are_read_together(world: World, own: Asker, record: Record) -> None:
    from gateway.store import MergeEvent

    second = world.record("tjh01", "2")
    mine, theirs = record.observation(), second.observation()
    with world.store.begin() as tx:
        tx.merges.record([MergeEvent(second.compartment, record.compartment, 1)])
    for patient in (record.patient, second.patient):
        assert sorted(own.ids(f"Observation?patient={patient}")) == sorted([mine, theirs])


def test_participants_are_organizations(world: World, own: Asker) -> None:
    world.organisation("coded", "source", identifier_system="urn:s", identifier_value="v")
    world.organisation("half", "source", identifier_value="v")
    found = own.get("Organization/coded").json()
    assert found["identifier"] == [{"system": "urn:s", "value": "v"}]
    assert own.get("Organization/half").json()["identifier"] == [{"value": "v"}]
    assert own.get("Organization/insurer").json()["name"] == "INSURER"
    assert own.get("Practitioner/nobody").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["Nonsense/x", "Observation/%00", "Observation/a%2Fb", "Patient/%E5%BC%A0", "Patient/a_b"],
)
def test_odd_addresses_are_404(own: Asker, path: str) -> None:
    assert code_of(own.get(path)) == (404, "not-found")


def test_odd_values_find_nothing(own: Asker, record: Record) -> None:
    assert own.ids("Observation?patient=%00") == []
    assert own.ids("Observation?_id=%00.a,.") == []
    assert own.ids("Patient?_id=%00") == []


def test_what_was_disclosed_is_audited(world: World, record: Record, give: Give) -> None:
    shown, _ = record.observation(), record.observation("R HIV", HIV_CODE)
    deny = {"type": "deny", "securityLabel": [label("HIV")]}
    written = give(permit("ih", "TREAT", provision=[deny])).json()["id"]
    asker = world.login("ih")
    asker.get(f"Observation?patient={record.person}")
    event: dict[str, Any] = world.events()[-1]
    assert event["outcome"] == "0"
    assert event["subtype"][0]["code"] == "search-type"
    assert event["purposeOfEvent"][0]["coding"][0]["code"] == "TREAT"
    assert event["agent"][0]["policy"] == [f"Consent/{written}"]
    assert event["agent"][0]["who"]["reference"] == "Organization/ih"
    names = [one.get("what", {}).get("reference") for one in event["entity"]]
    assert names == [f"Patient/{record.person}", None, f"Observation/{shown}/_history/1"]
    assert event["entity"][1]["detail"][0]["valueString"] == "1"
    asker.get(f"Observation/{shown}x")
    refused = world.events()[-1]
    assert (refused["outcome"], refused["outcomeDesc"]) == ("4", "not-found")
    assert orjson.dumps(refused).count(b"/_history/") == 0
