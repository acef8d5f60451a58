"""How confidential something is adds up over messages; only who said it takes it back."""

from __future__ import annotations

import pytest
from ingest_feed import hl7, sent

from gateway.ingest.versions.restricting import labels_of, source_of, weighed, with_labels
from mappings import exact
from mappings.translate import Made

PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"
LOW, OTHER = "2345-7^Glucose^LN", "2951-2^Sodium^LN"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


def label(code, field=""):
    system = CONFIDENTIALITY if len(code) == 1 else ACT
    extension = [{"url": "https://yiqiao.org/fhir/StructureDefinition/label-source",
                  "valueString": field}]  # fmt: skip
    return {"system": system, "code": code} | ({"extension": extension} if field else {})


def resource(type_, *labels):
    return with_labels({"resourceType": type_, "id": "1"}, labels)


def told(labels):
    return [f"{source_of(one)} {one['code']}" for one in labels]


@pytest.mark.parametrize(
    ("type_", "known", "said", "erase", "stands", "still"),
    [
        ("Observation", ["R ORU ORC-28"], [], "", ["ORU ORC-28 R"], False),
        ("Observation", ["R ORU ORC-28"], ["N"], "", ["ORU ORC-28 N"], False),
        ("Observation", ["R ORM ORC-28"], ["N"], "", ["ORM ORC-28 R", "ORU ORC-28 N"], True),
        ("Observation", ["V ORU ORC-28"], ["PSY"], "", ["ORU ORC-28 V", "ORU ORC-28 PSY"], False),
        ("Observation", ["V ORU ORC-28"], ["R"], "", ["ORU ORC-28 R"], False),
        ("Observation", ["HIV ORU ORC-28"], ["R"], "", ["ORU ORC-28 HIV", "ORU ORC-28 R"], False),
        ("Observation", ["R ORU ORC-28"], [], "meta.security ORC-28", [], False),
        ("Observation", ["R inherited"], ["N"], "", ["inherited R", "ORU ORC-28 N"], True),
        ("Patient", ["R ORU PD1-12", "V ORU ARV"], [], "meta.security PD1-12", ["ORU ARV V"], True),
        ("Patient", ["R ORU PD1-12"], [], "meta.security", [], False),
        ("Patient", ["R ADT PD1-12"], [], "meta.security", ["ADT PD1-12 R"], True),
        ("Patient", ["V ORU ARV"], ["N"], "meta.security ARV-7", ["ORU ARV V", "ORU ARV N"], True),
        ("Patient", ["V ORU ARV"], ["R PD1-12"], "", ["ORU ARV V", "ORU PD1-12 R"], False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("replace", [True, False])
def test_who_said_it_takes_it_back(type_, known, said, erase, stands, still, replace):
    before = resource(type_, *(label(*one.split(" ", 1)) for one in known))
    made = Made(
        resource(type_, *(label(*one.split(" ", 1)) for one in said)), "h", "patient", replace,
        (erase, "x") if erase else ("x",),
    )  # fmt: skip
    left, heard, found = weighed(before, made, "ORU", late=False)
    after = (
        heard.resource if replace else resource(type_, *labels_of(left), *labels_of(heard.resource))
    )
    assert told(labels_of(after)) == stands
    assert heard.erase == ("x",)
    assert found is still
    assert told(labels_of(before)) == [" ".join(one.split(" ", 1)[::-1]) for one in known]


def test_an_older_message_only_adds_what_its_field_has_not_said():
    known = resource("Observation", label("N", "ORU ORC-28"))
    made = Made(resource("Observation", label("R")), "h", "patient", True)
    assert told(labels_of(weighed(known, made, "ORU", late=True)[1].resource)) == ["ORU ORC-28 N"]
    _, heard, _ = weighed(resource("Observation"), made, "ORU", late=True)
    assert told(labels_of(heard.resource)) == ["ORU ORC-28 R"]


def test_what_is_told_of_another_resource_keeps_its_source():
    moved = resource("Observation", label("R", "ORM ORC-28"), label("HIV", "inherited"))
    _, heard, _ = weighed(None, Made(moved, "h", "patient", False), "ADT", late=False)
    assert heard.resource == moved


def document(*codes):
    concepts = [{"coding": [label(code)]} for code in codes]
    return {"resourceType": "DocumentReference", "id": "1"} | (
        {"securityLabel": concepts} if codes else {}
    )


@pytest.mark.parametrize(
    ("known", "said", "late", "stands"),
    [
        ("R", "", False, "R"),
        ("R", "PSY", False, "R PSY"),
        ("R", "N", False, "N"),
        ("R", "N", True, "R N"),
        ("", "R", False, "R"),
    ],
)
@pytest.mark.parametrize("replace", [True, False])
def test_a_documents_own_labels_add_up_too(known, said, late, stands, replace):
    made = Made(document(*said.split()), "h", "patient", replace)
    before, heard, _ = weighed(document(*known.split()), made, "MDM", late=late)
    after = heard.resource.get("securityLabel") or before["securityLabel"]
    assert [one["coding"][0]["code"] for one in after] == stands.split()


def order(kind, orc28="", status="F", minute="30", value="5"):
    result = [f"OBX|1|NM|{LOW}||{value}||||||{status}"] if kind == "ORU^R01" else []
    return hl7(
        PID, f"ORC|RE|O1|F1{'|' * 25}{orc28}",
        f"OBR|1|O1|F1|{LOW}|||202603010800{'|' * 18}{status}",
        *result, type_=kind, version="2.5.1", control_id=kind + minute, application=kind,
        sent=f"20260301{minute.zfill(4)}00",
    )  # fmt: skip


def levels(tjh):
    with tjh.store.read() as tx:
        homes = [row.id for row in tx.compartments.of_organisation("tjh", "patient")]
        return {row.type: row.labels for row in tx.resources.rows(homes)}


ANSWERS = ("DiagnosticReport", "Observation", "ServiceRequest")


def each(tjh):
    found = levels(tjh)
    return {found[type_] for type_ in ANSWERS if type_ in found}


def test_a_correction_that_says_nothing_lifts_nothing(tjh):
    tjh(order("ORU^R01", "R", "P"))
    tjh(order("ORU^R01", "", "F", "40", "5.5"))
    assert each(tjh) == {"R"}
    assert tjh.resources("Observation")[0]["valueQuantity"]["value"] == 5.5


def test_the_field_that_said_it_takes_it_back(tjh):
    tjh(order("ORU^R01", "HIV", "P"))
    assert each(tjh) == {"HIV R"}
    tjh(order("ORU^R01", "N", "F", "40"))
    assert each(tjh) == {"N"}


@pytest.mark.parametrize("first", ["ORM^O01", "ORU^R01"])
def test_an_order_restricts_what_answers_it_in_either_order(tjh, first):
    restricted, answer = order("ORM^O01", "HIV"), order("ORU^R01", "", minute="40")
    for message in (restricted, answer) if first == "ORM^O01" else (answer, restricted):
        tjh(message)
    assert each(tjh) == {"HIV R"}
    tjh(order("ORU^R01", "N", "F", "50"))  # the laboratory does not take back what the ward said
    assert each(tjh) == {"HIV R"}
    tjh(order("ORM^O01", "N", minute="55"))
    assert each(tjh) == {"N"}
    before = [one["meta"]["versionId"] for one in tjh.resources()]
    tjh(order("ORM^O01", "N", minute="57"))
    assert [one["meta"]["versionId"] for one in tjh.resources()] == before


def test_an_older_result_restricts_the_newer_one(tjh):
    tjh(order("ORU^R01", "", "F", "40"))
    receipts = tjh(order("ORU^R01", "R", "P", "30"))
    assert each(tjh) == {"R"}
    assert tjh.resources("Observation")[0]["status"] == "final"
    assert "superseded" in tjh.findings(receipts[0].seq)


def test_a_drug_that_is_dispensed_is_as_its_order(tjh):
    drug = "A10BA02^Metformin^ATC"
    tjh(hl7(PID, f"ORC|NW|R1{'|' * 26}PSY", f"RXE||{drug}|1||mg", type_="RDE^O11"))
    tjh(hl7(PID, "ORC|RE|R1", f"RXD|1|{drug}|20260301|1|TAB", type_="RDS^O13", control_id="2"))
    tjh(hl7(PID, "ORC|RE|R1", f"RXA|0|1|20260301||{drug}|1|mg", type_="RAS^O17", control_id="3"))
    found = levels(tjh)
    assert found["MedicationDispense"] == found["MedicationAdministration"] == "PSY R"
    assert found["Patient"] == "N"


@pytest.mark.parametrize("code", ["75622-1^HIV^LN", f"{OTHER}"])
def test_a_report_that_came_as_a_document_is_as_its_report(tjh, code):
    orc = f"ORC|RE||F1{'|' * 25}{'' if 'HIV' in code else 'HIV'}"
    pdf = "OBX|1|ED|LAB^Report^L^11502-2^^LN||^AP^PDF^Base64^JVBERi0xLjQK||||||F"
    tjh(hl7(PID, orc, f"OBR|1||F1|{code}", pdf, f"OBX|2|NM|{LOW}||5||||||F", type_="ORU^R01"))
    found = levels(tjh)
    with tjh.store.read() as tx:
        (binary,) = tx.resources.rows([tjh.resources()[0]["id"].partition(".")[0]], ["Binary"])
    assert {found["DocumentReference"], found["Observation"], binary.labels} == {"HIV R"}


def test_a_document_of_an_order_is_as_the_order(tjh):
    tjh(hl7(
        PID, f"ORC|RE|O1{'|' * 26}HIV", f"OBR|1|O1||{LOW}",
        "TXA|1|11502-2^Report^LN|TX|||||||||D1|||||AU", "OBX|1|TX|11502-2^R^LN||text||||||F",
        type_="MDM^T02",
    ))  # fmt: skip
    assert levels(tjh)["DocumentReference"] == "HIV R"


def person(*more, minute="30"):
    sent = f"20260301{minute.zfill(4)}00"
    return hl7(PID, *more, type_="ADT^A08", control_id=minute, version="2.9", sent=sent)


VISIT = "PV1|1|I|||||||||||||||||V1"
Y, N, NULL = (f"PD1{'|' * 12}{value}" for value in ("Y", "N", '""'))
ARV = "ARV|1|A|DEM^All^HL70717||||V^very^HL70952|PSY^x^HL70177"


def test_one_fields_restriction_leaves_anothers(tjh):
    tjh(person(ARV))
    tjh(person(Y, minute="31"))
    assert levels(tjh)["Patient"] == "PSY V"
    for number, indicator in enumerate((NULL, N)):
        (receipt,) = tjh(person(indicator, minute=f"4{number}"))
        assert levels(tjh)["Patient"] == "PSY V"
        assert "still-restricted" in tjh.findings(receipt.seq)
    tjh(person("ARV|1|A|NO", minute="50"))
    assert levels(tjh)["Patient"] == "PSY V"


@pytest.mark.parametrize("lifted", [N, NULL])
def test_a_patient_restricts_the_record_and_frees_it(tjh, lifted):
    tjh(person(VISIT, f"OBX|1|NM|{LOW}||5||||||F"))
    tjh(person(Y, VISIT, minute="31"))
    assert set(levels(tjh).values()) == {"R"}
    tjh(person(VISIT, "AL1|1|DA|A01AA01^x^ATC", minute="32"))
    assert set(levels(tjh).values()) == {"R"}
    tjh(person(lifted, VISIT, minute="33"))
    found = levels(tjh)
    assert (found["Patient"], found["Encounter"], found["Observation"]) == ("N", "N", "N")


def levels_of(tjh, mrn):
    with tjh.store.read() as tx:
        return {row.type: row.labels for row in tx.resources.rows([tjh.home(mrn)])}


@pytest.mark.parametrize("first", ["restricted", "merged"])
@pytest.mark.parametrize("whose", ["7", "8"])
def test_records_that_are_one_are_restricted_alike(tjh, whose, first):
    """Whatever the patient asked for under one number holds under the other."""

    def of(mrn, message):
        return message.replace(b"7^^^", f"{mrn}^^^".encode())

    result = f"OBX|1|NM|{LOW}||5||||||F"
    tjh(person(VISIT, result), of("8", person(VISIT, result, minute="31")))
    closing = of(whose, person(Y, VISIT, minute="32"))
    merge = hl7(
        PID.replace("7^^^", "8^^^"), "MRG|7^^^TJH01^MR", type_="ADT^A40", control_id="M",
        sent="20260301003150" if first == "merged" else "20260301003250",
    )  # fmt: skip
    for message in (closing, merge) if first == "restricted" else (merge, closing):
        tjh(message)
    for mrn in ("7", "8"):
        assert set(levels_of(tjh, mrn).values()) == {"R"}
    other = "8" if whose == "7" else "7"
    tjh(of(other, person(N, VISIT, minute="40")))
    assert set(levels_of(tjh, other).values()) == {"R"}
    tjh(of(whose, person(N, VISIT, minute="41")))
    for mrn in ("7", "8"):
        assert set(levels_of(tjh, mrn).values()) == {"N"}


@pytest.mark.parametrize("together", [True, False])
def test_of_several_merged_records_one_restricts_all(tjh, together):
    def of(mrn, *more, event="A08", control_id=""):
        segments = (PID.replace("7^^^", f"{mrn}^^^"), *more)
        return hl7(*segments, type_=f"ADT^{event}", control_id=control_id or mrn)

    merges = [of("9", f"MRG|{mrn}^^^TJH01^MR", event="A40", control_id=f"M{mrn}") for mrn in "78"]
    sent(tjh, [of("7", Y), of("8"), of("9"), *merges], together)
    assert {levels_of(tjh, mrn)["Patient"] for mrn in "789"} == {"R"}


def test_records_that_are_only_linked_are_restricted_apart(tjh):
    other = PID.replace("7^^^", "8^^^")
    tjh(person(Y), hl7(other, type_="ADT^A08", control_id="2"))
    tjh(hl7(PID, other, type_="ADT^A24", control_id="3"))
    assert (levels_of(tjh, "7")["Patient"], levels_of(tjh, "8")["Patient"]) == ("R", "N")


def test_data_are_under_the_labels_that_their_document_has_now(tjh):
    def document(orc28, minute, text="text"):
        orc = f"ORC|RE|O1{'|' * 26}{orc28}"
        return hl7(
            PID, orc, f"OBR|1|O1||{LOW}", "TXA|1|11502-2^Report^LN|TX|||||||||D1|||||AU",
            *([f"OBX|1|TX|11502-2^R^LN||{text}||||||F"] if text else []), type_="MDM^T02",
            control_id=minute, version="2.5.1", sent=f"2026030100{minute}00",
        )  # fmt: skip

    def data():
        with tjh.store.read() as tx:
            rows = tx.resources.rows([tjh.home("7")], ["Binary"])
            return [(row.labels, tx.resources.body(row)) for row in rows]

    tjh(document("HIV", "30"))
    ((labels, before),) = data()
    assert labels == "HIV R"
    tjh(document("N", "31", text=""))
    ((labels, after),) = data()
    assert labels == levels(tjh)["DocumentReference"] == "N"
    assert exact.loads(before)["data"] == exact.loads(after)["data"]
    tjh(document("", "32", text=""))
    assert [body for _, body in data()] == [after]


def test_a_visit_restricts_what_was_done_in_it(tjh):
    restricted = f"PV2{'|' * 22}Y"
    tjh(person(VISIT, restricted, "DG1|1||I10^x^I10|||F"))
    tjh(person(VISIT, "DG1|1||I10^x^I10|||F", minute="31"))
    found = levels(tjh)
    assert (found["Patient"], found["Encounter"], found["Condition"]) == ("N", "R", "R")
    tjh(person(VISIT, restricted.replace("Y", "N"), minute="32"))
    found = levels(tjh)
    assert (found["Encounter"], found["Condition"]) == ("N", "N")


def test_a_confidential_diagnosis_stays_one_until_it_is_said_not_to_be(tjh):
    for number, (said, expected) in enumerate((("Y", "R"), ("", "R"), ("N", "N"))):
        tjh(person(VISIT, f"DG1|1||I10^x^I10|||F{'|' * 12}{said}", minute=str(30 + number)))
        assert levels(tjh)["Condition"] == expected


# -- the classification of a message (MSH-26) ------------------------------------------------------


def tagged(message, code, *, minute):
    """Classify a message, a minute later than the one before."""
    head, _, rest = message.partition(b"\r")
    fields = head.split(b"|") + [b""] * 14
    fields[6], fields[9] = f"2026030100{minute}00".encode(), f"T{minute}".encode()
    fields[25] = code.encode()
    return b"|".join(fields) + b"\r" + rest


@pytest.mark.parametrize(("code", "level"), [("R", "R"), ("v^very^HL70952", "V"), ("secret", "R")])
def test_a_classified_message_restricts_what_it_tells(tjh, code, level):
    tjh(person(VISIT))
    tjh(tagged(order("ORU^R01"), code, minute=40))
    assert each(tjh) == {level}
    assert (levels(tjh)["Patient"], levels(tjh)["Encounter"]) == ("N", "N")
    tjh(tagged(order("ORU^R01"), "", minute=41))
    assert each(tjh) == {level}
    tjh(tagged(order("ORU^R01"), "N", minute=42))
    assert each(tjh) == {"N"}


def test_a_classified_registration_restricts_the_record(tjh):
    tjh(person(VISIT), tagged(person(VISIT), "R", minute=40))
    assert set(levels(tjh).values()) == {"R"}
    tjh(tagged(person(VISIT), "U", minute=41))
    assert set(levels(tjh).values()) == {"N"}
