"""Conditions of HL7's maps, read and compared with ours."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.conditions import ALWAYS, fields, plainly, same
from conformance.notation import Element, element
from conformance.wording import written


def at(text: str) -> Element:
    """Return an element of a segment; of ``.3``, the component of any data type."""
    found = element(text, "", False) if text[0] != "." else Element("", (int(text[1:]),))
    assert found is not None
    return found


def ours(condition: tuple[Any, ...]) -> tuple[Any, ...]:
    return plainly(condition, at)


VALUED = ("valued", "PV1-43")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("IF PV1-43 VALUED", VALUED),
        ("IF PV1-43.1 IS VALUED.", VALUED),
        ("IF PV1-43 VALUE", VALUED),
        ("IF PV1-43 DOES NOT EXIST", ("not", VALUED)),
        ("IF PV1-43 IS EMPTY", ("not", VALUED)),
        ('IF OBX-2="FT"', ("in", "OBX-2", ("FT",))),
        ('IF OBX-2 IN ("NA", "NM")', ("in", "OBX-2", ("NA", "NM"))),
        ('IF OBX-2 NOT EQUALS "SN"', ("not", ("in", "OBX-2", ("SN",)))),
        ('IF (OBX-2 EQUALS "SN" AND OBX-3 EQUALS "<>"',
         ("and", ("in", "OBX-2", ("SN",)), ("in", "OBX-3", ("<>",)))),
        ('IF OBX-2 VALUED AND NOT "SN"',
         ("and", ("valued", "OBX-2"), ("not", ("in", "OBX-2", ("SN",))))),
        ("IF TQ1-7 AND TQ1-8 NOT VALUED",
         ("and", ("not", ("valued", "TQ1-7")), ("not", ("valued", "TQ1-8")))),
        ("IF PRT-9 VALUED OR IF PRT-14 VALUED", ("or", ("valued", "PRT-9"), ("valued", "PRT-14"))),
        ("IF PRT-9 or PRT-14 VALUED", ("or", ("valued", "PRT-9"), ("valued", "PRT-14"))),
        ("IF OBX-5 LST.count GREATER THAN 1", ("count", "OBX-5", (">", "1"))),
        ("IF OBX-5 COUNT>1", ("count", "OBX-5", (">", "1"))),
        ("IF OBX-5 COUNT=1", ("not", ("count", "OBX-5", (">", "1")))),
        ("IF OBX-5 LST.count LESS THAN OR EQUALS 1", ("not", ("count", "OBX-5", (">", "1")))),
        ("IF PID-7 LENGTH GREATER THAN 8", ("length", "PID-7", (">", "8"))),
        ("IF NOT VALUED", ("not", ("valued", "PID-7"))),
    ],
)  # fmt: skip
def test_what_is_written_is_read(text: str, meant: tuple[Any, ...]) -> None:
    found = written(text, at("PID-7"), None, "PID[Patient]")
    assert found is not None
    assert same(found, ours(meant), None)


@pytest.mark.parametrize(
    "text",
    [
        "If organization",
        "IF it is known",
        "IF VALUED",
        "IF OBX-2",
        "IF OBX-2 IS NICE",
        "IF OBX-2 IN Internet",
        "IF OBX-2 IN (Internet)",
        'IF OBX-2 IS "A" OBX-3 IS "B"',
        "IF OBX-5 COUNT=2",
        "IF OBX-5 COUNT >",
        "IF OBX-2 IS 'a'",
        "",
    ],
)
def test_what_is_not_in_the_language_is_prose(text: str) -> None:
    assert written(text, None, None, "OBX[Observation]") is None


def test_a_data_type_is_that_of_its_place() -> None:
    here = at("PV1-3")
    of_type = written("IF PL.2 VALUED", at("PV1-3.4"), here, "PL[Location]")
    assert of_type == ("valued", at("PV1-3.2"))
    of_field = written('IF CX.5 IS "SN"', at("PID-18"), None, "PID[Account]")
    assert of_field == ("in", at("PID-18.5"), ("SN",))


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (("and",), ("and",), True),
        (("valued", "A11-1"), ("valued", "A11-1.1"), True),
        (("valued", "A11-1"), ("not", ("not", ("valued", "A11-1"))), True),
        (("in", "A11-1", ("X", "Y")), ("in", "A11-1", ("Y", "X")), True),
        (("in", "A11-1", ("X",)), ("and", ("valued", "A11-1"), ("in", "A11-1", ("X",))), True),
        (("in", "A11-1", ("X",)), ("in", "A11-1", ("Y",)), False),
        (("in", "A11-1", ("X",)), ("valued", "A11-1"), False),
        (("or", ("valued", "A11-1"), ("valued", "A11-2")), ("valued", "A11-1"), False),
        (("count", "A11-1", (">", "1")), ("count", "A11-1", (">", "2")), False),
        (("valued", "A11-9"), ("and",), True),
        (("valued", "A11-9.2"), ("and",), False),
    ],
)
def test_conditions_are_the_same_if_no_message_tells_them_apart(
    one: tuple[Any, ...], other: tuple[Any, ...], alike: bool
) -> None:
    assert same(ours(one), ours(other), at("A11-9")) is alike


def test_too_many_values_are_not_compared() -> None:
    many = ours(("or", *(("in", f"A11-{n}", ("X", "Y")) for n in range(1, 12))))
    assert not same(many, many, None)


def test_the_fields_of_a_condition_are_known() -> None:
    condition = ours(("and", ("valued", "PID-3.4"), ("not", ("in", ".5", ("X",)))))
    assert fields(condition) == {at("PID-3"), at(".5")}
    assert fields(ALWAYS) == set()
