"""Several orders of one placer's number are told apart by what they say, wherever they stand."""

from __future__ import annotations

from itertools import permutations

import pytest
from ingest_feed import hl7, sent

PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"
CULTURE, SUSCEPTIBILITY = ("F1", "CULT"), ("F1S", "SUSC")
_SENT = iter(range(1, 10**6))


def placed(*codes, control="NW"):
    """Return an order of a placer's, with no filler's numbers."""
    groups = [[f"ORC|{control}|O1", f"OBR|1|O1||{code}"] for code in codes]
    return told("ORM^O01", *[segment for group in groups for segment in group])


def results(*parts):
    groups = [
        [f"OBR|1|O1|{filler}|{code}||||||||||||||||||||||F", f"OBX|1|ST|{code}-1||x||||||F"]
        for filler, code in parts
    ]
    return told("ORU^R01", *[segment for group in groups for segment in group])


def prescribed(*drugs, control="NW"):
    groups = [[f"ORC|{control}|O1", f"RXE||{drug}|1||TAB"] for drug in drugs]
    return told("RDE^O11", *[segment for group in groups for segment in group])


def told(type_, *segments):
    number = next(_SENT)
    return hl7(PID, *segments, type_=type_, control_id=str(number))


def orders(tjh, type_="ServiceRequest"):
    """Return the orders there are, by their ids: the numbers of each, and what is ordered."""
    found = {}
    for one in tjh.resources(type_):
        code = one.get("code") or one["medicationCodeableConcept"]
        numbers = sorted(number["value"] for number in one.get("identifier", ()))
        found[one["id"]] = (*numbers, code["coding"][0]["code"])
    return found


def based_on(tjh):
    """Return what reports are of, and the order that each refers to."""
    known = orders(tjh)
    return {
        report["code"]["coding"][0]["code"]: known[reference["reference"].partition("/")[2]][-1]
        for report in tjh.resources("DiagnosticReport")
        for reference in report["basedOn"]
    }


BOTH = [("F1", "O1", "CULT"), ("F1S", "O1", "SUSC")]


@pytest.mark.parametrize("together", [True, False])
def test_two_fillers_of_one_order_keep_their_places(tjh, together):
    messages = [results(CULTURE, SUSCEPTIBILITY), results(SUSCEPTIBILITY, CULTURE)]
    if together:
        tjh(*messages)
        before = orders(tjh)
    else:
        tjh(messages[0])
        before = orders(tjh)
        tjh(messages[1])
    assert orders(tjh) == before
    assert sorted(before.values()) == BOTH
    assert based_on(tjh) == {"CULT": "CULT", "SUSC": "SUSC"}


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("messages", [
    *permutations([(CULTURE,), (CULTURE, SUSCEPTIBILITY), (SUSCEPTIBILITY, CULTURE)]),
    *permutations([(SUSCEPTIBILITY,), (CULTURE, SUSCEPTIBILITY), (SUSCEPTIBILITY,)]),
])  # fmt: skip
def test_one_of_them_alone_is_the_one_that_it_is(tjh, messages, together):
    said = [results(*parts) for parts in messages]
    for some in [said] if together else [[one] for one in said]:
        tjh(*some)
    assert sorted(orders(tjh).values()) == BOTH
    assert based_on(tjh) == {"CULT": "CULT", "SUSC": "SUSC"}


def test_without_a_placers_number_a_part_is_known_by_its_fillers(tjh):
    tjh(results(CULTURE, SUSCEPTIBILITY))
    before = orders(tjh)
    tjh(told("ORU^R01", "OBR|1||F1S|SUSC", "OBX|1|ST|SUSC-1||y||||||F"))
    assert orders(tjh) == before


def test_another_filler_of_an_order_that_has_several_is_a_new_one(tjh):
    tjh(results(CULTURE, SUSCEPTIBILITY), results(("F2", "GRAM")))
    before = orders(tjh)
    tjh(results(SUSCEPTIBILITY, ("F2", "GRAM")), results(("F2", "GRAM")), results(CULTURE))
    assert orders(tjh) == before
    assert sorted(before.values()) == [BOTH[0], BOTH[1], ("F2", "O1", "GRAM")]


@pytest.mark.parametrize("together", [True, False])
def test_a_filler_is_of_its_part_though_all_were_one_before(tjh, together):
    said = [results(CULTURE), results(SUSCEPTIBILITY), results(SUSCEPTIBILITY, CULTURE),
            told("ORU^R01", "OBR|1||F1S|SUSC", "OBX|1|ST|SUSC-1||y||||||F")]  # fmt: skip
    for some in [said] if together else [[one] for one in said]:
        tjh(*some)
    assert sorted(orders(tjh).values()) == BOTH


@pytest.mark.parametrize("codes", [*permutations(["CBC", "DIFF"])])
def test_parts_without_a_fillers_number_are_what_is_ordered(tjh, codes):
    tjh(placed(codes[0]))
    tjh(placed("CBC", "DIFF"))
    before = orders(tjh)
    assert sorted(before.values()) == [("O1", "CBC"), ("O1", "DIFF")]
    tjh(placed("DIFF", "CBC"), placed("DIFF", control="CA"))
    assert orders(tjh) == before
    states = {one["code"]["coding"][0]["code"]: one["status"]
              for one in tjh.resources("ServiceRequest")}  # fmt: skip
    assert states == {"CBC": "active", "DIFF": "revoked"}


def test_the_number_alone_names_what_it_named_before(tjh):
    tjh(placed("PANEL"))
    (panel,) = orders(tjh)
    tjh(results(CULTURE, SUSCEPTIBILITY))
    assert len(orders(tjh)) == 2
    tjh(told("ORM^O01", "ORC|CA|O1"))
    (revoked,) = (o["id"] for o in tjh.resources("ServiceRequest") if o["status"] == "revoked")
    assert revoked == panel


def test_an_order_that_says_itself_twice_is_two_in_their_places(tjh):
    tjh(results(CULTURE, CULTURE))
    before = orders(tjh)
    tjh(results(CULTURE, CULTURE))
    assert orders(tjh) == before
    assert len(before) == 2


@pytest.mark.parametrize("drugs", [*permutations(["AMOX^Amox^L", "ASA^Aspirin^L"])])
def test_drugs_of_one_prescription_are_told_apart(tjh, drugs):
    tjh(prescribed(*drugs))
    before = orders(tjh, "MedicationRequest")
    tjh(prescribed(*reversed(drugs)), prescribed(drugs[1]))
    assert orders(tjh, "MedicationRequest") == before
    assert sorted(before.values()) == [("O1", "AMOX"), ("O1", "ASA")]


@pytest.mark.parametrize(
    ("drugs", "found"),
    [(["AMOX^A^L", "CIP^C^L"], 1), (["AMOX^A^L", "AMOX^A^L^X1^Y^L2"], 0),
     (["AMOX^A^L", "X1^Y^L2"], 0)],
    ids=["another", "the same", "another coding"],
)  # fmt: skip
@pytest.mark.parametrize("together", [True, False])
def test_a_prescription_that_is_changed_to_another_drug_is_found(tjh, together, drugs, found):
    messages = [prescribed(drugs[0]), prescribed(drugs[1], control="XO")]
    receipts = sent(tjh, messages, together)
    assert len(tjh.resources("MedicationRequest")) == 1
    assert tjh.findings(receipts[1].seq).count("another-drug") == found
    ordered_ = told("OMP^O09", "ORC|NW|O1", "RXO|ASA^Aspirin^L|1||TAB")
    assert "another-drug" not in tjh.findings(tjh(ordered_)[0].seq)
    assert len(tjh.resources("MedicationRequest")) == 1


def drugs(tjh):
    """Return the drugs that are prescribed, and their states."""
    found = tjh.resources("MedicationRequest")
    return sorted(
        (one["medicationCodeableConcept"]["coding"][0]["code"], one["status"]) for one in found
    )


def line(control, minute, drug, application="HIS"):
    return hl7(
        PID, f"ORC|{control}|O1", f"RXE||{drug}^x^L|1||TAB", type_="RDE^O11",
        control_id=str(next(_SENT)), sent=f"2026030108{minute:02}", application=application,
    )  # fmt: skip


NEW_A, NEW_B, NEW_C = line("NW", 1, "A"), line("NW", 2, "B"), line("NW", 4, "C")
A_IS_B = line("XO", 2, "B")


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        (lambda: [NEW_A, NEW_B], ["A", "B"]),
        (lambda: [NEW_B, NEW_A], ["A", "B"]),
        (lambda: [NEW_A, NEW_B, line("NW", 1, "A"), line("NW", 3, "B")], ["A", "B"]),
        (lambda: [NEW_A, NEW_B, NEW_C], ["A", "B", "C"]),
        (lambda: [NEW_A, NEW_B, line("XO", 3, "D"), line("NW", 1, "A")], ["B", "D"]),
        (lambda: [prescribed("A^x^L", "B^x^L"), line("NW", 31, "B"), NEW_C], ["A", "B", "C"]),
        (lambda: [NEW_A, A_IS_B, line("NW", 1, "A")], ["B"]),
        (lambda: [A_IS_B, NEW_A], ["B"]),
        (lambda: [NEW_A, line("RP", 2, "B")], ["B"]),
        (lambda: [NEW_A, line("NW", 2, "B", "PHARMACY")], ["B"]),
    ],
    ids=["two", "late", "again", "three", "changed", "one more", "a change", "after its change",
         "replaced", "dispensed"],
)  # fmt: skip
def test_another_drug_is_another_order_if_it_is_new(tjh, messages, expected, together):
    sent(tjh, messages(), together)
    assert [drug for drug, _ in drugs(tjh)] == expected


def test_drugs_of_one_number_that_came_one_by_one_are_known_by_what_they_are(tjh):
    given = told("RDS^O13", "ORC|RE|O1", "RXD|1|B^x^L|20260301|10|TAB||D1")
    tjh(NEW_A, NEW_B, line("CA", 3, "A"), given, line("DC", 5, "B"), line("NW", 6, "B"))
    assert drugs(tjh) == [("A", "cancelled"), ("B", "active")]
    (dispense,) = tjh.resources("MedicationDispense")
    ids = {known: id_ for id_, (_, known) in orders(tjh, "MedicationRequest").items()}
    (of,) = dispense["authorizingPrescription"]
    assert of["reference"] == f"MedicationRequest/{ids['B']}"


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("one_by_one", [True, False])
def test_who_cancels_a_prescription_by_its_number_cancels_each_drug(tjh, one_by_one, together):
    ordered = [NEW_A, NEW_B] if one_by_one else [prescribed("A^x^L", "B^x^L")]
    end = hl7(PID, "ORC|CA|O1", type_="RDE^O11", control_id="end", sent="202603010845")
    refusal = hl7("ORC|UC|O1", type_="RRE^O12", control_id="refusal", application="PHARMACY")
    sent(tjh, [*ordered, end], together)
    assert drugs(tjh) == [("A", "cancelled"), ("B", "cancelled")]
    sent(tjh, [refusal], together)
    assert drugs(tjh) == [("A", "active"), ("B", "active")]
    held = hl7(PID, "ORC|HD|O1", "RXE||A^x^L|1||TAB", type_="RDE^O11", control_id="held",
               sent="202603010850")  # fmt: skip
    sent(tjh, [held], together)
    assert drugs(tjh) == [("A", "on-hold"), ("B", "active")]


@pytest.mark.parametrize("one_by_one", [True, False])
def test_who_cancels_tests_by_their_number_cancels_what_was_ordered_by_it(tjh, one_by_one):
    tjh(*([placed("CBC"), placed("BMP")] if one_by_one else [placed("CBC", "BMP")]))
    tjh(told("ORM^O01", "ORC|CA|O1"))
    assert [one["status"] for one in tjh.resources("ServiceRequest")] == ["revoked", "revoked"]


def test_tests_of_one_number_that_are_ordered_one_by_one_are_two(tjh):
    tjh(placed("CBC"), placed("BMP"), placed("BMP", control="CA"), placed("CBC", control="XO"))
    states = {one["code"]["coding"][0]["code"]: one["status"]
              for one in tjh.resources("ServiceRequest")}  # fmt: skip
    assert states == {"BMP": "revoked", "CBC": "active"}


@pytest.mark.parametrize("messages", [*permutations([("F3",), ("F1", "F2"), ("F3", "F2", "F1")])])
def test_what_the_number_named_first_is_one_of_several(tjh, messages):
    for fillers in messages:
        tjh(results(*((filler, f"{filler}C") for filler in fillers)))
    expected = [("F1", "O1", "F1C"), ("F2", "O1", "F2C"), ("F3", "O1", "F3C")]
    assert sorted(orders(tjh).values()) == expected


@pytest.mark.parametrize("drug", ["AMOX", "ASA"])
@pytest.mark.parametrize(
    ("type_", "detail", "made", "element"),
    [("RAS^O17", "RXA|0|1|202603010820||{}^x^L|1|TAB", "MedicationAdministration", "request"),
     ("RDS^O13", "RXD|1|{}^x^L|202603010820|1|TAB||RX9", "MedicationDispense",
      "authorizingPrescription")],
)  # fmt: skip
def test_what_is_given_is_of_the_drug_that_it_says(tjh, type_, detail, made, element, drug):
    tjh(prescribed("AMOX^Amox^L", "ASA^Aspirin^L"))
    before = orders(tjh, "MedicationRequest")
    tjh(told(type_, "ORC|RE|O1", detail.format(drug)))
    assert orders(tjh, "MedicationRequest") == before
    (given,) = tjh.resources(made)
    reference = given[element][0] if isinstance(given[element], list) else given[element]
    assert before[reference["reference"].partition("/")[2]] == ("O1", drug)


def culture(parent, *fillers):
    """Return results of a culture (F1) and its susceptibilities, which name their parent."""
    groups = [("F1", "CULT", "")] + [(filler, "SUSC", parent) for filler in fillers]
    return told("ORU^R01", *[
        segment for filler, code, of in groups for segment in
        (f"OBR|1|O1^HIS|{filler}^LIS|{code}{'|' * 21}F||||{of}", f"OBX|1|ST|{filler}X||x||||||F")
    ])  # fmt: skip


def parents(tjh):
    """Return what orders are part of, by their fillers' numbers."""
    known = {f"ServiceRequest/{one['id']}": one for one in tjh.resources("ServiceRequest")}
    named = {name: one["identifier"][-1]["value"] for name, one in known.items()}
    return {
        named[name]: [named.get(each.get("reference")) for each in one.get("basedOn", ())]
        for name, one in known.items()
    }


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("parent", ["O1&HIS^F1&LIS", "^F1&LIS"])
def test_parts_of_a_culture_are_part_of_it(tjh, parent, together):
    sent(tjh, [results(("F0", "OTHER")), *[culture(parent, "F1S", "F1T")] * 2], together)
    found = parents(tjh)
    assert {name: found[name] for name in ("F1", "F1S", "F1T")} == {
        "F1": [], "F1S": ["F1"], "F1T": ["F1"]
    }  # fmt: skip


def test_a_placers_number_alone_leads_to_the_only_other_order_of_it(tjh):
    tjh(culture("O1&HIS", "F1S", "F1T"))
    assert parents(tjh) == {"F1": [], "F1S": ["F1"], "F1T": ["F1"]}


def test_parts_of_what_is_not_told_are_not_part_of_one_another(tjh):
    message = culture("O1&HIS", "F1S", "F1T")
    tjh(message.replace(b"F1^LIS|CULT", b"F9^LIS|CULT").replace(b"O1^HIS|F9", b"O9^HIS|F9"))
    assert parents(tjh) == {"F9": [], "F1S": [None], "F1T": [None]}


def test_what_is_no_number_of_an_order_leads_nowhere(tjh):
    tjh(culture("O7&HIS^F7&LIS", "F1S"))
    assert parents(tjh) == {"F1": [], "F1S": [None]}


def alone(placer, filler, parent="", code="SUSC"):
    """Return an order, or a part of one, in a message of its own."""
    obr = f"OBR|1|{placer}^HIS|{filler}^LIS|{code}^{code}^L{'|' * 21}F||||{parent}"
    return told("ORU^R01", obr, f"OBX|1|ST|{filler}X||x||||||F")


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("placer", ["O1", "O2"])
@pytest.mark.parametrize("parent", ["O1&HIS^F1&LIS", "^F1&LIS", "O1&HIS"])
@pytest.mark.parametrize("messages", [*permutations(["F1", "F1S", "F1T"])])
def test_parts_find_what_they_are_part_of_in_another_message(
    tjh, messages, parent, placer, together
):
    whole = {"F1": alone("O1", "F1", code="CULT"), "F1S": alone(placer, "F1S", parent),
             "F1T": alone(f"{placer}T", "F1T", parent)}  # fmt: skip
    sent(tjh, [whole[name] for name in messages], together)
    assert parents(tjh) == {"F1": [], "F1S": ["F1"], "F1T": ["F1"]}
    sent(tjh, [whole[name].replace(b"|x|", b"|y|") for name in messages], together)
    assert parents(tjh) == {"F1": [], "F1S": ["F1"], "F1T": ["F1"]}


def test_an_order_without_a_number_of_its_fillers_stays_the_one_of_its_placers(tjh):
    tjh(alone("O1", "", code="CULT"), alone("O1", "F1", "O1&HIS", code="CULT"))
    (order,) = tjh.resources("ServiceRequest")
    assert [one["value"] for one in order["identifier"]] == ["O1", "F1"]


def reflex(filler, parent, code="SUSC", action="", placer="O1"):
    """Return what a filler does after the results of an order, reported by itself."""
    obr = f"OBR|1|{placer}^HIS|{filler}^LIS|{code}^{code}^L|||||||{action}{'|' * 14}F||||{parent}"
    return told("ORU^R01", obr, f"OBX|1|ST|{filler}X||x||||||F")


def ordered(code="CULT", placer="O1", of=""):
    return told(
        "OML^O21", f"ORC|NW|{placer}^HIS", f"OBR|1|{placer}^HIS||{code}^{code}^L{'|' * 25}{of}"
    )


@pytest.mark.parametrize(
    ("parent", "action", "code"),
    [("O1&HIS^F1&LIS", "", "SUSC"), ("O1&HIS^F1&LIS", "G", "CULT"), ("^F1&LIS", "G", "SUSC"),
     ("O1&HIS", "", "SUSC")],
)  # fmt: skip
@pytest.mark.parametrize("messages", [
    *permutations(["NW", "F1S", "F1"]), ("NW", "F1S", "F1T", "F1"), ("F1T", "F1S", "F1", "NW"),
])  # fmt: skip
def test_what_a_filler_adds_leaves_the_doctors_order_to_what_was_ordered(
    tjh, messages, parent, action, code
):
    whole = {"NW": ordered(), "F1": alone("O1", "F1", code="CULT")}
    whole |= {name: reflex(name, parent, code, action) for name in ("F1S", "F1T")}
    sent(tjh, [whole[name] for name in messages], together=not action)
    fillers = sorted({*messages} - {"NW"})
    assert parents(tjh) == {name: [] if name == "F1" else ["F1"] for name in fillers}
    assert sorted(orders(tjh).values()) == [
        (name, "O1", "CULT" if name == "F1" else code) for name in fillers
    ]


def test_until_the_whole_is_reported_the_doctors_order_is_open(tjh):
    tjh(ordered(), reflex("F1S", "O1&HIS^F1&LIS"), told("ORM^O01", "ORC|SC|O1^HIS|||HD"))
    states = {one["code"]["text"]: one["status"] for one in tjh.resources("ServiceRequest")}
    assert states == {"CULT": "on-hold", "SUSC": "completed"}


@pytest.mark.parametrize("said", [
    [ordered("SUSC", "O2"), reflex("F2", "O9&HIS", "ABG", "G", placer="O2")],
    [ordered("SUSC", "O2", "O1&HIS^F1&LIS"), reflex("F2", "O1&HIS^F1&LIS", "ABG", placer="O2")],
    [alone("O1", "F1"), ordered("SUSC", "O2"), reflex("F2", "^F1&LIS", "ABG", "G", placer="O2")],
    [ordered(), reflex("F1", "O1&HIS^F1&LIS", "MICRO")],
    [ordered(), reflex("F1", "", "CULT", "G")],
], ids=["another's", "of the same", "known part", "its own number", "the same work"])  # fmt: skip
def test_a_part_that_was_ordered_is_that_order(tjh, said):
    tjh(*said)
    ids = {number["value"]: one["id"] for one in tjh.resources("ServiceRequest")
           for number in one["identifier"]}  # fmt: skip
    last = ("O1", "F1") if len(ids) == 2 and "O1" in ids else ("O2", "F2")
    assert len({ids[number] for number in last}) == 1


def test_a_part_of_a_prescription_finds_it(tjh):
    tjh(told("RDE^O11", "ORC|NW|O2||||||O1", "RXE|^^^20260301|ASA^Aspirin^L|1||TAB"))
    (drug,) = tjh.resources("MedicationRequest")
    assert "reference" not in drug["basedOn"][0]
    tjh(told("RDE^O11", "ORC|NW|O1", "RXE|^^^20260301|AMOX^Amox^L|1||TAB"))
    found = {one["identifier"][0]["value"]: one for one in tjh.resources("MedicationRequest")}
    named = found["O2"]["basedOn"][0]["reference"]
    assert named == f"MedicationRequest/{found['O1']['id']}"


def test_whoever_gave_out_a_number_that_is_not_there_numbers_nothing(tjh):
    for code in ("CULT", "CULT", "SUSC"):
        tjh(told("ORU^R01", f"OBR|1||^LIS|{code}^{code}^L", "OBX|1|ST|X||x||||||F"))
    assert len(tjh.resources("ServiceRequest")) == 3


@pytest.mark.parametrize("together", [True, False])
def test_what_a_filler_does_under_a_number_of_its_own_is_another_order(tjh, together):
    ordered = told("OML^O21", "ORC|NW|O1^HIS", "OBR|1|O1^HIS||CBC^CBC^L")
    sent(tjh, [ordered, alone("O1", "F1", code="CBC"), alone("O1", "F2", code="DIFF")], together)
    known = {("F1", "O1", "CBC"), ("F2", "O1", "DIFF")}
    assert {*orders(tjh).values()} == known
    sent(tjh, [alone("O1", "F2", code="DIFF"), alone("O1", "F1", code="CBC")], together)
    assert {*orders(tjh).values()} == known


@pytest.mark.parametrize(
    ("filler", "code"), [("F2^LIS", "CBC"), ("F2^RIS", "DIFF")], ids=["same", "another filler"]
)
def test_what_may_be_the_same_work_is_one_order(tjh, filler, code):
    tjh(alone("O1", "F1", code="CBC"))
    tjh(told("ORU^R01", f"OBR|1|O1^HIS|{filler}|{code}^x^L", "OBX|1|ST|X||x||||||F"))
    assert len(tjh.resources("ServiceRequest")) == 1
