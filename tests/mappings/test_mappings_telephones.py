"""Telephones as people write them: several in one place, extensions, countries' codes."""

from __future__ import annotations

import pytest
from speaking import JSON, found, message, of, one

from mappings.runtime.text.telephones import apart

EXTENSION = "http://hl7.org/fhir/StructureDefinition/contactpoint"
MOBILE, HOME = "13800000000", "010-88881111"


def telecom(value: str, field: int = 13) -> list[JSON]:
    """What is to call of a patient whose PID has this field; nothing is lost of it."""
    made = message("ADT^A08", f"PID|1||100^^^H^MR||Li^Na{'|' * (field - 5)}{value}")
    assert found(made) == []
    numbers: list[JSON] = one(made, "Patient")["telecom"]
    return numbers


def said(value: str) -> list[str]:
    return [each["value"] for each in telecom(value)]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        (f"{HOME}^PRN^PH^jo@example.org", HOME),
        (f"{HOME}^^^jo@example.org", HOME),
        (f"{HOME}^NET^Internet^jo@example.org", HOME),
        ("^PRN^PH^jo@example.org^^010^88881111", "010 88881111"),
        ("^PRN^PH^jo@example.org^^^^^^^^01088881111", "01088881111"),
    ],
)
def test_an_address_beside_a_telephone_is_one_of_its_own(written: str, number: str) -> None:
    """XTN.1 and XTN.4 of one repetition: FHIR has one value for each."""
    phone, mail = telecom(written)
    assert (phone["system"], phone["use"], phone["value"]) == ("phone", "home", number)
    assert mail == {"system": "email", "use": "home", "value": "jo@example.org"}


@pytest.mark.parametrize("written", ["^NET^Internet^jo@example.org", "^PRN^PH^^^010^88881111"])
def test_what_is_alone_stays_one(written: str) -> None:
    assert apart(written) == written


@pytest.mark.parametrize(
    "separator", ["/", "／", "、", ",", "，", ";", "；", " ", "\u3000", " / ", "或", "、 "]
)
def test_several_telephones_in_the_place_of_one_are_several(separator: str) -> None:
    assert telecom(f"{MOBILE}{separator}{HOME}^PRN^PH") == [
        {"system": "phone", "use": "home", "value": value} for value in (MOBILE, HOME)
    ]


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        (f"{MOBILE}/{HOME}/022-55500000", [MOBILE, HOME, "022-55500000"]),
        (f"{MOBILE}/{HOME}~0571-88881111", [MOBILE, HOME, "0571-88881111"]),
        ("010 88881111、+86 13800000000", ["010 88881111", "+86 13800000000"]),
        (f"{HOME}转8801/{MOBILE}", [f"{HOME}转8801", MOBILE]),
        ("（010）88881111；１３８０００００００0", ["（010）88881111", "１３８０００００００0"]),
        (f"{MOBILE}/{MOBILE}", [MOBILE]),
    ],
)
def test_each_of_them_is_as_it_was_written(written: str, numbers: list[str]) -> None:
    assert said(written) == numbers


@pytest.mark.parametrize(
    "written",
    [
        "88881111/12",  # two lines of one number, or an extension
        "010 8888 1111",
        "+86 138 0000 0000",
        "010-88881111-8801",
        "010-88881111转8801",
        "010-88881111x8801",
        "+1 (555) 123-4567 x 89",
        "01 23 45 67 89",
        f"{MOBILE}/张三",
        f"{MOBILE}(妻)",
        f"家:{HOME} 手机:{MOBILE}",
        f"{MOBILE}/110101190001010014",  # no telephone has so many digits
    ],
)
def test_what_is_not_clearly_several_stays_as_it_is(written: str) -> None:
    assert said(written) == [written]


def test_beside_parts_of_a_number_it_is_one() -> None:
    assert said(f"{MOBILE}/{HOME}^PRN^PH^^^^^8801") == [f"{MOBILE}/{HOME}"]


def test_where_there_is_room_for_one_they_stand_as_they_were_written() -> None:
    obr = f"OBR|1|P1|F1|A^Aa^L{'|' * 13}{MOBILE}/{HOME}"
    made = message("ORU^R01", "PID|1||100^^^H^MR||Li^Na", obr, "OBX|1|NM|X||1||||||F")
    (order,) = of(made, "ServiceRequest")
    assert f"{MOBILE}/{HOME}" in str(order["extension"])
    assert found(made) == []


@pytest.mark.parametrize(
    ("country", "spoken"),
    [
        ("86", "+86 10 88881111"), ("+86", "+86 10 88881111"), ("0086", "+86 10 88881111"),
        ("＋８６", "+86 10 88881111"), ("中国", "10 88881111"), ("CHN", "10 88881111"),
    ],
)  # fmt: skip
def test_the_code_of_a_country_has_one_plus(country: str, spoken: str) -> None:
    (number,) = telecom(f"^PRN^PH^^{country}^10^88881111")
    assert number["value"] == spoken
    assert {"url": f"{EXTENSION}-country", "valueString": country} in number["extension"]


@pytest.mark.parametrize("between", [" ", "/ ", "、"])
def test_a_text_without_end_is_no_list_of_telephones(between: str) -> None:
    """To seek telephones in it would take the square of its length."""
    text = f"13800000000{between * 200_000}13900000000"
    assert apart(text) == text
    assert apart(f"{text}~13800000000/13900000000") == f"{text}~13800000000~13900000000"
