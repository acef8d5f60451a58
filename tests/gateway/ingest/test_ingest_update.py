from copy import deepcopy

import pytest

from gateway.ingest.records.survivorship import linked
from gateway.ingest.versions.update import updated, without_meta
from gateway.store import Group

IDE = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"


def name(text, use="official", representation=None):
    item = {"use": use, "text": text}
    if representation:
        item["extension"] = [{"url": IDE, "valueCode": representation}]
    return item


def role(code, who):
    return {"type": [{"coding": [{"system": "s", "code": code}]}], "individual": {"display": who}}


# type, known, said, expected; elements only
POLICY = {"value": "7", "type": {"coding": [{"code": "SN"}]}}
CASES = {
    "not valued stays": ("Patient", {"gender": "male"}, {"birthDate": "1900"},
                         {"gender": "male", "birthDate": "1900"}),
    "valued replaces": ("Patient", {"gender": "male"}, {"gender": "female"}, {"gender": "female"}),
    "the same number without its type keeps it": (
        "Patient", {"identifier": [{"system": "s", "value": "1", "type": {"text": "MR"}}]},
        {"identifier": [{"system": "s", "value": "1"}]},
        {"identifier": [{"system": "s", "value": "1", "type": {"text": "MR"}}]}),
    "the same name without its use is that name": (
        "Patient", {"name": [name("A")]}, {"name": [{"text": "A"}]}, {"name": [name("A")]}),
    "extensions of a name are replaced by those of that name": (
        "Patient", {"extension": [{"url": "r", "valueCode": "a"}, {"url": "e", "valueCode": "x"}]},
        {"extension": [{"url": "r", "valueCode": "b"}, {"url": "r", "valueCode": "c"}]},
        {"extension": [{"url": "r", "valueCode": "b"}, {"url": "r", "valueCode": "c"},
                       {"url": "e", "valueCode": "x"}]}),
    "a choice has one type": (
        "Patient", {"deceasedBoolean": True}, {"deceasedDateTime": "2026"},
        {"deceasedDateTime": "2026"}),
    "what was said about a value goes with it": (
        "Patient", {"birthDate": "1900", "_birthDate": {"id": "x"}}, {"birthDate": "1901"},
        {"birthDate": "1901"}),
    "identifiers by system": (
        "Patient",
        {"identifier": [{"system": "a", "value": "1"}, {"system": "b", "value": "2"},
                        {"value": "3"}]},
        {"identifier": [{"system": "b", "value": "9"}, {"value": "4"}]},
        {"identifier": [{"system": "a", "value": "1"}, {"system": "b", "value": "9"},
                        {"value": "3"}, {"value": "4"}]}),
    "a number given up stays beside the new one": (
        "Encounter", {"identifier": [{"system": "s", "value": "1"}]},
        {"identifier": [{"system": "s", "value": "1", "use": "old"},
                        {"system": "s", "value": "2"}]},
        {"identifier": [{"system": "s", "value": "2"},
                        {"system": "s", "value": "1", "use": "old"}]}),
    "and is not taken away by the new one": (
        "Encounter", {"identifier": [{"system": "s", "value": "1", "use": "old"},
                                     {"system": "s", "value": "2"}]},
        {"identifier": [{"system": "s", "value": "2"}]},
        {"identifier": [{"system": "s", "value": "1", "use": "old"},
                        {"system": "s", "value": "2"}]}),
    "order alone changes nothing": (
        "Patient", {"identifier": [{"system": "a", "value": "1"}, {"system": "b", "value": "2"}]},
        {"identifier": [{"system": "b", "value": "2"}, {"system": "a", "value": "1"}]},
        {"identifier": [{"system": "a", "value": "1"}, {"system": "b", "value": "2"}]}),
    "a kind may be said twice": (
        "Patient", {"identifier": [{"system": "a", "value": "1"}, {"system": "a", "value": "2"}]},
        {"identifier": [{"system": "a", "value": "2"}, {"system": "a", "value": "3"}]},
        {"identifier": [{"system": "a", "value": "2"}, {"system": "a", "value": "3"}]}),
    "a number that has got a system": (
        "Coverage", {"identifier": [POLICY]}, {"identifier": [POLICY | {"system": "a"}]},
        {"identifier": [POLICY | {"system": "a"}]}),
    "a bed's number that has got its ward": (
        "Location",
        {"identifier": [{"value": "12"}, {"value": "13"}, {"system": "b", "value": "12"}]},
        {"identifier": [{"system": "a", "value": "W1^101^12"}]},
        {"identifier": [{"value": "13"}, {"system": "b", "value": "12"},
                        {"system": "a", "value": "W1^101^12"}]}),
    "a number of another kind, or of before, has none": (
        "Patient", {"identifier": [POLICY, {"value": "7", "use": "old"}]},
        {"identifier": [{"system": "a", "value": "7"}]},
        {"identifier": [POLICY, {"value": "7", "use": "old"}, {"system": "a", "value": "7"}]}),
    "names by use and script": (
        "Patient",
        {"name": [name("甲", representation="IDE"), name("Jia", representation="SYL"),
                  name("old", "old")]},
        {"name": [name("乙", representation="IDE")]},
        {"name": [name("乙", representation="IDE"), name("Jia", representation="SYL"),
                  name("old", "old")]}),
    "telecoms by system and use": (
        "Patient",
        {"telecom": [{"system": "phone", "use": "home", "value": "1"},
                     {"system": "phone", "use": "work", "value": "2"}]},
        {"telecom": [{"system": "phone", "use": "home", "value": "3"}]},
        {"telecom": [{"system": "phone", "use": "home", "value": "3"},
                     {"system": "phone", "use": "work", "value": "2"}]}),
    "addresses by use": (
        "Patient", {"address": [{"use": "home", "text": "1"}, {"use": "work", "text": "2"}]},
        {"address": [{"use": "home", "text": "3"}]},
        {"address": [{"use": "home", "text": "3"}, {"use": "work", "text": "2"}]}),
    "extensions by url": (
        "Patient", {"extension": [{"url": "a", "valueCode": "1"}, {"url": "b", "valueCode": "2"}]},
        {"extension": [{"url": "b", "valueCode": "3"}]},
        {"extension": [{"url": "a", "valueCode": "1"}, {"url": "b", "valueCode": "3"}]}),
    "other lists as a whole": (
        "Patient", {"generalPractitioner": [{"display": "a"}]},
        {"generalPractitioner": [{"display": "b"}]}, {"generalPractitioner": [{"display": "b"}]}),
    "contacts by relationship": (
        "Patient", {"contact": [{"relationship": [{"coding": [{"code": "N"}]}], "gender": "male"}]},
        {"contact": [{"relationship": [{"coding": [{"code": "E"}]}]}]},
        {"contact": [{"relationship": [{"coding": [{"code": "N"}]}], "gender": "male"},
                     {"relationship": [{"coding": [{"code": "E"}]}]}]}),
    "a period is filled from both ends": (
        "Encounter", {"period": {"start": "2026-03-01"}}, {"period": {"end": "2026-03-05"}},
        {"period": {"start": "2026-03-01", "end": "2026-03-05"}}),
    "a backbone element too": (
        "Encounter", {"hospitalization": {"admitSource": {"text": "a"}}},
        {"hospitalization": {"dischargeDisposition": {"text": "b"}}},
        {"hospitalization": {"admitSource": {"text": "a"}, "dischargeDisposition": {"text": "b"}}}),
    "a coded value as a whole": (
        "Encounter", {"serviceType": {"coding": [{"code": "1"}], "text": "x"}},
        {"serviceType": {"text": "y"}}, {"serviceType": {"text": "y"}}),
    "participants by type": (
        "Encounter", {"participant": [role("ATND", "a"), role("ADM", "b")]},
        {"participant": [role("ATND", "c")]},
        {"participant": [role("ATND", "c"), role("ADM", "b")]}),
    "labels and tags are kept": (
        "Patient", {"meta": {"source": "a", "profile": ["p"]}}, {"meta": {"source": "b"}},
        {"meta": {"source": "b", "profile": ["p"]}}),
    "an element FHIR does not know": ("Patient", {"x": 1}, {"x": 2}, {"x": 2}),
}  # fmt: skip


@pytest.mark.parametrize(("type_", "known", "said", "expected"), CASES.values(), ids=CASES)
def test_what_a_message_changes(type_, known, said, expected):
    head = {"resourceType": type_, "id": "1"}
    known, said = {**head, **known}, {**head, **said}
    before = deepcopy((known, said))
    assert updated(known, said) == {**head, **expected}
    assert (known, said) == before


def test_what_a_message_deletes_goes_unless_it_says_it_anew():
    known = {
        "resourceType": "Patient",
        "deceasedDateTime": "2026",
        "gender": "male",
        "active": True,
    }
    said = {"resourceType": "Patient", "gender": "female"}
    assert updated(known, said, erase=("deceasedBoolean", "gender", "maritalStatus")) == {
        "resourceType": "Patient", "active": True, "gender": "female",
    }  # fmt: skip


def test_one_link_of_several_is_taken_away():
    def to(name, type_="seealso"):
        return {"other": {"reference": f"Patient/{name}"}, "type": type_}

    known = {"resourceType": "Patient", "link": [to("a"), to("b"), to("a", "replaces")]}
    said = {"resourceType": "Patient", "gender": "male"}
    assert updated(known, said, ["link Patient/a"])["link"] == [to("b"), to("a", "replaces")]
    assert "link" not in updated({**known, "link": [to("a")]}, said, ["link Patient/a"])
    assert updated(known, {**said, "link": [to("c")]})["link"] == [*known["link"], to("c")]


def test_what_is_assumed_does_not_replace_what_is_known():
    said = {"resourceType": "Encounter", "status": "unknown", "length": {"value": 1}}
    known = {"resourceType": "Encounter", "status": "finished"}
    assert updated(known, said, weak=("status", "length", "priority")) == {
        **known, "length": {"value": 1},
    }  # fmt: skip
    patient = {"resourceType": "Patient", "deceasedDateTime": "2026"}
    assumed = {"resourceType": "Patient", "deceasedBoolean": False}
    assert updated(patient, assumed, weak=("deceasedBoolean",)) == patient


def test_what_the_store_said_is_taken_off():
    meta = {"versionId": "3", "lastUpdated": "x"}
    assert without_meta({"id": "1", "meta": meta}) == {"id": "1"}
    assert without_meta({"id": "1", "meta": {**meta, "source": "s"}})["meta"] == {"source": "s"}


def other(id_, type_):
    return {"other": {"reference": f"Patient/{id_}.p"}, "type": type_}


def test_merged_patients_point_to_one_another():
    group = Group("b", frozenset("abc"))
    see = {"other": {"reference": "Patient/x"}, "type": "seealso"}
    wrong = [other("b", "replaces"), see]

    def of(compartment, patient):
        return linked(patient, compartment, group, lambda one: f"{one}.p")

    assert of("a", {"link": wrong, "gender": "male"}) == {
        "gender": "male", "active": False, "link": [see, other("b", "replaced-by")],
    }  # fmt: skip
    assert of("b", {"active": False, "link": [other("a", "replaced-by")]}) == {
        "active": True, "link": [other("a", "replaces"), other("c", "replaces")],
    }  # fmt: skip


def test_a_patient_never_merged_stays_as_it_is():
    alone = Group("a", frozenset("a"))
    patient = {"gender": "male", "active": False}
    assert linked(patient, "a", alone, str) == patient
