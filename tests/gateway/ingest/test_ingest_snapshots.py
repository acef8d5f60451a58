"""Lists that a message gives whole: what it no longer lists is closed, and nothing else."""

from __future__ import annotations

import pytest
from ingest_feed import Feed, hl7, register, sent

from consent.labels import labels_for
from gateway.ingest.arrival.replay import replay
from gateway.ingest.pipeline import Pipeline
from gateway.translator import Translator

PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"
OTHER = "PID|1||8^^^TJH01^MR||Roe^Al||19010101|F"
_SENT = iter(range(1, 10**6))


def adt(*segments, event="A08", visit="V1", pid=PID):
    pv1 = [f"PV1|1|I|{'|' * 15}|{visit}^^^TJH01^VN"] if visit else []
    return hl7(
        f"EVN|{event}|20260301", pid, *(s for s in segments if s.startswith("NK1")), *pv1,
        *(s for s in segments if not s.startswith("NK1")),
        type_=f"ADT^{event}", control_id=str(next(_SENT)),
    )  # fmt: skip


def allergy(code, extra=""):
    return f"AL1|1|DA|{code}^{code}^L{extra}"


def kin(name, relation="MTH"):
    return f"NK1|1|{name}^A|{relation}"


def diagnosis(code, type_="F", more=""):
    return f"DG1|1||{code}^{code}^I10||20260301|{type_}{more}"


def insurance(plan):
    return f"IN1|1|{plan}^{plan}|C1|Company"


def codes(tjh, type_, element="clinicalStatus"):
    """The status of each resource of a type, by its code or name."""
    found = {}
    for one in tjh.resources(type_):
        if type_ == "RelatedPerson":
            found[one["name"][0]["family"]] = one.get("active", True)
        elif type_ == "Coverage":
            found[one["class"][0]["value"]] = one["status"]
        else:
            found[one["code"]["coding"][0]["code"]] = one[element]["coding"][0]["code"]
    return found


def test_what_a_list_leaves_out_is_closed_and_stands_again_when_it_is_listed(tjh):
    tjh(adt(allergy("PEN"), allergy("NUT"), kin("Ma"), kin("Pa", "FTH"), event="A01"))
    (receipt,) = tjh(adt(allergy("NUT"), kin("Pa", "FTH")))
    assert codes(tjh, "AllergyIntolerance") == {"PEN": "inactive", "NUT": "active"}
    assert codes(tjh, "RelatedPerson") == {"Ma": False, "Pa": True}
    assert tjh.findings(receipt.seq).count("unlisted") == 2
    (patient,) = tjh.resources("Patient")
    assert [one["name"]["family"] for one in patient["contact"]] == ["Pa"]
    tjh(adt(allergy("PEN"), kin("Ma"), event="A31", visit=""))
    assert codes(tjh, "AllergyIntolerance") == {"PEN": "active", "NUT": "inactive"}
    assert codes(tjh, "RelatedPerson") == {"Ma": True, "Pa": False}
    versions = [one["meta"]["versionId"] for one in tjh.resources("AllergyIntolerance")]
    assert sorted(versions) == ["2", "3"]  # nothing is deleted; each change is a version


def test_a_message_without_the_segments_says_nothing_of_the_list(tjh):
    tjh(adt(allergy("PEN"), kin("Ma"), diagnosis("E11"), insurance("P1"), event="A01"))
    tjh(adt())
    tjh(adt("AL1|1", event="A04"))  # a set number alone, as some systems send
    tjh(adt(allergy("NUT"), event="A03"))  # a discharge does not tell all
    assert codes(tjh, "AllergyIntolerance") == {"PEN": "active", "NUT": "active"}
    assert codes(tjh, "RelatedPerson") == {"Ma": True}
    assert codes(tjh, "Condition") == {"E11": "active"}
    assert codes(tjh, "Coverage") == {"P1": "active"}


def test_the_list_of_one_application_takes_nothing_from_another_s(tjh):
    def desk(*segments):
        sent_ = adt(*segments)
        assert sent_.count(b"|HIS|") == 1
        return sent_.replace(b"|HIS|", b"|DESK|")

    tjh(adt(allergy("PEN"), kin("Ma"), diagnosis("E11")))
    tjh(desk(allergy("NUT"), kin("Pa", "FTH"), diagnosis("I10")))
    assert codes(tjh, "AllergyIntolerance") == {"PEN": "active", "NUT": "active"}
    assert codes(tjh, "RelatedPerson") == {"Ma": True, "Pa": True}
    assert codes(tjh, "Condition") == {"E11": "active", "I10": "active"}
    tjh(desk(allergy("PEN")))  # both list it now, and the desk has no nuts any more
    assert codes(tjh, "AllergyIntolerance") == {"PEN": "active", "NUT": "inactive"}
    tjh(adt(allergy("LAT")))
    assert codes(tjh, "AllergyIntolerance")["PEN"] == "active"  # the desk has it
    tjh(desk(allergy("NUT")))
    assert codes(tjh, "AllergyIntolerance")["PEN"] == "inactive"


def test_a_segment_of_nulls_empties_the_list(tjh):
    tjh(adt(allergy("PEN"), allergy("NUT"), event="A01"))
    tjh(adt('AL1|1|""|""|""'))
    assert codes(tjh, "AllergyIntolerance") == {"PEN": "inactive", "NUT": "inactive"}


def test_diagnoses_and_insurances_are_of_their_visit(tjh):
    tjh(adt(diagnosis("E11"), diagnosis("I10"), insurance("P1"), insurance("P2"), event="A01"))
    tjh(adt(diagnosis("J20"), insurance("P2"), event="A04", visit="V2"))
    assert set(codes(tjh, "Condition").values()) == {"active"}
    assert codes(tjh, "Coverage") == {"P1": "active", "P2": "active"}
    tjh(adt(diagnosis("I10"), insurance("P3")))
    assert codes(tjh, "Condition") == {"E11": "inactive", "I10": "active", "J20": "active"}
    # The second visit still lists P2.
    assert codes(tjh, "Coverage") == {"P1": "cancelled", "P2": "active", "P3": "active"}
    tjh(adt(insurance("P3"), visit="V2"))
    assert codes(tjh, "Coverage")["P2"] == "cancelled"


def test_an_action_code_speaks_of_its_own_diagnosis_only(tjh):
    tjh(adt(diagnosis("E11"), diagnosis("I10"), event="A01"))
    tjh(adt(diagnosis("E11", more="|" * 15 + "U")))
    assert codes(tjh, "Condition") == {"E11": "active", "I10": "active"}


def test_a_withdrawn_diagnosis_stays_withdrawn(tjh):
    tjh(adt(diagnosis("E11"), diagnosis("I10"), event="A01"))
    tjh(adt(diagnosis("E11", more="|" * 15 + "D")))
    tjh(adt(diagnosis("I10")))
    status = {one["code"]["coding"][0]["code"]: one for one in tjh.resources("Condition")}
    assert "clinicalStatus" not in status["E11"]
    assert status["E11"]["verificationStatus"]["coding"][0]["code"] == "entered-in-error"


def test_what_others_tell_is_not_the_list_s_to_take_back(tjh):
    iam = "IAM|1|DA|PEN^PEN^L|SV||A"
    tjh(hl7("EVN|A60|20260301", PID, iam, type_="ADT^A60", control_id="I"))
    tjh(adt(allergy("PEN"), allergy("NUT"), event="A01"))
    order = "ORC|NW|P1\rOBR|1|P1||GLU"
    tjh(hl7(PID, allergy("NUT"), *order.split("\r"), type_="ORM^O01", control_id="O"))
    tjh(adt(allergy("EGG")))
    assert set(codes(tjh, "AllergyIntolerance").values()) == {"active"}
    problem = "PRB|AD|20260301|E11^E11^I10|P1"
    tjh(hl7(PID, problem, type_="PPR^PC1", control_id="P"))
    tjh(adt(diagnosis("I10")))
    assert codes(tjh, "Condition") == {"E11": "active", "I10": "active"}


def test_an_order_that_tells_a_closed_allergy_opens_it_again(tjh):
    tjh(adt(allergy("PEN"), allergy("NUT"), event="A01"))
    tjh(adt(allergy("NUT")))
    tjh(hl7(PID, allergy("PEN"), "ORC|NW|P1", "OBR|1|P1||GLU", type_="ORM^O01", control_id="O"))
    assert codes(tjh, "AllergyIntolerance") == {"PEN": "active", "NUT": "active"}


def test_lists_of_one_batch_and_of_other_patients(tjh):
    tjh(
        adt(allergy("PEN"), allergy("NUT"), event="A01"),
        adt(allergy("EGG"), event="A01", visit="W1", pid=OTHER),
        adt(allergy("NUT")),
        adt(allergy("NUT")),
    )
    assert codes(tjh, "AllergyIntolerance") == {
        "PEN": "inactive", "NUT": "active", "EGG": "active",
    }  # fmt: skip


def test_an_older_list_that_comes_late_closes_nothing(tjh):
    late = adt(allergy("PEN"), allergy("NUT"), event="A01").replace(b"|TJH01|", b"|NEW|", 1)
    lists = adt(allergy("NUT")), adt(allergy("EGG"), allergy("PEN"))
    tjh.accept(late)
    register(tjh.store, "new", "NEW")
    tjh.worker._book.refresh()
    tjh(*(one.replace(b"|TJH01|", b"|NEW|", 1) for one in lists))
    assert replay(tjh.store) == (1, 0)
    tjh.worker.drain()
    found = {
        one["code"]["coding"][0]["code"]: one["clinicalStatus"]["coding"][0]["code"]
        for one in tjh.resources("AllergyIntolerance", source="new")
    }
    assert found == {"PEN": "active", "NUT": "inactive", "EGG": "active"}


def test_one_code_is_one_diagnosis_of_a_visit_that_gets_surer(tjh):
    tjh(adt(diagnosis("E11", "A"), event="A01"))
    assert codes(tjh, "Condition", "verificationStatus") == {"E11": "provisional"}
    tjh(adt(diagnosis("E11", "F")))
    tjh(adt(diagnosis("E11", "W")))
    assert codes(tjh, "Condition", "verificationStatus") == {"E11": "confirmed"}
    (visit,) = tjh.resources("Encounter")
    assert len({one["condition"]["reference"] for one in visit["diagnosis"]}) == 1
    assert len(visit["diagnosis"]) == 3


def test_roles_of_one_diagnosis_in_one_message(tjh):
    tjh(adt(diagnosis("E11", "A"), diagnosis("E11", "F"), event="A01"))
    assert codes(tjh, "Condition", "verificationStatus") == {"E11": "confirmed"}
    (visit,) = tjh.resources("Encounter")
    assert [len(visit["diagnosis"])] == [2]


def test_an_erased_record_leaves_no_lists(tjh):
    tjh(adt(allergy("PEN"), event="A01"))
    home = tjh.home("7")
    with tjh.store.begin() as tx:
        assert len(tx.lists.of([home])) == 1
        tx.compartments.destroy(home)
        assert tx.lists.of([home]) == []


@pytest.mark.parametrize(
    ("setting", "allergies", "relatives"),
    [("none", "active", True), ("AL1 DG1", "inactive", True), ("NK1", "active", False)],
)
def test_a_hospital_that_sends_only_what_is_new_says_so(
    store, tmp_path, setting, allergies, relatives
):
    profile = tmp_path / "tjh.map"
    profile.write_text(f"site\n  snapshots {setting}\n", "utf-8")
    register(store, "tjh", "TJH01", profile=str(profile))
    translator = Translator()
    tjh = Feed(store, Pipeline(translator.of_feed, translator.valid, labels_for))
    tjh(adt(allergy("PEN"), kin("Ma"), event="A01"))
    (receipt,) = tjh(adt(allergy("NUT"), kin("Pa", "FTH")))
    assert codes(tjh, "AllergyIntolerance") == {"PEN": allergies, "NUT": "active"}
    assert codes(tjh, "RelatedPerson") == {"Ma": relatives, "Pa": True}
    closed = (allergies == "inactive") + (not relatives)
    assert tjh.findings(receipt.seq).count("unlisted") == closed
    (patient,) = tjh.resources("Patient")
    called = [one["name"]["family"] for one in patient["contact"]]
    assert called == (["Ma", "Pa"] if relatives else ["Pa"])


def reached(tjh):
    """What the patient's names, addresses and numbers are, in order."""
    (patient,) = tjh.resources("Patient")
    return {
        name: [
            one.get("text") or one.get("value") or one["line"][0] for one in patient.get(name, ())
        ]
        for name in ("identifier", "name", "address", "telecom")
    }


def person(event="A31", **fields):
    told = {2: "", 3: "7^^^TJH01^MR", 4: "", 5: "", 9: "", 11: "", 13: "", 14: ""}
    told |= {int(name[1:]): value for name, value in fields.items()}
    return adt(
        "PID|1|" + "|".join(told.get(n, "") for n in range(2, 15)), event=event, visit="", pid=""
    )


WHOLE = {
    "f2": "OLD1", "f4": "ALT1", "f5": "Doe^Jo~Doe^Joseph^^^^^L", "f9": "Smith^Jo",
    "f11": "1 Main^^B^^^^H~2 Side^^B^^^^M", "f13": "111^PRN^PH~222^PRN^CP~^NET^Internet^j@x.org",
    "f14": "333^WPN^PH",
}  # fmt: skip


def test_a_field_that_is_valued_again_takes_its_own_items_back_and_no_others(tjh):
    tjh(person("A28", **WHOLE))
    before = reached(tjh)
    assert before["identifier"] == ["7", "OLD1", "ALT1"]
    assert len(before["name"]) == 3
    assert len(before["telecom"]) == 4
    tjh(person(f5="New^Name", f11="3 New^^B", f13="444^PRN^PH"))
    assert reached(tjh) == {
        "identifier": ["7", "OLD1", "ALT1"], "name": ["Name New", "Jo Smith"],
        "address": ["3 New"], "telecom": ["444", "333"],
    }  # fmt: skip
    tjh(person(f9='""', f4='""', f14="555^WPN^PH"))
    assert reached(tjh) == {
        "identifier": ["7", "OLD1"], "name": ["Name New"],
        "address": ["3 New"], "telecom": ["444", "555"],
    }  # fmt: skip


def test_the_same_again_changes_nothing(tjh):
    tjh(person("A28", **WHOLE))
    (before,) = tjh.resources("Patient")
    tjh(person("A31", **WHOLE))
    (after,) = tjh.resources("Patient")
    assert without(after) == without(before)


def without(patient):
    return {name: value for name, value in patient.items() if name != "meta"}


def test_who_is_moved_is_not_registered_anew(tjh):
    tjh(person("A28", **WHOLE))
    before = reached(tjh)
    tjh(person("A02", f5="Doe^Jo", f11="1 Main^^B^^^^H", f13="111^PRN^PH"))
    assert reached(tjh) == before


def test_a_number_is_not_taken_back_by_leaving_it_out(tjh):
    tjh(person("A28", f3="7^^^TJH01^MR~88^^^NHSA^HC"))
    tjh(person("A31", f3="7^^^TJH01^MR"))
    assert reached(tjh)["identifier"] == ["7", "88"]


def test_where_a_relative_lives_is_what_the_last_list_says(tjh):
    tjh(adt("NK1|1|Ma^A|MTH|1 Main^^B^^^^H~2 Side^^B^^^^M|111^PRN^PH|333^WPN^PH"))
    tjh(adt("NK1|1|Ma^A|MTH|3 New^^B|222^PRN^CP"))
    (mother,) = tjh.resources("RelatedPerson")
    assert [one["line"][0] for one in mother["address"]] == ["3 New"]
    assert [one["value"] for one in mother["telecom"]] == ["333", "222"]


@pytest.mark.parametrize("together", [True, False])
def test_a_mother_by_number_is_the_one_whom_a_list_names(tjh, together):
    child = f"PID|1||B1^^^TJH01^MR||BB^Doe{'|' * 16}100^^^TJH01^MR"
    mother, father = "NK1|1|Doe^Jo|MTH^Mother^HL70063", "NK1|2|Doe^Max|FTH^Father^HL70063"
    told = [
        hl7(child, *relatives, type_="ADT^A28", control_id=f"born{number}")
        for number, relatives in enumerate([(), (mother, father), (father, mother), ()])
    ]  # fmt: skip
    sent(tjh, told, together)
    people = [one for one in tjh.resources("RelatedPerson") if one.get("active") is not False]
    assert sorted(one["name"][0]["given"] for one in people) == [["Jo"], ["Max"]]
    (jo,) = (one for one in people if "identifier" in one)
    assert jo["name"][0]["given"] == ["Jo"]
