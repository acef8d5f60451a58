"""Several dosages of one prescription: of several TQ1, repetitions of ORC-7 and RXE-1, RXR."""

from __future__ import annotations

import random
from typing import Any

import pytest
from speaking import JSON, PID, found, message, of, one
from test_mappings_account import explained, lost, words
from test_mappings_corpus import HashedIds

from mappings.translate import Translation

ORC, RXE = "ORC|NW|P1", "RXE||A^Amox^L|250||mg"
UCUM = "http://unitsofmeasure.org"


def said(*segments: str, kind: str = "RDE^O11", version: str = "2.5.1") -> tuple[Any, list[str]]:
    """The dosages of a prescription in short, and what was found."""
    made = message(kind, PID, *segments, version=version)
    dosages = one(made, "MedicationRequest")["dosageInstruction"]
    return [short(each) for each in dosages], found(made)


def short(dosage: JSON) -> tuple[Any, ...]:
    """Pattern, days, dose with its unit, route and number of a dosage."""
    timing = dosage.get("timing", {})
    code = timing.get("code", {}).get("coding", [{}])[0].get("code")
    days = timing.get("repeat", {}).get("boundsDuration", {}).get("value")
    (dose,) = [
        (d["doseQuantity"]["value"], d["doseQuantity"].get("code"))
        for d in dosage.get("doseAndRate", [{"doseQuantity": {"value": None}}])
        if "type" not in d
    ]
    route = dosage.get("route", {}).get("coding", [{}])[0].get("code")
    return code, days, *dose, route, dosage.get("sequence")


@pytest.mark.parametrize(
    "segments",
    [
        (ORC, "TQ1|1||TID", "TQ1|2||QHS", RXE, "RXR|PO"),
        (ORC, RXE, "TQ1|1||TID", "TQ1|2||QHS", "RXR|PO"),
        (ORC, "TQ1|1||TID", "NTE|1||fine", "TQ1|1||QHS", RXE, "RXR|PO"),
        (ORC, "TQ1|1||TID", "TQ1|2||QHS", "RXO|A^Amox^L", RXE, "TQ1|1||TID", "TQ1|||QHS", "RXR|PO"),
        (f"{ORC}|||||^TID~^QHS", RXE, "RXR|PO"),
        (ORC, RXE.replace("||", "|^TID~^QHS|", 1), "RXR|PO"),
        (f"{ORC}|||||^TID", "TQ1|1||TID", "TQ1|2||QHS", RXE, "RXR|PO"),
        (f"{ORC}|||||~^TID~~^QHS~", RXE, "RXR|PO"),
    ],
)
def test_each_timing_is_a_dosage_of_the_same_drug(segments: tuple[str, ...]) -> None:
    dosages, findings = said(*segments)
    assert dosages == [("TID", None, 250, "mg", "PO", None), ("QHS", None, 250, "mg", "PO", None)]
    assert findings == []


@pytest.mark.parametrize("kind", ["OMP^O09", "ORM^O01"])
def test_an_order_s_dosages(kind: str) -> None:
    rxo = "RXO|A^Amox^L|500||mg"
    made = message(kind, PID, ORC, "TQ1|1||TID", "TQ1|2||QHS", rxo, "RXR|IV")
    first, second = one(made, "MedicationRequest")["dosageInstruction"]
    assert first["doseAndRate"] == second["doseAndRate"]
    assert first["doseAndRate"][0]["type"]["coding"][0]["code"] == "ordered"
    assert first["route"] == second["route"]
    assert found(made) == []


def test_orders_keep_their_own_dosages() -> None:
    made = message(
        "RDE^O11", PID, ORC, "TQ1|1||TID", RXE, "RXR|PO",
        "ORC|NW|P2", "TQ1|1||BID", "TQ1|2||QHS", RXE, "RXR|IV",
    )  # fmt: skip
    lists = [[short(d) for d in r["dosageInstruction"]] for r in of(made, "MedicationRequest")]
    assert [[(d[0], d[4]) for d in each] for each in lists] == [
        [("TID", "PO")], [("BID", "IVINJ"), ("QHS", "IVINJ")]
    ]  # fmt: skip


def test_a_drug_is_given_once_at_several_times() -> None:
    made = message(
        "RGV^O15", PID, "ORC|RE|P1", "RXG|1|1||A^Amox^L|500||mg", "TQ1|1||||||20260301080000",
        "TQ1|2||||||20260301200000", "RXR|PO",
    )  # fmt: skip
    _, give = of(made, "MedicationRequest")
    assert [(d["timing"]["event"], short(d)[2:5]) for d in give["dosageInstruction"]] == [
        ([f"2026-03-01T{hour}:00:00+08:00"], (500, "mg", "PO")) for hour in ("08", "20")
    ]
    assert found(made) == []


# -- one after the other ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("conjunctions", "numbers", "findings"),
    [
        (("S", "S", ""), [1, 2, 3], []),
        (("A", "A", ""), [1, 1, 1], []),
        (("S", "A", ""), [1, 2, 2], []),
        (("", "S", ""), [None, 1, 2], []),
        (("A", "", ""), [1, 1, None], []),
        (("", "", ""), [None, None, None], []),
        (("C", "", ""), [None, None, None], ["not-applicable {}"]),
    ],
)
def test_dosages_are_numbered_as_far_as_the_sender_says_what_follows(
    conjunctions: tuple[str, ...], numbers: list[int | None], findings: list[str]
) -> None:
    """In FHIR one number is at one time, another is later: nobody said that of TID and QHS."""
    tq1 = [f"TQ1|{n}||BID|||{n}^D||||||{c}" for n, c in enumerate(conjunctions, 1)]
    dosages, told = said(ORC, *tq1, RXE)
    assert [each[5] for each in dosages] == numbers
    assert told == [each.format("TQ1-12") for each in findings]
    timings = "~".join(f"^BID^D{n}^^^^^^{c}" for n, c in enumerate(conjunctions, 1))
    dosages, told = said(ORC, RXE.replace("||", f"|{timings}|", 1), version="2.3")
    assert [each[5] for each in dosages] == numbers
    assert told == [each.format("RXE-1.9") for each in findings]


def test_a_tapering_prescription() -> None:
    rxe = RXE.replace("||", "|1&tab^BID^D3^^^^^^S~2&tab^QD^D4|", 1)
    made = message("RDE^O11", PID, ORC, rxe, "RXR|PO", version="2.3")
    request = one(made, "MedicationRequest")
    assert [short(each) for each in request["dosageInstruction"]] == [
        ("BID", 3, 1, "{tablet}", "PO", 1), ("QD", 4, 2, "{tablet}", "PO", 2),
    ]  # fmt: skip
    assert found(made) == ["already-filled RXE-3", "already-filled RXE-5"]
    assert "dispenseRequest" not in request  # how long all of it lasts, nobody says
    order = f"{ORC}|||||{rxe.split('|')[1]}"
    assert said(order, "RXO|A^Amox^L", "RXR|PO", kind="OMP^O09", version="2.3") == (
        [short(each) for each in request["dosageInstruction"]], []
    )  # fmt: skip


# -- how much --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantities", "doses", "findings"),
    [
        (("", ""), [(250, "mg")] * 2, []),
        (("1", "1"), [(250, "mg")] * 2, ["not-applicable TQ1-2", "not-applicable TQ1[2]-2"]),
        (("2^tab", ""), [(250, "mg")] * 2, ["not-applicable TQ1-2"]),
        (("", "500^mg"), [(250, "mg"), (500, "mg")], []),
        (("250^mg", "250^mg"), [(250, "mg")] * 2, []),
        (("2^tab", "1^tab"), [(2, "{tablet}"), (1, "{tablet}")],
         ["already-filled RXE-3", "already-filled RXE-5"]),
        (("500^mg", "125^mg"), [(500, "mg"), (125, "mg")],
         ["already-filled RXE-3", "already-filled RXE-5"]),
    ],
)  # fmt: skip
def test_a_dosage_s_own_quantity_is_its_dose_where_it_says_another(
    quantities: tuple[str, str], doses: list[tuple[int, str]], findings: list[str]
) -> None:
    """In one unit, or where the dosages differ in it; else it counts what RXE-3 says."""
    tq1 = [f"TQ1|{n}|{quantity}|BID" for n, quantity in enumerate(quantities, 1)]
    for segments in ((ORC, *tq1, RXE), (ORC, RXE, *tq1)):
        dosages, told = said(*segments)
        assert [each[2:4] for each in dosages] == doses
        assert told == findings


def test_an_order_and_its_prescription_count_otherwise() -> None:
    """What differs is the same dosage, said twice: the amount of RXE-3 stands, words beside it."""
    for first, second, numbers in (
        ("1", "1^tab", (2, 3, 4)), ("1^tab", "1", (2, 3, 4)), ("x^tab", "2", (3, 4)),
    ):  # fmt: skip
        tq1 = [f"TQ1|{n}|{{}}|BID" for n in (1, 2)]
        before, behind = ([each.format(said) for each in tq1] for said in (first, second))
        dosages, told = said(ORC, *before, RXE, *behind)
        assert [each[2:4] for each in dosages] == [(250, "mg")] * 2
        assert {f"not-applicable TQ1[{n}]-2" for n in numbers} <= set(told)


def test_a_rate_and_a_most_stand_in_each_dosage_whatever_the_dose() -> None:
    rxe = "RXE||A^Amox^L|250|500|mg" + "|" * 14 + "2^g|" + "|" * 3 + "7|mL/h"
    made = message("RDE^O11", PID, ORC, "TQ1|1|100^mg|BID", "TQ1|2|200^mg|QHS", rxe)
    first, second = one(made, "MedicationRequest")["dosageInstruction"]
    for dosage, dose in ((first, 100), (second, 200)):
        (rated,) = dosage["doseAndRate"]
        assert rated["doseQuantity"]["value"] == dose
        assert rated["rateQuantity"]["value"] == 7
        assert "doseRange" not in rated
        assert dosage["maxDosePerPeriod"]["numerator"]["value"] == 2
    assert found(made) == [f"already-filled RXE-{n}" for n in (3, 4, 5)]


# -- which way -------------------------------------------------------------------------------------


def test_another_route_is_a_choice_and_no_other_dosage() -> None:
    routes = ("RXR|PO^Oral^HL70162", "RXR|IV^By vein|LA^Left arm||IVP^push", "RXR|NG")
    made = message("RDE^O11", PID, ORC, "TQ1|1||TID", "TQ1|2||QHS", RXE, *routes)
    dosages = one(made, "MedicationRequest")["dosageInstruction"]
    assert len(dosages) == 2
    for dosage in dosages:
        assert dosage["route"]["coding"][0]["code"] == "PO"
        assert [each["text"] for each in dosage["additionalInstruction"]] == [
            "or: By vein (IV)", "or: Left arm (LA)", "or: push (IVP)", "or: NG",
        ]  # fmt: skip
        assert "site" not in dosage
    assert found(made) == []
    made = message("RDS^O13", PID, "ORC|RE|P1", "RXD|1|A^Amox^L|20260310|28|TAB||RX5", *routes[::2])
    (dosage,) = one(made, "MedicationDispense")["dosageInstruction"]
    assert [each["text"] for each in dosage["additionalInstruction"]] == ["or: NG"]


def test_choices_without_end_are_found_and_not_spread() -> None:
    """Cost stays linear: what no prescription says is not said of each of its dosages."""
    routes = [f"RXR|R{number}" for number in range(200)]
    tq1 = [f"TQ1|{number}||BID" for number in range(200)]
    made = message("RDE^O11", PID, ORC, *tq1, RXE, *routes)
    dosages = one(made, "MedicationRequest")["dosageInstruction"]
    assert len(dosages) == len(tq1)
    spread = len(dosages[0]["additionalInstruction"])
    assert 0 < spread < 40
    lost = {f.location for f in made.findings if f.code == "already-filled"}
    assert {f"RXR[{number}]-1" for number in range(spread + 2, 201)} <= lost


def test_what_the_order_and_the_prescription_say_otherwise_is_found() -> None:
    made = message("RDE^O11", PID, ORC, "RXO|A^Amox^L", "RXR|PO", RXE, "RXR|IV")
    assert found(made) == ["already-filled RXR[2]-1"]
    made = message("RDE^O11", PID, ORC, "TQ1|1||TID", RXE, "TQ1|1||BID")
    assert len(one(made, "MedicationRequest")["dosageInstruction"]) == 1
    assert {each.split(".")[0] for each in found(made)} == {"already-filled TQ1[2]-3"}


def test_a_service_has_one_time_and_the_others_are_found() -> None:
    """R4 has one occurrence; what a second one says is not mixed into it."""
    tq1 = ("TQ1|1|1|QD|||1^H||||||S", "TQ1|2|2|BID|||1^D")
    made = message("OMG^O19", PID, ORC, *tq1, "OBR|1|P1||A^Aa^L")
    repeat = one(made, "ServiceRequest")["occurrenceTiming"]["repeat"]
    assert (repeat["frequency"], repeat["boundsDuration"]["value"]) == (1, 1)
    assert {"already-filled TQ1[2]-2", "already-filled TQ1[2]-6"} < set(found(made))
    assert not any(each.startswith("bad-value") for each in found(made))
    assert "TQ1-12" in {f.location for f in made.findings if f.code == "unmapped-field"}


@pytest.mark.parametrize(
    ("kind", "drug"), [("OMP^O09", "RXO|A^a^L"), ("RDE^O11", "RXE||A^a^L|1||TAB")]
)
def test_how_long_the_first_of_several_timings_holds_is_told_beside_its_begin(
    kind: str, drug: str
) -> None:
    timings = "^BID^D5^20260301~^QD^D3^20260306"
    made = message(kind, PID, f"ORC|NW|P1|||||{timings}", drug, version="2.3")
    first, second = one(made, "MedicationRequest")["dosageInstruction"]
    assert first["additionalInstruction"] == [{"text": "D5"}]
    assert "additionalInstruction" not in second
    assert found(made) == ["not-applicable ORC-7[2].3"]


@pytest.mark.parametrize(
    ("urgent", "said"),
    [("S", ["already-filled ORC-7.6"]), ("R", []), ("PRN", [])],  # PRN is no priority: as needed
)
def test_a_priority_of_the_order_that_its_timing_says_otherwise_is_found(
    urgent: str, said: list[str]
) -> None:
    """What a drug's segment reads of its order: the rest of the field is carried."""
    orders = (f"ORC|NW|P1|||||^QD^^^^{urgent}", "TQ1|1||||||||R", "RXE||A^Amox^L|250||mg")
    made = message("RDE^O11", PID, *orders)
    assert one(made, "MedicationRequest")["priority"] == "routine"
    assert found(made) == said
    again = message("RDE^O11", PID, *orders, *orders)
    assert found(again) == [*said, *(each.replace("ORC-", "ORC[2]-") for each in said)]


def test_an_order_of_which_nothing_finds_room_is_found_once() -> None:
    made = message("RDE^O11", PID, f"{ORC}|||||^QD", "TQ1|1||BID", "RXE||A^Amox^L|250||mg")
    assert found(made) == ["already-filled ORC-7.2"]


# -- nothing is lost -------------------------------------------------------------------------------

ORDERS = {
    "RDE^O11": ("ORC", "TQ1", "TQ1", "RXO", "RXR", "RXR", "RXE", "TQ1", "TQ1", "RXR", "RXR", "RXR"),
    "OMP^O09": ("ORC", "TQ1", "TQ1", "TQ1", "RXO", "RXR", "RXR"),
    "RGV^O15": ("ORC", "RXG", "TQ1", "TQ1", "RXR", "RXR"),
    "RDS^O13": ("ORC", "RXD", "RXR", "RXR"),
    "OMG^O19": ("ORC", "TQ1", "TQ1", "OBR"),
}


@pytest.mark.parametrize("kind", ORDERS)
def test_every_word_of_several_dosages_is_carried_found_or_used(kind: str) -> None:
    for seed in range(40):
        head = f"MSH|^~\\&|A|H|||202601010000||{kind}|1|P|2.5\rPID|1||100^^^H^MR"
        text, where = words(ORDERS[kind], random.Random(f"{kind}{seed}"))
        made: Translation = explained().translate(f"{head}\r{text}", HashedIds(), source="src")
        assert (seed, lost(where, made)) == (seed, [])


@pytest.mark.parametrize("much", ["", "1", "1^^^^^S"])
def test_the_order_says_when_where_the_prescription_says_how_much_alone(much: str) -> None:
    when = f"{ORC}|||||1^BID^D3^202603010800^202603030800"
    made = message("RDE^O11", PID, when, f"RXE|{much}|A^Amox^L|250||mg", version="2.3")
    (dosage,) = one(made, "MedicationRequest")["dosageInstruction"]
    assert dosage["timing"]["code"]["coding"][0]["code"] == "BID"
    assert dosage["timing"]["repeat"]["boundsPeriod"]["start"].startswith("2026-03-01T08:00")


# -- doses that are no numbers ---------------------------------------------------------------------


def dosage_of(kind: str, drug: str) -> tuple[JSON, list[str]]:
    """The dosage of an order, and what was found."""
    made = message(kind, PID, "ORC|NW|R1", drug)
    (dosage,) = one(made, "MedicationRequest")["dosageInstruction"]
    return dosage, found(made)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0.5g||片", "0.5g 片"),
        ("2#||", "2#"),
        ("遵医嘱||", "遵医嘱"),
        ("半片||片", "半片"),
        ("1/2||TAB^片", "1/2 片 (TAB)"),
        ("1-2||片", "1-2 片"),
        ("5|适量|mg", "5-适量 mg"),
        ("少许|5|mg", "少许-5 mg"),
    ],
)
@pytest.mark.parametrize(("kind", "begin"), [("RDE^O11", "RXE|^BID|A^Amox|"),
                                             ("OMP^O09", "RXO|A^Amox|")])  # fmt: skip
def test_a_dose_in_words_is_told_in_words(kind: str, begin: str, amount: str, words: str) -> None:
    dosage, said = dosage_of(kind, begin + amount)
    assert dosage["additionalInstruction"] == [{"text": words}]
    assert "doseAndRate" not in dosage
    assert said == []


@pytest.mark.parametrize(("kind", "begin"), [("RDE^O11", "RXE|^BID|A^Amox|"),
                                             ("OMP^O09", "RXO|A^Amox|")])  # fmt: skip
def test_a_dose_needs_no_unit_and_no_greatest_one(kind: str, begin: str) -> None:
    for amount in ("5||", "5|0|", "５||"):
        dosage, _ = dosage_of(kind, begin + amount)
        assert dosage["doseAndRate"][0]["doseQuantity"] == {"value": 5}


def test_what_was_given_in_words_is_a_note() -> None:
    made = message("RAS^O17", PID, "ORC|RE|R1", "RXA|0|1|20260301||A^Amox|半片|片")
    given = one(made, "MedicationAdministration")
    assert (given["note"], given.get("dosage")) == ([{"text": "半片"}], None)
    assert found(made) == []
    made = message("VXU^V04", PID, "ORC|RE||V1", "RXA|0|1|20260301||03^MMR^CVX|1支半")
    vaccine = one(made, "Immunization")
    assert (vaccine["note"], vaccine.get("doseQuantity")) == ([{"text": "1支半"}], None)
    made = message("RGV^O15", PID, "ORC|RE|R1", "RXG|1||^^^20260301|A^Amox|半片||片")
    (dose,) = (m for m in of(made, "MedicationRequest") if m["intent"] == "instance-order")
    assert dose["dosageInstruction"][0]["additionalInstruction"] == [{"text": "半片"}]


@pytest.mark.parametrize(
    ("kind", "drug", "field"),
    [
        ("RDE^O11", "RXE|^BID|A^Amox|{}|{}|mg", 3),
        ("OMP^O09", "RXO|A^Amox|{}|{}|mg", 2),
    ],
)
def test_a_range_of_doses_that_runs_backwards_is_told_in_words(
    kind: str, drug: str, field: int
) -> None:
    dosage, said = dosage_of(kind, drug.format(10, 5))
    assert dosage["additionalInstruction"] == [{"text": "10-5 mg"}]
    assert not any("doseRange" in each for each in dosage.get("doseAndRate", ()))
    assert {each.split()[0] for each in said} == {"bad-value"}
    for least, most in ((5, 10), (5, 5), ("５", "10")):
        dosage, said = dosage_of(kind, drug.format(least, most))
        (dose,) = dosage["doseAndRate"]
        assert (dose["doseRange"]["low"]["value"], dose["doseRange"]["high"]["value"]) == (
            5,
            int(most),
        )
        assert "additionalInstruction" not in dosage
        assert said == []
