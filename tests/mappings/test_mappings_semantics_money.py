"""Charges, payers and accounts: what is billed, who insures whom, and when an account is closed."""

from __future__ import annotations

import pytest
from speaking import JSON, PID, found, message, of, one

ACCOUNT = PID + "|" * 10 + "ACC1^^^H"
PV1 = "PV1|1|O|||||||||||||||||V1"
RELATION = "http://terminology.hl7.org/CodeSystem/subscriber-relationship"


@pytest.mark.parametrize("kind", ["", "CG"])
def test_a_charge_is_billed(kind: str) -> None:
    made = message("DFT^P03", PID, PV1, f"FT1|1|T1||20260301||{kind}|C^c^L||||5&CNY")
    item = one(made, "ChargeItem")
    assert (item["status"], item["priceOverride"]) == ("billable", {"value": 5, "currency": "CNY"})
    assert found(made) == []


@pytest.mark.parametrize("kind", ["CD", "CR"])
@pytest.mark.parametrize(
    ("said", "value"), [("15", "-15"), ("-15", "-15"), ("+15.50", "-15.50"), ("0", "0")]
)
@pytest.mark.parametrize("field", ["|", "||"])
def test_a_credit_gives_back(kind: str, said: str, value: str, field: str) -> None:
    made = message("DFT^P03", PID, PV1, f"FT1|1|T2||20260301||{kind}|C^c^L|||{field}{said}&CNY")
    item = one(made, "ChargeItem")
    assert item["status"] == "billable"
    assert str(item["priceOverride"]["value"]) == value
    assert found(made) == []


def test_a_credit_of_no_amount_gives_nothing_back() -> None:
    made = message("DFT^P03", PID, PV1, "FT1|1|T2||20260301||CD|C^c^L||||n/a")
    assert "priceOverride" not in one(made, "ChargeItem")
    assert found(made) == ["bad-value FT1-11.1.1"]


@pytest.mark.parametrize("numbers", [("T1", "T2"), ("T1", "T1"), ("", "")])
def test_a_credit_is_not_the_charge_that_it_gives_back(numbers: tuple[str, str]) -> None:
    """Table 0017: a credit is a transaction, whatever number it has."""
    charge, credit = numbers
    made = message(
        "DFT^P03", PID, PV1,
        f"FT1|1|{charge}||20260301||CG|C^c^L||||15&CNY",
        f"FT1|2|{credit}||20260301||CD|C^c^L||||15&CNY",
    )  # fmt: skip
    items = of(made, "ChargeItem")
    assert [item["priceOverride"]["value"] for item in items] == [15, -15]
    assert len({item["id"] for item in items}) == 2


@pytest.mark.parametrize("kind", ["PY", "AJ", "CO"])
def test_what_is_no_charge_is_found(kind: str) -> None:
    made = message("DFT^P03", PID, PV1, f"FT1|1|T1||20260301||{kind}|CASH^cash^L||||500&CNY")
    assert of(made, "ChargeItem") == []
    assert {"not-applicable FT1-6", "not-applicable FT1-11"} <= set(found(made))


def test_a_transaction_of_no_known_kind_is_found() -> None:
    made = message("DFT^P03", PID, PV1, "FT1|1|T1||20260301||ZZ|C^c^L||||5&CNY")
    assert one(made, "ChargeItem")["status"] == "billable"
    assert found(made) == ["unmapped-code FT1-6"]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("SEL", "self"), ("SPO", "spouse"), ("CHD", "parent"), ("NCH", "parent"),
        ("SCH", "parent"), ("FCH", "parent"), ("PAR", "child"), ("MTH", "child"),
        ("FTH", "child"), ("SIB", "other"), ("18", "self"), ("19", "child"),
    ],
)  # fmt: skip
def test_the_patient_is_to_the_insured_what_the_insured_is_not_to_the_patient(
    said: str, code: str
) -> None:
    """IN1-17 says what the insured is to the patient (v2.9 6.5.6.17), R4 the reverse."""
    made = message(
        "ADT^A01", PID, PV1, f"IN1|1|P1|C1|||||||||||||Kid^Kid|{said}|19800101||||||||||||||||||N1"
    )
    (coding,) = one(made, "Coverage")["relationship"]["coding"]
    assert (coding["system"], coding["code"]) == (RELATION, code)
    # Who is the patient has the patient's name.
    assert found(made) == (["not-applicable IN1-16"] if code == "self" else [])


@pytest.mark.parametrize(("said", "codes"), [("CHD", ["CHILD", "CHD"]), ("19", ["PRN"])])
def test_the_insured_is_a_relative_in_the_words_of_the_message(said: str, codes: list[str]) -> None:
    made = message("ADT^A01", PID, PV1, f"IN1|1|P1|C1|||||||||||||Kid^Kid|{said}|20150101")
    (relation,) = one(made, "RelatedPerson")["relationship"]
    assert [coding["code"] for coding in relation["coding"]] == codes


@pytest.mark.parametrize("event", ["P02", "P06"])
def test_an_account_that_is_purged_or_ended_is_inactive(event: str) -> None:
    made = message(f"BAR^{event}", f"EVN|{event}|20260301", ACCOUNT)
    assert one(made, "Account")["status"] == "inactive"
    assert [m.weak for m in made.made if m.resource["resourceType"] == "Account"] == [()]


@pytest.mark.parametrize(
    ("kind", "weak"),
    [("BAR^P01", ()), ("BAR^P05", ("status",)), ("ORU^R01", ("status",)), ("ADT^A08", ("status",))],
)
def test_a_message_that_names_an_account_does_not_open_it_again(
    kind: str, weak: tuple[str, ...]
) -> None:
    made = message(kind, ACCOUNT, "OBR|1|P1|F1|A^a^L")
    assert one(made, "Account")["status"] == "active"
    assert [m.weak for m in made.made if m.resource["resourceType"] == "Account"] == [weak]


def test_who_ordered_is_not_who_entered() -> None:
    """FT1-21 is who ordered, FT1-24 who entered (v2.9 6.5.1.21, 6.5.1.24)."""
    ft1 = "FT1|1|T1||20260301||CG|C^c^L" + "|" * 13 + "D1^Li|D2^Wu|||D3^Xu"
    made = message("DFT^P03", PID, PV1, ft1)
    item = one(made, "ChargeItem")
    assert item["enterer"]["display"].startswith("Xu")
    assert [
        (p["actor"]["display"], p.get("function", {}).get("coding", [{}])[0].get("code"))
        for p in item["performer"]
    ] == [("Li", None), ("Wu", "OP")]
    assert found(made) == []


def test_what_is_no_amount_is_no_money() -> None:
    made = message("DFT^P03", PID, PV1, "FT1|1|T1||20260301||CG|C^c^L||||n/a|n/a")
    item = one(made, "ChargeItem")
    assert "priceOverride" not in item
    assert "extension" not in item
    assert found(made) == ["bad-value FT1-11.1.1", "bad-value FT1-12.1.1"]


def test_a_financial_class_is_of_the_insurance_that_comes_with_it() -> None:
    """One insurance is one Coverage: that of PV1-20 stands only where there is no IN1."""
    classed = "PV1|1|I" + "|" * 18 + "05"
    alone = one(message("ADT^A01", PID, classed), "Coverage")
    insured = message("ADT^A01", PID, classed, "IN1|1|P^Plan|I1|Firm", "IN1|2|Q^Plan|I2|Other")
    first, second = of(insured, "Coverage")
    assert first["type"] == alone["type"]
    payors = [c["payor"][0].keys() for c in (alone, first)]
    assert payors == [{"display"}, {"reference", "display"}]
    assert "type" not in second


def test_a_financial_class_that_gives_way_takes_nothing_back() -> None:
    """A13 takes back the end of what PV1-20 makes, which is nothing where there is IN1."""
    classed = "PV1|1|I" + "|" * 18 + "05"
    made = message("ADT^A13", PID, classed, "IN1|1|P^Plan|I1|Firm")
    assert one(made, "Coverage")["payor"][0]["display"] == "Firm"


def test_a_charge_without_a_number_is_of_its_visit() -> None:
    charge = "FT1|1|||20260301||CG|C^c^L|||1|5&CNY"
    ids = {
        one(message("DFT^P03", PID, PV1.replace("V1", visit), charge), "ChargeItem")["id"]
        for visit in ("V1", "V2", "V1")
    }
    assert len(ids) == 2


PAYERS = ("IN1|1|A^Basic^L|C1|Ins|||||||||||||||||||1", "IN1|2|B^Extra^L|C2|Other")
DIAGNOSES = (
    "DG1|1||E11.9^Diabetes^I10|||A",
    "DG1|2||I10^Hypertension^I10|||F" + "|" * 9 + "1",
    "DG1|3||E11.9^Diabetes^I10|||F" + "|" * 9 + "2",
    "DG1|4||J11^Influenza^I10" + "|" * 18 + "D",
)


def claims(*segments: str, kind: str = "BAR^P05", pid: str = ACCOUNT) -> list[JSON]:
    """What is claimed of each payer: diagnoses, procedures."""
    return of(message(kind, pid, PV1, *segments), "Claim")


@pytest.mark.parametrize("kind", ["BAR^P01", "BAR^P05", "DFT^P03", "DFT^P11"])
def test_each_payer_is_told_what_it_is_claimed_for(kind: str) -> None:
    """The first is what mattered most (DG1-15), whichever role it had; a code is said once."""
    operation = "PR1|1||47.01^Appendectomy^I9CP||20260301"
    made = claims(*DIAGNOSES, operation, *PAYERS, kind=kind)
    assert len(made) == 2
    for claim in made:
        told = [(d["sequence"], d["diagnosisReference"]["reference"]) for d in claim["diagnosis"]]
        assert told == [
            (1, "Condition/patient-100.Condition-V1-I10"),
            (2, "Condition/patient-100.Condition-V1-E11-9"),
        ]
        roles = [[t["coding"][0]["code"] for t in d["type"]] for d in claim["diagnosis"]]
        assert roles == [["DD"], ["AD", "DD"]]
        (procedure,) = claim["procedure"]
        assert procedure["sequence"] == 1
        assert procedure["procedureReference"]["reference"].startswith("Procedure/patient-100.")


def test_a_claim_of_no_visit_names_its_diagnoses_in_their_order() -> None:
    diagnoses = one(message("BAR^P05", ACCOUNT, *DIAGNOSES[:2], PAYERS[0]), "Claim")["diagnosis"]
    assert [each["sequence"] for each in diagnoses] == [1, 2]
    assert all(set(each) == {"sequence", "diagnosisReference"} for each in diagnoses)


@pytest.mark.parametrize(
    "segments",
    [(), (DIAGNOSES[3],), ("DG1|1||-",), ("PR1|1||X^x^L||20260301" + "|" * 15 + "D",)],
)
def test_what_was_not_found_or_done_is_not_claimed_for(segments: tuple[str, ...]) -> None:
    (claim,) = claims(*segments, PAYERS[0])
    assert not {"diagnosis", "procedure"} & set(claim)


def test_a_claim_that_says_nothing_of_diagnoses_leaves_those_that_are_known() -> None:
    made = message("BAR^P05", ACCOUNT, PV1, PAYERS[0])
    assert [m.erase for m in made.made if m.resource["resourceType"] == "Claim"] == [()]


def test_very_many_claims_do_not_each_say_what_for() -> None:
    """Of each thing each would speak: what a message costs would grow with the square of it."""
    payers = [f"IN1|{n}|P{n}^Plan^L|C1|Ins" for n in range(1, 19)]
    made = message("BAR^P05", ACCOUNT, PV1, DIAGNOSES[0], *payers)
    assert ["diagnosis" in claim for claim in of(made, "Claim")] == [True] * 16 + [False] * 2
    assert found(made) == ["not-applicable IN1[17]", "not-applicable IN1[18]"]


@pytest.mark.parametrize("company", ["|^L", "|^^^&1.2&ISO", "^^^X|"])
def test_a_company_without_number_or_name_is_nobody(company: str) -> None:
    made = message("ADT^A01", PID, "PV1|1|I", f"IN1|1|P1|{company}")
    assert one(made, "Coverage")["payor"] == [{"display": "not stated"}]
    assert len(found(made)) == 1


@pytest.mark.parametrize(
    ("written", "money", "said"),
    [
        ("5&元", {"value": 5, "currency": "CNY"}, []),
        ("5&RMB", {"value": 5, "currency": "CNY"}, []),
        ("5&美元", {"value": 5, "currency": "USD"}, []),
        ("5", {"value": 5, "currency": "CNY"}, []),
        ("5&点", {"value": 5}, ["bad-value FT1-11.1.2"]),  # of nobody's currency, least the site's
    ],
)
def test_an_amount_is_of_the_currency_that_it_says(
    written: str, money: JSON, said: list[str]
) -> None:
    made = message("DFT^P03", PID, PV1, f"FT1|1|T1||20260301||CG|C^c^L||||{written}")
    assert one(made, "ChargeItem")["priceOverride"] == money
    assert list(dict.fromkeys(found(made))) == said


@pytest.mark.parametrize("kind", ["退费", "退药", "冲销"])
def test_what_is_given_back_in_words_is_below_zero(kind: str) -> None:
    """It was a charge beside the charge."""
    made = message(
        "DFT^P03", PID, PV1, "FT1|1|T1||20260301||收费|C^c^L||||15&CNY",
        f"FT1|2|T1||20260301||{kind}|C^c^L||||15&CNY",
    )  # fmt: skip
    items = of(made, "ChargeItem")
    assert [item["priceOverride"]["value"] for item in items] == [15, -15]
    assert found(made) == []


@pytest.mark.parametrize("kind", ["结算", "预交金", "减免", "医保支付", "统筹基金支付", "现金支付"])
def test_what_is_paid_in_words_is_no_charge_and_is_found(kind: str) -> None:
    made = message("DFT^P03", PID, PV1, f"FT1|1|T1||20260301||{kind}|CASH^cash^L||||500&CNY")
    assert of(made, "ChargeItem") == []
    assert "not-applicable FT1-6" in found(made)


@pytest.mark.parametrize(
    ("said", "code"),
    [("职工医保", "310"), ("城乡居民基本医疗保险", "390"), ("新农合", "390"), ("某某人寿", None)],
)
def test_the_state_s_insurances_have_their_number_though_a_word_stands_for_it(
    said: str, code: str | None
) -> None:
    made = message("ADT^A01", PID, PV1, f"IN1|1|{said}|120000|医保局")
    kind = one(made, "Coverage").get("type", {"coding": [{"code": None}]})
    assert kind["coding"][0]["code"] == code


def test_since_when_a_financial_class_holds_is_no_name_of_it() -> None:
    visit = "PV1|1|I" + "|" * 17 + "V1|{}"
    dated = message("ADT^A01", PID, visit.format("BC^20260301"))
    (made,) = of(dated, "Coverage")
    assert made["type"] == {
        "coding": [{"code": "BC", "system": "http://terminology.hl7.org/CodeSystem/v2-0064"}]
    }
    assert any(each.location == "PV1-20.2" for each in dated.findings)
    (made,) = of(message("ADT^A01", PID, visit.format("BC^Blue Cross")), "Coverage")
    assert made["type"]["text"] == "Blue Cross"
    (made,) = of(
        message("ADT^A01", PID, visit.format("BC^20260301"), "IN1|1|P^Plan|I1|Firm"), "Coverage"
    )
    assert [each["code"] for each in made["type"]["coding"]] == ["BC"]
    assert "text" not in made["type"]
