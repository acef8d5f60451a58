"""What is prescribed, to be given and given: the pharmacy segments of HL7 v2.5.1 chapter 4A."""

from __future__ import annotations

import pytest
from speaking import JSON, PID, found, message, of, one

from mappings.translate import Translation

UCUM = "http://unitsofmeasure.org"
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
UNKNOWN = {"extension": [{"url": ABSENT, "valueCode": "unknown"}]}


def dosage(resource: JSON) -> JSON:
    """The only dosage instruction of a prescription."""
    (only,) = resource["dosageInstruction"]
    assert isinstance(only, dict)
    return only


# -- what is to be given on one occasion (RXG) -----------------------------------------------------


def given(*segments: str) -> tuple[Translation, JSON, list[JSON]]:
    """Translate a message RGV: the order, and each time that its drug is to be given."""
    made = message("RGV^O15", PID, *segments)
    order, *gives = of(made, "MedicationRequest")
    return made, order, gives


def test_a_drug_to_be_given_once_is_an_order_of_its_own_below_the_standing_one() -> None:
    made, order, gives = given(
        "ORC|RE|P1",
        "RXG|1|1|^^^20260301080000|A^Amox^L|500||mg||first",
        "RXR|IV",
        "NTE|1||slowly",
        "RXG|2|1|^^^20260301140000|A^Amox^L|250|500|mg",
    )
    assert (order["intent"], "dosageInstruction" in order, "note" in order) == (
        "order", False, False,
    )  # fmt: skip
    assert order["medicationCodeableConcept"]["text"] == "Amox"
    for number, (give, time) in enumerate(zip(gives, ("08", "14"), strict=True), 1):
        assert give["id"] == f"{order['id']}-give-{number}"
        assert (give["intent"], give["status"]) == ("instance-order", "active")
        assert give["basedOn"] == [{"reference": f"MedicationRequest/{order['id']}"}]
        assert dosage(give)["timing"] == {"event": [f"2026-03-01T{time}:00:00+08:00"]}
        assert len(dosage(give)["doseAndRate"]) == 1
    assert dosage(gives[0])["doseAndRate"][0]["doseQuantity"]["value"] == 500
    assert [note["text"] for note in gives[0]["note"]] == ["first", "slowly"]
    assert dosage(gives[0])["route"]["coding"][0]["code"] == "IVINJ"
    dose = dosage(gives[1])["doseAndRate"][0]["doseRange"]
    assert [dose[end]["code"] for end in ("low", "high")] == ["mg", "mg"]
    assert "route" not in dosage(gives[1])
    assert found(made) == []


def test_when_a_drug_is_to_be_given_tq1_says_from_version_2_5_on() -> None:
    made, _, gives = given(
        "ORC|RE|P1", "TQ1|1||QD||||20260228", "RXG|1|1||A^Amox^L|1||TAB",
        "TQ1|1|1|||||20260301080000||S", "RXG|0|1||A^Amox^L|2||TAB",
        "TQ1|2||Q6H||||20260301|||||||4",
    )  # fmt: skip
    assert dosage(gives[0])["timing"] == {"event": ["2026-03-01T08:00:00+08:00"]}
    assert gives[0]["priority"] == "stat"
    assert dosage(gives[1])["timing"]["repeat"]["count"] == 4
    assert "event" not in dosage(gives[1])["timing"]
    assert gives[1]["id"].endswith("-give-A")
    assert found(made) == []


@pytest.mark.parametrize(
    ("kind", "segment", "type_"),
    [
        ("RDS^O13", "RXD|1|A^Amox^L|20260301|1|TAB", "MedicationDispense"),
        ("RGV^O15", "RXG|1|1|^^^20260301|A^Amox^L|1||TAB", "MedicationRequest"),
        ("RAS^O17", "RXA|0|1|20260301||A^Amox^L|1", "MedicationAdministration"),
    ],
)
def test_what_is_done_of_a_restricted_order_is_restricted(
    kind: str, segment: str, type_: str
) -> None:
    made = message(kind, PID, f"ORC|RE|P1{'|' * 26}R", segment)
    labels = [each.get("meta", {}).get("security") for each in of(made, type_)]
    assert labels
    assert all(label and label[0]["code"] == "R" for label in labels)


# -- what was given (RXA) --------------------------------------------------------------------------


def administered(rxa: str, order: str = "P1") -> JSON:
    """One administration of an order."""
    return one(message("RAS^O17", PID, f"ORC|RE|{order}", rxa), "MedicationAdministration")


def test_an_administration_is_of_one_order_one_give_and_one_occasion() -> None:
    rxa = "RXA|1|2|20260301||NS^Saline^L|500|mL"
    first = administered(rxa)["id"]
    assert administered(f"{rxa}||||||||||||||D")["id"] == first
    others = [
        administered(rxa, "P2"),
        administered(rxa.replace("RXA|1|2", "RXA|1|3")),
        administered(rxa.replace("RXA|1|2", "RXA|2|2")),
        administered(rxa.replace("20260301", "20260302")),
        administered(rxa.replace("NS^Saline", "GS^Glucose")),
    ]
    assert len({first, *(other["id"] for other in others)}) == len(others) + 1
    alone = one(message("ADT^A08", PID, "PV1|1|I", rxa), "MedicationAdministration")
    assert alone["id"].endswith("MedicationAdministration-1-2-20260301-NS")


@pytest.mark.parametrize(
    ("amount", "dose"),
    [
        ("5|mg", {"value": 5, "unit": "mg", "code": "mg", "system": UCUM}),
        ("999", UNKNOWN),
        ("999|mg", UNKNOWN),
        ("|mg", {"unit": "mg", "code": "mg", "system": UCUM, **UNKNOWN}),
        ("", UNKNOWN),
    ],
)
def test_how_much_was_given_may_be_unknown(amount: str, dose: JSON) -> None:
    """RXA-6 of 999 says so; a route alone is no dosage in FHIR (mad-1)."""
    rxa = f"RXA|0|1|20260301||A^Amox^L|{amount}"
    made = message("RAS^O17", PID, "ORC|RE|P1", rxa, "RXR|PO")
    assert one(made, "MedicationAdministration")["dosage"]["dose"] == dose
    assert "dosage" not in administered("RXA|0|1|20260301||A^Amox^L|999")


# -- vaccines --------------------------------------------------------------------------------------


def test_vaccines_refused_under_one_number_stay_apart() -> None:
    """CDC's guide gives 9999 to all that was not given."""
    segments = [
        f"ORC|RE||9999^DCS\rRXA|0|1|{day}||{vaccine}^^CVX|999{'|' * 14}{status}"
        for day, vaccine, status in (
            ("20260301", "20", "RE"), ("20260601", "03", "RE"), ("20260601", "20", "NA"),
        )
    ]  # fmt: skip
    ids = [one(message("VXU^V04", PID, each), "Immunization")["id"] for each in segments]
    assert len(set(ids)) == len(segments)
    assert one(message("VXU^V04", PID, segments[0]), "Immunization")["id"] == ids[0]
    given = segments[0].replace("RE||9999", "RE||F1").replace("999||", "1||").removesuffix("RE")
    assert one(message("VXU^V04", PID, f"{given}CP"), "Immunization")["id"].endswith("DCS-F1")


# -- what is prescribed (RXE) ----------------------------------------------------------------------


def prescribed(*segments: str, version: str = "2.5.1") -> tuple[Translation, JSON]:
    """The dosage of a prescription."""
    made = message("RDE^O11", PID, *segments, version=version)
    return made, dosage(one(made, "MedicationRequest"))


def per(amount: int, time: int) -> JSON:
    """So many millilitres in so many hours."""
    return {
        "numerator": {"value": amount, "unit": "mL", "code": "mL", "system": UCUM},
        "denominator": {"value": time, "unit": "h", "code": "h", "system": UCUM},
    }


@pytest.mark.parametrize(
    ("rate", "expected", "findings"),
    [
        ("H8|1000|mL", {"rateRatio": per(1000, 8)}, []),
        ("H1|", {"rateRatio": per(300, 1)}, []),
        ("H1|100|mL/h", {"rateQuantity": {"value": 100, "unit": "mL/h", "code": "mL/h",
                                          "system": UCUM}}, ["not-applicable {}"]),
        ("|20|滴/分", {"rateQuantity": {"value": 20, "unit": "滴/分", "code": "[drp]/min",
                                      "system": UCUM}}, []),
        ("7|", {}, ["bad-value {}"]),
    ],
)  # fmt: skip
def test_a_rate_is_an_amount_in_a_time(rate: str, expected: JSON, findings: list[str]) -> None:
    made, dose = prescribed("ORC|NW|P1", f"RXE||A^Amox^L|300||mL{'|' * 17}{rate}")
    assert dose["doseAndRate"] == [
        {"doseQuantity": {"value": 300, "unit": "mL", "code": "mL", "system": UCUM}, **expected}
    ]
    assert found(made) == [each.format("RXE-22") for each in findings]
    made, _, (give,) = given("ORC|RE|P1", f"RXG|1|||A^Amox^L|300||mL{'|' * 7}{rate}")
    assert dosage(give)["doseAndRate"] == dose["doseAndRate"]
    assert found(made) == [each.format("RXG-14") for each in findings]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("mEq", "meq"), ("mEq/L", "meq/L"), ("U", "{unit}"), ("单位", "{unit}"),
        ("万U", "10*4{unit}"), ("万单位", "10*4{unit}"), ("U/h", "{unit}/h"), ("ml/h", "mL/h"),
        ("滴/分", "[drp]/min"), ("gtt/min", "[drp]/min"), ("mg/kg/d", "mg/kg/d"),
        ("mcg/kg/min", "ug/kg/min"), ("U/L", "U/L"),
    ],
)  # fmt: skip
def test_units_of_doses_and_rates_are_ucum(written: str, code: str) -> None:
    """UCUM counts in U an amount of an enzyme: a unit of a drug has none."""
    _, dose = prescribed("ORC|NW|P1", f"RXE||A^Amox^L|7||{written}")
    unit = {"unit": written, "code": code, "system": UCUM}
    assert dose["doseAndRate"] == [{"doseQuantity": {"value": 7, **unit}}]


@pytest.mark.parametrize(
    ("tq1", "expected"),
    [
        ("TQ1|1||Q6H||||||PRN|pain", {"asNeededCodeableConcept": {"text": "pain"}}),
        ("TQ1|1||PRN&as needed|||||||pain", {"asNeededCodeableConcept": {"text": "pain"}}),
        ("TQ1|1||Q6H||||||PRN^as needed", {"asNeededBoolean": True}),
        ("TQ1|1||Q6H||||||S~PRN", {"asNeededBoolean": True}),
        ("TQ1|1||Q6H~PRN", {"asNeededBoolean": True}),
        ("TQ1|1||Q6H||||||S|pain", {}),
    ],
)
def test_what_is_to_be_done_as_needed_is_not_to_be_done_always(tq1: str, expected: JSON) -> None:
    def needed(element: JSON) -> JSON:
        return {name: value for name, value in element.items() if name.startswith("asNeeded")}

    made, dose = prescribed("ORC|NW|P1", tq1, "RXE||A^Amox^L|250||mg")
    assert needed(dose) == expected
    assert ("pain" in str(dose)) == ("pain" in tq1)
    assert set(found(made)) <= {"extra-repetition TQ1-3", "extra-repetition TQ1-9"}
    _, _, (give,) = given("ORC|RE|P1", "RXG|1|||A^Amox^L|250||mg", tq1)
    assert needed(dosage(give)) == expected
    made = message("ORM^O01", PID, "ORC|NW|P1", tq1, "OBR|1|P1||A^Amox^L")
    assert needed(one(made, "ServiceRequest")) == expected
    assert ("pain" in str(one(made, "ServiceRequest"))) == ("pain" in tq1)


@pytest.mark.parametrize(
    ("pattern", "period"),
    [("Q6H PRN", 6), ("Q6HPRN", 6), ("q6h prn", 6), ("PRN", None), ("SOS", None), ("sos", None)],
)
def test_how_often_at_most_stands_before_as_needed(pattern: str, period: int | None) -> None:
    _, dose = prescribed("ORC|NW|P1", f"TQ1|1||{pattern}", "RXE||A^Amox^L|250||mg")
    assert dose["asNeededBoolean"] is True
    assert dose["timing"].get("repeat", {}).get("period") == period


@pytest.mark.parametrize(
    ("timing", "expected"),
    [
        ("^Q6H^^^^PRN^pain", {"asNeededCodeableConcept": {"text": "pain"}}),
        ("^PRN^^^^S", {"asNeededBoolean": True}),
        ("^Q6H^^^^PRN", {"asNeededBoolean": True}),
        ("^Q6H^^^^S^pain", {"additionalInstruction": [{"text": "pain"}]}),
    ],
)
def test_as_needed_in_the_timing_of_older_versions(timing: str, expected: JSON) -> None:
    _, dose = prescribed("ORC|NW|P1", f"RXE|{timing}|A^Amox^L|250||mg", version="2.4")
    assert {n: v for n, v in dose.items() if n not in {"timing", "doseAndRate"}} == expected
    made = message("ORM^O01", PID, f"ORC|NW|P1|||||{timing}", "OBR|1|P1||A^Amox^L", version="2.4")
    order = one(made, "ServiceRequest")
    expected = {"note": [{"text": "pain"}]} if "additionalInstruction" in expected else expected
    assert order.items() >= expected.items()
    assert found(made) == []


@pytest.mark.parametrize("quantity", ["1", "2^tab"])
def test_one_dose_is_what_rxe_says_whatever_the_quantity(quantity: str) -> None:
    """For drugs, TQ.1 counts how often the amount is given out each time (v2.5.1, 4A.4.1)."""
    rxe = "RXE|{}|A^Amox^L|250||mg"
    dose = [{"doseQuantity": {"value": 250, "unit": "mg", "code": "mg", "system": UCUM}}]
    for place, segments in (
        ("TQ1-2", ("ORC|NW|P1", f"TQ1|1|{quantity}|BID", rxe.format(""))),
        ("TQ1-2", ("ORC|NW|P1", rxe.format(""), f"TQ1|1|{quantity}|BID")),
        ("RXE-1.1", ("ORC|NW|P1", rxe.format(f"{quantity.replace('^', '&')}^BID"))),
    ):
        made, instruction = prescribed(*segments)
        assert instruction["doseAndRate"] == dose
        assert found(made) == [f"not-applicable {place}"]


def test_the_quantity_is_one_dose_where_nothing_else_says_so() -> None:
    tablets = {"doseQuantity": {"value": 2, "unit": "tab", "code": "{tablet}", "system": UCUM}}
    rate = {"rateQuantity": {"value": 1, "unit": "mL/h", "code": "mL/h", "system": UCUM}}
    rxe = f"RXE||A^Amox^L{'|' * 21}1|mL/h"
    made, dose = prescribed("ORC|NW|P1", "TQ1|1|2^tab|BID", rxe)
    assert (dose["doseAndRate"], found(made)) == ([{**tablets, **rate}], [])
    made, dose = prescribed("ORC|NW|P1", rxe.replace("RXE|", "RXE|2&tab^BID"))
    assert (dose["doseAndRate"], found(made)) == ([{**tablets, **rate}], [])
    made = message("OMP^O09", PID, "ORC|NW|P1", "TQ1|1|2^tab|BID", "RXO|A^Amox^L")
    assert (dosage(one(made, "MedicationRequest"))["doseAndRate"], found(made)) == ([tablets], [])


@pytest.mark.parametrize(
    ("type_", "segments"),
    [("RDE^O01", ("RXE||A^Amox^L|250||mg",)), ("RDE^O01", ("RXO|B^Bmox^L", "RXE||A^Amox^L")),
     ("OMP^O09", ("RXO|A^Amox^L|250||mg",)), ("ORM^O01", ("RXO|A^Amox^L|250||mg",))],
)  # fmt: skip
def test_an_order_says_when_a_drug_is_to_be_given(type_: str, segments: tuple[str, ...]) -> None:
    """ORC-7 of versions before 2.5; what RXE-1 says comes first."""
    timing = "^BID^D7^^^S"
    made = message(type_, PID, f"ORC|NW|P1|||||{timing}", *segments, version="2.3")
    request = one(made, "MedicationRequest")
    repeat = dosage(request)["timing"]["repeat"]
    assert (repeat["frequency"], repeat["boundsDuration"]["value"]) == (2, 7)
    assert request["priority"] == "stat"
    if type_ == "RDE^O01":
        assert request["dispenseRequest"]["expectedSupplyDuration"]["value"] == 7
        said = [each.replace("RXE|", "RXE|^Q6H^D3") for each in segments]
        made = message(type_, PID, f"ORC|NW|P1|||||{timing}", *said, version="2.3")
        repeat = dosage(one(made, "MedicationRequest"))["timing"]["repeat"]
        assert (repeat["period"], repeat["boundsDuration"]["value"]) == (6, 3)
        assert "not-applicable ORC-7" in found(made)


@pytest.mark.parametrize(
    ("most", "expected", "findings"),
    [
        (
            "3^mg",
            {"value": 3, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"},
            [],
        ),
        ("3", {"value": 3}, []),
        ("max 3 tabs", None, ["bad-value RXE-19.1"]),
        ("max 3 tabs^mg", None, ["bad-value RXE-19.1", "not-applicable RXE-19.2"]),
        ("^mg", None, ["not-applicable RXE-19.2"]),
    ],
)
def test_the_most_in_a_day_is_an_amount(
    most: str, expected: JSON | None, findings: list[str]
) -> None:
    """What is none is left out, and found: the prescription stands."""
    made, prescription = prescribed("ORC|NW|P1", f"RXE||A^Amox^L|250||mg{'|' * 14}{most}")
    maximum = prescription.get("maxDosePerPeriod")
    assert (maximum and maximum["numerator"]) == expected
    assert [each for each in found(made) if "RXE-19" in each] == findings


@pytest.mark.parametrize(
    ("strength", "expected"),
    [
        ("500|mg", {"numerator": 500, "denominator": 1}),
        ("500|mg|||||||5|mL", {"numerator": 500, "denominator": 5}),
        ("500mg|mg", {"numerator": 500, "denominator": 1}),
        ("500|mg|||||||some|mL", None),
    ],
)
def test_a_strength_that_is_no_amount_is_left_out(strength: str, expected: JSON | None) -> None:
    """Half a ratio is none (rat-1): the whole prescription was refused for it."""
    rxe = f"RXE||A^Amox^L|1||tab|TAB{'|' * 19}{strength}"
    made = message("RDE^O11", PID, "ORC|NW|P1", rxe)
    (ingredient,) = one(made, "Medication")["ingredient"]
    ratio = ingredient.get("strength")
    assert (ratio and {name: part["value"] for name, part in ratio.items()}) == expected
    assert ("incomplete" in " ".join(found(made))) is (expected is None)


@pytest.mark.parametrize(
    ("strength", "written"),
    [("5mg*7片", "5mg*7片"), ("10mg:1ml|支", "10mg:1ml 支"), ("500mg|g", "500mg g")],
)
@pytest.mark.parametrize("of_order", [False, True])
def test_a_strength_that_is_no_number_is_kept_as_written(
    strength: str, written: str, of_order: bool
) -> None:
    """What stands on a pack (规格): a doctor reads from it how many days it lasts."""
    if of_order:
        made = message("OMP^O09", PID, "ORC|NW|P1", f"RXO|A^Amox^L|1||tab{'|' * 14}{strength}")
    else:
        made = message("RDE^O11", PID, "ORC|NW|P1", f"RXE||A^Amox^L|1||tab{'|' * 20}{strength}")
    (ingredient,) = one(made, "Medication")["ingredient"]
    (extension,) = ingredient["extension"]
    assert extension["url"].endswith("/medication-strength-as-written")
    assert extension["valueString"] == written
    assert "strength" not in ingredient
    assert found(made) == ["kept-as-text RXO-18" if of_order else "kept-as-text RXE-25"]


@pytest.mark.parametrize(("event", "offset"), [("AC", 30), ("C", None), ("Q7", None), ("", None)])
def test_a_distance_needs_an_event_before_or_after_which_it_is(
    event: str, offset: int | None
) -> None:
    """tim-9: with a meal is at no distance from it."""
    tq1 = f"TQ1|1||BID^^^^^^^{event}||30^min"
    made = message("RDE^O11", PID, "ORC|NW|P1", tq1, "RXE||A^Amox^L|1||tab")
    repeat = dosage(one(made, "MedicationRequest"))["timing"]["repeat"]
    assert repeat.get("offset") == offset
    assert any("TQ1-5" in each for each in found(made)) is (offset is None)


@pytest.mark.parametrize("kind", ["OMP^O09", "ORM^O01"])
@pytest.mark.parametrize(
    ("timing", "supply", "bounds"),
    [
        ("^BID^D5^20260301", 5, {"boundsPeriod": {"start": "2026-03-01"}}),
        ("^BID^D5^^20260306", 5, {"boundsPeriod": {"end": "2026-03-06"}}),
        ("^BID^D5", None, {"boundsDuration": {"value": 5, "unit": "d", "code": "d"}}),
        ("^BID^D5^20260301~^QD^D3^20260306", None, {"boundsPeriod": {"start": "2026-03-01"}}),
    ],
)
def test_a_duration_stands_beside_a_begin(
    kind: str, timing: str, supply: int | None, bounds: JSON
) -> None:
    (order,) = of(message(kind, PID, f"ORC|NW|P1|||||{timing}", "RXO|A^a^L"), "MedicationRequest")
    told = order.get("dispenseRequest", {}).get("expectedSupplyDuration", {}).get("value")
    assert told == supply
    repeat = order["dosageInstruction"][0]["timing"]["repeat"]
    for each in repeat.values():
        if isinstance(each, dict):
            each.pop("system", None)
    assert {name: repeat.get(name) for name in bounds} == bounds


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("RAS^O17", "RXA|0|1|20260301||AMX^Amox^L|1|TAB"), ("RDS^O13", "RXD|1|AMX^Amox^L|2026|1"),
        ("RGV^O15", "RXG|1||^BID|AMX^Amox^L|1||TAB"), ("VXU^V04", "RXA|0|1|20260301||08^Hep^CVX|1"),
    ],
)  # fmt: skip
def test_how_a_drug_was_given_may_stand_before_it(kind: str, given: str) -> None:
    """Behind an order without a drug of its own; each of several behind its own order."""
    way, other = "RXR|IV^iv^HL70162", "RXR|PO^po^HL70162"
    right = message(kind, PID, "ORC|RE|O1", given, way, "ORC|RE|O2", given, other)
    for wrong in (
        ["ORC|RE|O1", way, given, "ORC|RE|O2", other, given],
        ["ORC|RE|O1", given, way, "ORC|RE|O2", other, given],
    ):
        made = message(kind, PID, *wrong)
        assert (made.made, found(made)) == (right.made, found(right))


def test_how_a_drug_was_ordered_stays_with_the_order() -> None:
    given = "RXA|0|1|20260301||AMX^Amox^L|1|TAB"
    for segments in (["RXO|AMX^Amox^L", "RXR|PO"], ["RXR|PO"]):
        own = [] if len(segments) == 2 else ["RXR|IV"]
        made = message("RAS^O17", PID, "ORC|RE|O1", *segments, given, *own)
        order, act = one(made, "MedicationRequest"), one(made, "MedicationAdministration")
        assert order["dosageInstruction"][0]["route"]["coding"][-1]["code"] == "PO"
        assert ("route" in act["dosage"]) is bool(own)


@pytest.mark.parametrize(
    ("event", "authored"),
    [("NW|O1", "2026-02-28"), ("RF|O1|||||||20260301", "2026-02-28"),
     ("NW|O1|||||||20260301", "2026-03-01")],
)  # fmt: skip
def test_when_a_drug_was_first_prescribed(event: str, authored: str) -> None:
    """RXE-32, where ORC-9 is the time of a refill."""
    rxe = f"RXE||AMX^Amox^L|1||TAB{'|' * 27}20260228"
    made = message("RDE^O11", PID, f"ORC|{event}", rxe, "RXR|PO")
    assert one(made, "MedicationRequest")["authoredOn"] == authored


@pytest.mark.parametrize(
    ("kind", "type_", "segments"),
    [
        ("RDE^O11", "MedicationRequest", ("RXO|A^a|||||{}", "RXE||A^a|1||g", "RXR|PO")),
        ("RDE^O11", "MedicationRequest", (f"RXE||A^a|1||g{'|' * 16}{{}}", "RXR|PO")),
        ("RDS^O13", "MedicationDispense", ("RXD|1|A^a|20260301|7|g||R1||{}",)),
        ("RAS^O17", "MedicationAdministration", ("RXA|0|1|20260301||A^a|1|g||{}",)),
    ],
)
def test_each_of_several_notes_is_told(kind: str, type_: str, segments: tuple[str, ...]) -> None:
    """All but the first were left out, though FHIR has room for them."""
    said = [each.format("warm~X^keep cool") for each in segments]
    made = message(kind, PID, "ORC|RE|P1^HIS", *said)
    assert [note["text"] for note in one(made, type_)["note"]] == ["warm", "keep cool"]
    assert [f for f in found(made) if "extra-repetition" in f] == []
