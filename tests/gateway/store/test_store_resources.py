from decimal import Decimal

import orjson
import pytest
from sqlalchemy import text

from gateway.keys import Algorithm, Keys, UnsealError
from gateway.store import (
    FOREVER,
    NEVER,
    ErasedError,
    Key,
    New,
    NewCompartment,
    Store,
    compartment_of,
)

ICD10 = "http://hl7.org/fhir/sid/icd-10"
HOME = "aaaaaaaaaaaaaaaa"
OTHER = "bbbbbbbbbbbbbbbb"


def observation(name="1", home=HOME, **elements):
    return {"resourceType": "Observation", "id": f"{home}.{name}", "status": "final", **elements}


@pytest.fixture
def homes(store):
    with store.begin() as tx:
        specs = [NewCompartment(home, "default", "patient", "tjh") for home in (HOME, OTHER)]
        assert tx.compartments.ensure(specs) == [HOME, OTHER]
        assert tx.compartments.ensure(specs) == []
    return store


def put(store, resource, **options):
    with store.begin() as tx:
        home = compartment_of(resource["id"])
        return tx.resources.put(home, resource, owner="tjh", **options)


def test_versions_follow_content(homes):
    first = put(homes, observation(valueString="一"), labels={"R", "HIV"})
    again = put(homes, observation(valueString="一"), labels={"HIV", "R"})
    other_order = put(
        homes,
        dict(reversed(observation(valueString="一").items())),
        labels={"R", "HIV"},
    )
    second = put(homes, observation(valueString="二"), labels={"R", "HIV"})
    relabelled = put(homes, observation(valueString="二"), labels={"N"})
    versions = [first, again, other_order, second, relabelled]
    assert [(s.version, s.changed) for s in versions] == [
        (1, True), (1, False), (1, False), (2, True), (3, True),
    ]  # fmt: skip
    assert again.body == first.body
    with homes.read() as tx:
        history = tx.resources.history("Observation", f"{HOME}.1")
        assert [row.version for row in history] == [3, 2, 1]
        assert [row.labels for row in history] == ["N", "HIV R", "HIV R"]
        assert [row.seq for row in history] == sorted((r.seq for r in history), reverse=True)
        for row, stored in zip(history, (relabelled, second, first), strict=True):
            assert tx.resources.body(row) == stored.body
            assert tx.resources.version("Observation", row.id, row.version) == row
        assert tx.resources.version("Observation", f"{HOME}.1", 4) is None
        assert tx.resources.version("Observation", f"{HOME}.9", 1) is None
        assert tx.resources.history("Observation", f"{HOME}.9") == []


def test_a_body_is_complete_and_dated(keys, database_url):
    store = Store.open(database_url, keys, clock=lambda: 1_772_324_715_123_456)
    with store.begin() as tx:
        tx.compartments.ensure([NewCompartment(HOME, "default", "patient", "tjh")])
        resource = observation(meta={"source": "urn:x", "versionId": "77"})
        stored = tx.resources.put(HOME, resource, owner="tjh", spool_seq=5)
    assert stored.updated == 1_772_324_715_123_000
    assert orjson.loads(stored.body) == {
        "resourceType": "Observation",
        "id": f"{HOME}.1",
        "meta": {
            "source": "urn:x",
            "versionId": "1",
            "lastUpdated": "2026-03-01T00:25:15.123Z",
        },
        "status": "final",
    }
    with store.read() as tx:
        row = tx.resources.get("Observation", f"{HOME}.1")
        assert (row.updated, row.spool_seq, row.owner) == (stored.updated, 5, "tjh")
        assert b"final" not in row.body
    store.close()


def test_several_versions_in_one_batch(homes):
    news = [
        New(HOME, "Observation", f"{HOME}.1", observation(valueInteger=value), "tjh")
        for value in (1, 2, 2, 3)
    ]
    with homes.begin() as tx:
        stored = tx.resources.put_many(news)
    assert [(s.version, s.changed) for s in stored] == [
        (1, True), (2, True), (2, False), (3, True),
    ]  # fmt: skip
    with homes.read() as tx:
        rows = tx.resources.history("Observation", f"{HOME}.1")
        values = [orjson.loads(body)["valueInteger"] for body in tx.resources.bodies(rows)]
    assert values == [3, 2, 1]


def test_a_digit_more_is_another_version(homes):
    bodies = [
        put(homes, observation(valueQuantity={"value": Decimal(value)}))
        for value in ("2.5", "2.50", "2.50")
    ]
    assert [(b.version, b.changed) for b in bodies] == [(1, True), (2, True), (2, False)]
    assert b'{"value":2.50}' in bodies[1].body


def test_a_binary_is_among_the_rows_only_where_it_is_named(homes):
    put(homes, observation("1"))
    put(homes, {"resourceType": "Binary", "id": f"{HOME}.2.3", "contentType": "text/plain"})
    with homes.read() as tx:
        assert [row.type for row in tx.resources.rows([HOME])] == ["Observation"]
        assert [row.id for row in tx.resources.rows([HOME], ["Binary"])] == [f"{HOME}.2.3"]
        assert tx.resources.get("Binary", f"{HOME}.2.3").compartment == HOME


def test_rows_of_compartments(homes):
    for resource in (
        observation("1"),
        observation("2"),
        observation("3", OTHER),
        {"resourceType": "Patient", "id": f"{HOME}.0"},
    ):
        put(homes, resource)
    with homes.begin() as tx:
        assert tx.resources.delete("Observation", f"{HOME}.2").version == 2
        assert tx.resources.delete("Observation", f"{HOME}.2") is None
        assert tx.resources.delete("Observation", f"{HOME}.9") is None
    with homes.read() as tx:
        rows = tx.resources.rows

        def ids(found):
            return [row.id for row in found]

        assert ids(rows([HOME])) == [f"{HOME}.1", f"{HOME}.0"]
        assert ids(rows([HOME, OTHER], ["Observation"])) == [f"{HOME}.1", f"{OTHER}.3"]
        assert ids(rows([HOME, OTHER], limit=1)) == [f"{HOME}.1"]
        assert rows([]) == rows([HOME], []) == []
        gone = tx.resources.get("Observation", f"{HOME}.2")
        assert (bool(gone.deleted), gone.version) == (True, 2)
        assert orjson.loads(tx.resources.body(gone)).keys() == {"resourceType", "id", "meta"}


def test_a_deleted_resource_comes_back_as_a_new_version(homes):
    put(homes, observation(effectiveDateTime="2026-03-01"), labels={"R"})
    with homes.begin() as tx:
        tx.resources.delete("Observation", f"{HOME}.1")
    with homes.read() as tx:
        gone = tx.resources.get("Observation", f"{HOME}.1")
        assert (gone.labels, gone.low is None) == ("R", False)
    assert put(homes, observation()).version == 3


def test_what_may_be_known_of_a_resource(homes, keys):
    put(
        homes,
        observation(
            effectiveDateTime="2026-03-01",
            code={"coding": [{"system": "http://loinc.org", "code": "4548-4"}]},
            category=[{"coding": [{"code": "laboratory"}]}],
            component=[{"code": {"coding": [{"system": ICD10, "code": "E11.900x001"}]}}],
            meta={"tag": [{"code": "not me"}]},
        ),
    )
    encounter = {"resourceType": "Encounter", "id": f"{HOME}.e"}
    put(homes, {**encounter, "period": {"start": "2026-03-01T00:00:00+08:00"}})
    put(homes, {**encounter, "id": f"{HOME}.f", "period": {"end": "2026"}})
    put(homes, {"resourceType": "Patient", "id": f"{HOME}.p", "birthDate": "1900-01-01"})
    midnight = 1_772_294_400_000_000  # 2026-03-01T00:00+08:00
    with homes.read() as tx:
        row = tx.resources.get("Observation", f"{HOME}.1")
        assert (row.low, row.high) == (midnight, midnight + 86_400_000_000 - 1)
        codes = {row.codes[i : i + 8] for i in range(0, len(row.codes), 8)}
        assert codes == {
            keys.code_token("http://loinc.org", "4548-4"), keys.code_token("", "laboratory"),
            *(keys.code_token(ICD10, code) for code in ("E11.900x001", "E11.9", "E11")),
        }  # fmt: skip
        row = tx.resources.get("Encounter", f"{HOME}.e")
        assert (row.low, row.high) == (midnight, FOREVER)
        assert tx.resources.get("Encounter", f"{HOME}.f").low == NEVER
        row = tx.resources.get("Patient", f"{HOME}.p")
        assert (row.low, row.high, row.codes) == (None, None, b"")


def test_nothing_is_put_where_there_is_no_compartment(homes):
    with pytest.raises(ErasedError):
        put(homes, observation(home="cccccccccccccccc"))


def test_a_body_opens_only_in_its_place(homes):
    put(homes, observation("1"))
    put(homes, observation("2"))
    put(homes, observation("3", OTHER))
    with homes.read() as tx:
        row = tx.resources.get("Observation", f"{HOME}.1")
        for changes in ({"id": f"{HOME}.2"}, {"version": 2}, {"type": "Patient"}):
            with pytest.raises(UnsealError):
                tx.resources.body(row._replace(**changes))
        with pytest.raises(UnsealError):
            tx.resources.body(row._replace(compartment=OTHER))


def test_destroying_a_compartment_erases_it_for_good(homes, database_url, keys):
    put(homes, observation("1"))
    put(homes, observation("1", valueString="x"))
    put(homes, observation("3", OTHER))
    elsewhere = Store.open(database_url, keys)
    with elsewhere.read() as tx:
        kept = tx.resources.get("Observation", f"{HOME}.1")
        assert tx.resources.body(kept)
    with homes.begin() as tx:
        tx.compartments.destroy(HOME)
        with pytest.raises(ErasedError):
            tx.resources.body(kept)
    for store in (homes, elsewhere):
        with store.read() as tx:
            assert tx.resources.get("Observation", f"{HOME}.1") is None
            assert tx.resources.history("Observation", f"{HOME}.1") == []
            assert tx.compartments.get(HOME).destroyed
            assert tx.compartments.of_organisation("tjh")[0].id == OTHER
        with pytest.raises(ErasedError):
            put(store, observation("1"))
    with homes.read() as tx, pytest.raises(ErasedError):
        tx.compartments.key(HOME)
    with homes.begin() as tx:
        assert tx.compartments.ensure([NewCompartment(HOME, "default", "patient", "tjh")]) == []
    elsewhere.close()


def test_a_transaction_that_fails_leaves_nothing(homes):
    new_home = NewCompartment("cccccccccccccccc", "default", "patient", "tjh")

    def fail():
        with homes.begin() as tx:
            tx.compartments.ensure([new_home])
            tx.resources.put(new_home.id, observation(home=new_home.id), owner="tjh")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with homes.read() as tx:
        assert tx.compartments.get(new_home.id) is None
        with pytest.raises(ErasedError):
            tx.compartments.key(new_home.id)


def test_keys_are_rewrapped_in_batches(homes, keys):
    put(homes, observation("1"))
    with homes.begin() as tx:
        tx.compartments.ensure([NewCompartment("cccccccccccccccc", "t", "directory", "tjh")])
        tx.compartments.destroy(OTHER)
    assert homes.rewrap() == 0
    new = keys.rotate()
    assert homes.rewrap(batch=1) == 2
    with homes.read() as tx:
        keks = tx.connection.execute(text("SELECT kek FROM compartment WHERE destroyed IS NULL"))
        assert set(keks.scalars()) == {new}


def test_what_aes_sealed_opens_when_sm4_seals(database_url, tmp_path):
    for algorithm in (Algorithm.AES_256_GCM, Algorithm.SM4_GCM):
        store = Store.open(database_url, Keys(tmp_path / "keys", algorithm=algorithm))
        with store.begin() as tx:
            tx.compartments.ensure([NewCompartment(HOME, "default", "patient", "tjh")])
            tx.resources.put(HOME, observation(valueString=algorithm.name), owner="tjh")
            rows = tx.resources.history("Observation", f"{HOME}.1")
            assert tx.compartments.key(HOME)
            bodies = tx.resources.bodies(rows)
        store.close()
    assert [row.body[0] for row in rows] == [Algorithm.SM4_GCM, Algorithm.AES_256_GCM]
    assert [orjson.loads(body)["valueString"] for body in bodies] == ["SM4_GCM", "AES_256_GCM"]


def test_readers_see_one_moment(homes):
    put(homes, observation("1"))
    with homes.read() as tx:
        before = tx.resources.rows([HOME])
        put(homes, observation("2"))
        assert tx.resources.rows([HOME]) == before


def test_current_rows_of_many(homes):
    for name in "123":
        put(homes, observation(name))
    with homes.read() as tx:
        wanted = [Key(HOME, "Observation", f"{HOME}.{name}") for name in "1239"]
        found = tx.resources.current([*wanted, *wanted])
        assert sorted(id_ for _, id_ in found) == [f"{HOME}.{name}" for name in "123"]
        assert tx.resources.current([]) == {}
