"""What is hidden is named nowhere: in what is visible, in what is found, in what is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest
from gateway_world import HIV_CODE, Asker, Record, World, label, permit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.validator import Validator
from gateway.disclosure.masking import MASKED, masked, named

Give = Callable[..., httpx.Response]

HERE = "c" * 16
HIDDEN = f"{HERE}.{'a' * 16}"
SHOWN = f"{HERE}.{'b' * 16}"
DIV = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'}


def left(resource: dict[str, Any], *hidden: str) -> dict[str, Any]:
    """Return what is left of a resource of which `HIDDEN` is hidden."""
    body = masked(orjson.dumps(resource), {HIDDEN, *hidden})
    found: dict[str, Any] = orjson.loads(body)
    return found


def to(type_: str, id_: str, **more: Any) -> dict[str, Any]:
    return {"reference": f"{type_}/{id_}", **more}


def encounter(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Encounter",
        "id": SHOWN,
        "status": "finished",
        "class": {"code": "AMB"},
        **more,
    }


def test_bytes_without_a_hidden_name_stay_as_they_are() -> None:
    body = b'{"resourceType": "Encounter", "subject": {"reference": "Patient/' + SHOWN.encode()
    assert masked(body, {HIDDEN}) is body


def test_what_is_left_keeps_its_digits() -> None:
    body = (
        b'{"resourceType":"Observation","id":"%b","valueQuantity":{"value":7.80},'
        b'"encounter":{"reference":"Encounter/%b"}}' % (SHOWN.encode(), HIDDEN.encode())
    )
    assert b'"valueQuantity":{"value":7.80}}' in masked(body, {HIDDEN})


def test_what_bodies_name_is_found_but_the_known() -> None:
    bodies = [
        orjson.dumps(encounter(subject=to("Patient", SHOWN), partOf=to("Encounter", HIDDEN))),
        orjson.dumps(
            encounter(extension=[{"valueUrl": f"http://x/fhir/Binary/{'d' * 16}.{HERE}"}])
        ),
        f'"x":"/{"e" * 16}.{HERE}"'.encode(),
    ]
    found = {("Encounter", HIDDEN), ("Binary", f"{'d' * 16}.{HERE}"), ("", f"{'e' * 16}.{HERE}")}
    assert named(bodies, {SHOWN}) == found


def test_data_are_named_as_their_document() -> None:
    report = {"resourceType": "DiagnosticReport", "id": SHOWN, "presentedForm": [
        {"contentType": "application/pdf", "url": f"Binary/{HIDDEN}.{'d' * 16}"},
        {"contentType": "application/pdf", "url": f"Binary/{HERE}.{'e' * 16}.{'d' * 16}"},
    ]}  # fmt: skip
    others = {("DocumentReference", HIDDEN), ("DocumentReference", f"{HERE}.{'e' * 16}")}
    assert named([orjson.dumps(report)], {SHOWN}) == others
    assert left(report)["presentedForm"] == report["presentedForm"][1:]


def test_a_reference_goes_whole_with_its_display() -> None:
    resource = encounter(
        partOf=to("Encounter", HIDDEN, display="急诊"), subject=to("Patient", SHOWN)
    )
    assert left(resource) == encounter(subject=to("Patient", SHOWN))


def test_a_versioned_or_absolute_reference_goes_too() -> None:
    for reference in (f"Encounter/{HIDDEN}/_history/1", f"https://x/fhir/Encounter/{HIDDEN}"):
        assert left(encounter(partOf={"reference": reference})) == encounter()


def test_an_id_that_only_begins_alike_stays() -> None:
    resource = encounter(partOf={"reference": f"Encounter/{HIDDEN}.1"})
    assert left(resource) == resource


def test_an_item_that_cannot_stand_without_it_goes_and_the_list_when_empty() -> None:
    use = {"coding": [{"code": "AD"}]}
    both = [
        {"condition": to("Condition", HIDDEN), "use": use},
        {"condition": to("Condition", SHOWN), "use": use},
    ]
    assert left(encounter(diagnosis=both))["diagnosis"] == both[1:]
    assert left(encounter(diagnosis=both[:1])) == encounter()


def test_an_item_that_can_stand_without_it_stays() -> None:
    participant = {"type": [{"text": "ATND"}], "individual": to("RelatedPerson", HIDDEN)}
    assert left(encounter(participant=[participant]))["participant"] == [
        {"type": [{"text": "ATND"}]}
    ]
    assert left(encounter(participant=[{"id": "1", **to("RelatedPerson", HIDDEN)}])) == encounter()


def test_the_narrative_goes_with_it() -> None:
    assert left(encounter(text=DIV, partOf=to("Encounter", HIDDEN))) == encounter()
    assert left(encounter(text={**DIV, "div": f"<div>Encounter/{HIDDEN}</div>"})) == encounter()


def test_extensions_go_with_their_value() -> None:
    of_hidden = {"url": "urn:x", "valueReference": to("Condition", HIDDEN)}
    plain = {"url": "urn:y", "valueString": "y"}
    nested = {"url": "urn:z", "extension": [of_hidden]}
    assert left(encounter(extension=[of_hidden, plain, nested])) == encounter(extension=[plain])
    primitive = encounter(_status={"extension": [of_hidden]})
    assert left(primitive) == encounter()


def test_beside_a_list_of_values_places_are_kept() -> None:
    of_hidden = {"url": "urn:x", "valueReference": to("Condition", HIDDEN)}
    plain = {"url": "urn:y", "valueString": "y"}
    name = {
        "given": ["甲", "乙", "丙"],
        "_given": [{"extension": [of_hidden]}, None, {"extension": [plain]}],
    }
    patient = {"resourceType": "Patient", "id": SHOWN, "name": [name]}
    assert left(patient)["name"][0]["_given"] == [None, None, {"extension": [plain]}]
    name["_given"] = [{"extension": [of_hidden]}, None, None]
    assert left(patient)["name"] == [{"given": ["甲", "乙", "丙"]}]


def test_what_a_resource_must_have_is_said_to_be_masked() -> None:
    condition = {"resourceType": "Condition", "id": SHOWN, "subject": to("Patient", HIDDEN)}
    assert left(condition)["subject"] == MASKED
    provenance = {
        "resourceType": "Provenance",
        "id": SHOWN,
        "target": [to("Condition", HIDDEN), to("Condition", f"{HERE}.{'f' * 16}")],
        "recorded": "2026-03-01T09:00:00Z",
        "agent": [{"who": {"display": "x"}}],
    }
    found = left(provenance, f"{HERE}.{'f' * 16}")
    assert found["target"] == [MASKED]
    assert Validator().valid(found)


def test_an_address_of_a_hidden_document_goes_with_what_it_says() -> None:
    url = f"Binary/{HIDDEN}"
    document = {
        "resourceType": "DocumentReference",
        "id": SHOWN,
        "status": "current",
        "content": [{"attachment": {"title": "HIV", "url": url}, "format": {"code": "x"}}],
    }
    assert left(document)["content"] == [{"attachment": MASKED, "format": {"code": "x"}}]
    assert Validator().valid(left(document))


def test_a_contained_resource_stands_in_its_place() -> None:
    contained = {"resourceType": "Condition", "id": "1", "subject": to("Patient", HIDDEN)}
    found = left(encounter(contained=[contained]))
    assert found["contained"] == [{**contained, "subject": MASKED}]


def test_what_r4_does_not_know_is_searched_too() -> None:
    assert left(encounter(unheard={"of": [to("Condition", HIDDEN), {"x": 1}]})) == encounter(
        unheard={"of": [{"x": 1}]}
    )


def test_a_list_of_addresses_goes_whole() -> None:
    request = {
        "resourceType": "ServiceRequest",
        "id": SHOWN,
        "status": "active",
        "intent": "order",
        "subject": to("Patient", SHOWN),
        "instantiatesUri": ["urn:x", f"PlanDefinition/{HIDDEN}"],
    }
    assert "instantiatesUri" not in left(request)


IDS = [f"{HERE}.{letter * 16}" for letter in "abcdefgh"]


def some(type_: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from(IDS).map(lambda id_: to(type_, id_, display=id_[-4:]))


def several(items: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(items, min_size=1)


RESOURCES = st.one_of(
    st.fixed_dictionaries(
        {"resourceType": st.just("Condition"), "subject": some("Patient")},
        optional={
            "encounter": some("Encounter"),
            "evidence": several(st.fixed_dictionaries({"detail": several(some("Observation"))})),
        },
    ),
    st.fixed_dictionaries(
        {
            "resourceType": st.just("DiagnosticReport"),
            "status": st.just("final"),
            "code": st.just({"text": "x"}),
        },
        optional={
            "result": several(some("Observation")),
            "media": several(st.fixed_dictionaries({"link": some("Media")})),
            "text": st.just(DIV),
        },
    ),
    st.fixed_dictionaries(
        {
            "resourceType": st.just("Encounter"),
            "status": st.just("finished"),
            "class": st.just({"code": "AMB"}),
        },
        optional={
            "diagnosis": several(st.fixed_dictionaries({"condition": some("Condition")})),
            "reasonReference": several(some("Condition")),
        },
    ),
)


@settings(max_examples=200)
@given(resource=RESOURCES, hidden=st.sets(st.sampled_from(IDS)))
def test_no_hidden_id_is_left_and_what_is_left_is_valid(
    resource: dict[str, Any], hidden: set[str]
) -> None:
    body = orjson.dumps({"id": SHOWN, **resource})
    found = masked(body, hidden)
    assert not any(f"/{id_}".encode() in found for id_ in hidden)
    assert Validator().valid(orjson.loads(found))
    kept = {id_ for _, id_ in named([body], hidden)}
    if not hidden & {id_ for _, id_ in named([body], set())}:
        assert found is body
    elif resource["resourceType"] != "Condition":
        assert {id_ for _, id_ in named([found], set())} == kept


class Tangle:
    """A record in which everything refers to everything."""

    def __init__(self, record: Record) -> None:
        subject = to("Patient", record.patient)
        self.hiv = record.observation("R HIV", HIV_CODE)
        self.plain = record.observation()
        self.psy = record.put("Condition", "R PSY", subject=subject, code={"text": "F32"})
        self.cold = record.put("Condition", "N", subject=subject, code={"text": "J00"})
        self.visit = record.put(
            "Encounter",
            status="finished",
            subject=subject,
            diagnosis=[{"condition": to("Condition", one)} for one in (self.psy, self.cold)],
            **{"class": {"code": "AMB"}},
        )
        self.report = record.put(
            "DiagnosticReport",
            status="final",
            subject=subject,
            code={"text": "panel"},
            encounter=to("Encounter", self.visit),
            result=[to("Observation", one) for one in (self.hiv, self.plain)],
        )
        self.order = record.put(
            "MedicationRequest",
            "R",
            status="active",
            intent="order",
            subject=subject,
            encounter=to("Encounter", self.visit),
            reasonReference=[to("Condition", self.psy), to("Observation", self.hiv)],
            medicationCodeableConcept={"text": "x"},
        )
        self.all = {
            "Patient": [record.patient],
            "Observation": [self.hiv, self.plain],
            "Condition": [self.psy, self.cold],
            "Encounter": [self.visit],
            "DiagnosticReport": [self.report],
            "MedicationRequest": [self.order],
        }


PATHS = (
    "Patient/{person}/$everything",
    "Patient/{person}",
    "Patient?_id={person}",
    "Observation?patient={person}",
    "Condition?patient={person}",
    "Encounter?patient={person}&_include=Encounter:diagnosis&_include=Encounter:subject",
    "Encounter?patient={person}&status=finished",
    "DiagnosticReport?patient={person}&_include=DiagnosticReport:result",
    "DiagnosticReport?patient={person}&_include=DiagnosticReport:encounter&_sort=-date",
    "MedicationRequest?patient={person}&_include=MedicationRequest:encounter",
)


def answers(asker: Asker, person: str, tangle: Tangle) -> tuple[bytes, set[str]]:
    """Return everything an asker gets without naming what is hidden, and the ids it may read."""
    read = set()
    got = []
    for type_, ids in tangle.all.items():
        for id_ in ids:
            for rest in ("", "/_history", "/_history/1"):
                answer = asker.get(f"{type_}/{id_}{rest}")
                if answer.status_code == 200:
                    read.add(id_)
                    got.append(answer.content)
    got += [asker.get(path.format(person=person)).content for path in PATHS]
    return b"\n".join(got), read


CLASSES = ["Observation", "Condition", "Encounter", "DiagnosticReport", "Patient"]
EXCEPTIONS = st.lists(
    st.one_of(
        st.sampled_from(CLASSES).map(
            lambda name: {
                "type": "deny",
                "class": [{"system": "http://hl7.org/fhir/resource-types", "code": name}],
            }
        ),
        st.sampled_from(["HIV", "PSY"]).map(
            lambda code: {"type": "deny", "securityLabel": [label(code)]}
        ),
    ),
    max_size=3,
)


@pytest.fixture
def tangle(world: World) -> tuple[Record, Tangle]:
    record = world.record("tjh01", "0000012345")
    return record, Tangle(record)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(exceptions=EXCEPTIONS)
def test_no_answer_names_what_is_hidden(
    world: World, give: Give, tangle: tuple[Record, Tangle], exceptions: list[dict[str, Any]]
) -> None:
    record, everything = tangle
    given_ = give(permit("ih", provision=exceptions) if exceptions else permit("ih"))
    try:
        got, read = answers(world.login("ih"), record.person, everything)
        for ids in everything.all.values():
            for id_ in ids:
                assert (id_.encode() in got) is (id_ in read), id_
    finally:
        revoked = {**given_.json(), "status": "inactive"}
        path = f"Consent/{revoked['id']}"
        assert world.login("app", "PATRQT").request("PUT", path, json=revoked).status_code == 200


def test_case_18_a_report_says_nothing_of_hidden_results(
    world: World, give: Give, tangle: tuple[Record, Tangle]
) -> None:
    _, all_ = tangle
    deny = {"type": "deny", "securityLabel": [label("HIV")]}
    give(permit("ih", provision=[deny]))
    report = world.login("ih").get(f"DiagnosticReport/{all_.report}").json()
    assert report["result"] == [to("Observation", all_.plain)]
    assert report["encounter"] == to("Encounter", all_.visit)


def test_a_search_by_a_hidden_target_finds_nothing(
    world: World, give: Give, tangle: tuple[Record, Tangle]
) -> None:
    record, all_ = tangle
    deny = {"type": "deny", "securityLabel": [label("HIV")]}
    give(permit("ih", provision=[deny]))
    asker = world.login("ih")
    path = f"DiagnosticReport?patient={record.person}&result=Observation/"
    assert asker.ids(path + all_.plain) == [all_.report]
    assert asker.ids(path + all_.hiv) == []


def test_the_source_itself_reads_what_it_wrote(world: World, tangle: tuple[Record, Tangle]) -> None:
    _, all_ = tangle
    report = world.login("tjh01").get(f"DiagnosticReport/{all_.report}").json()
    assert len(report["result"]) == 2


def test_what_was_never_written_may_be_named(world: World, give: Give) -> None:
    record = world.record("tjh01", "0000012345")
    never, foreign = f"{record.compartment}.{'a' * 16}", f"{'z' * 16}.{'a' * 16}"
    report = record.put(
        "DiagnosticReport",
        status="final",
        code={"text": "panel"},
        result=[to("Observation", never), to("Observation", foreign)],
    )
    give(permit("ih"))
    found = world.login("ih").get(f"DiagnosticReport/{report}").json()
    assert found["result"] == [to("Observation", never)]
