"""Garbage in one field never makes a resource that R4 does not allow: it would cost the message."""

from __future__ import annotations

import hashlib
from functools import cache

import pytest
from golden_pairs import dictionary, messages
from hypothesis import given, settings
from hypothesis import strategies as st
from speaking import PID, found, message, of

from conformance.validator import Validator
from mappings.translate import Translation

VALIDATOR = Validator()
GARBAGE = [
    "", "  ", "~", "^^^", "&", "^&~^&", '""', '""^""', "X", "-1", "0" * 8, "9" * 20, "20261399",
    "20300101", "19000101120000", "x" * 3000, "\x00\x01\x1f", "\\", "\\E\\", "\\.br\\", "~x", "^x",
    "&x", "^^x", "^^^x^^x", "x^y^z&&w",
]  # fmt: skip


class Ids:
    """Ids that depend on all of what they are made of."""

    def compartment(self, kind: str, *key: str) -> str:
        return hashlib.sha256("\0".join((kind, *key)).encode()).hexdigest()

    def resource(self, compartment: str, type_: str, *key: str) -> str:
        return hashlib.sha256("\0".join((compartment, type_, *key)).encode()).hexdigest()


@cache
def lines(number: int) -> tuple[str, ...]:
    return tuple(messages()[number].read_text(encoding="utf-8").splitlines())


@cache
def places(number: int) -> list[tuple[int, int]]:
    """Every field of a golden message but the delimiters."""
    return [
        (line, field)
        for line, text in enumerate(lines(number))
        for field in range(2 if text.startswith("MSH") else 1, text.count("|") + 1)
    ]


def spoilt(number: int, line: int, field: int, value: str) -> Translation:
    text = list(lines(number))
    fields = text[line].split("|")
    text[line] = "|".join([*fields[:field], value, *fields[field + 1 :]])
    tables = dictionary(messages()[number].stem.partition(".")[2])
    return tables.translate("\r".join(text), Ids(), source="any")


@given(data=st.data())
@settings(max_examples=600, derandomize=True)
def test_garbage_in_a_field_makes_nothing_invalid(data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(messages()) - 1))
    line, field = data.draw(st.sampled_from(places(number)))
    said = spoilt(number, line, field, data.draw(st.sampled_from(GARBAGE)))
    for made in [*said.envelope, *said.made]:
        assert VALIDATOR.errors(made.resource) == []


def _golden(name: str) -> int:
    return next(n for n, path in enumerate(messages()) if path.stem == name)


@pytest.mark.parametrize("value", ["~", "^^^", "\\.br\\", "^^^x"])
@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("ADT_A01.lakeside", "AL1-5"), ("ADT_A01.lakeside", "EVN-5"),
        ("ADT_A17.lakeside", "MSH-9"), ("SIU_S15.lakeside", "MSH-9"),
        ("SIU_S14.lakeside", "AIS-4"), ("SIU_S14.lakeside", "SCH-9"),
        ("SIU_S14.lakeside", "AIP-3"), ("SIU_S14.lakeside", "AIS-3"),
        ("RSP_K22.lakeside", "MSA-1"), ("BAR_P01.lakeside", "MSH-7"),
        ("BAR_P01.lakeside", "IN1-35"), ("MDM_T04_CON.lakeside", "CON-2"),
        ("OMI_O23.lakeside", "OBR-4"), ("RDE_O11.lakeside", "ORC-21"),
        ("RDE_O11.lakeside", "RXC-2"), ("ORU_R01.lakeside", "NTE-3"),
        ("PPR_PC1.lakeside", "PRB-13"),
    ],
)  # fmt: skip
def test_what_cost_a_message_once_costs_a_field(name: str, field: str, value: str) -> None:
    number, (segment, _, place) = _golden(name), field.partition("-")
    index = int(place) - (segment == "MSH")
    found = [n for n, text in enumerate(lines(number)) if text.startswith(f"{segment}|")]
    assert found
    for line in found:
        said = spoilt(number, line, index, value)
        assert not said.rejected
        assert [p for m in [*said.envelope, *said.made] for p in VALIDATOR.errors(m.resource)] == []


@pytest.mark.parametrize(
    ("name", "segment", "field", "value", "lost"),
    [
        ("BAR_P01.lakeside", "MSH", 7, "X", ("incomplete", "Claim.created")),
        ("RDE_O11.lakeside", "ORC", 21, "\\.br\\", ("incomplete", "Organization.identifier")),
        ("RDE_O11.lakeside", "RXE", 4, "-1", ("bad-value", "the low end is above the high one")),
    ],
)
def test_what_is_left_out_is_found(
    name: str, segment: str, field: int, value: str, lost: tuple[str, str]
) -> None:
    number = _golden(name)
    line = next(n for n, text in enumerate(lines(number)) if text.startswith(f"{segment}|"))
    said = spoilt(number, line, field - (segment == "MSH"), value)
    assert lost in {(f.code, f.detail) for f in said.findings}


def test_nothing_refers_to_what_is_left_out() -> None:
    number = _golden("RDE_O11.lakeside")
    line = next(n for n, text in enumerate(lines(number)) if text.startswith("ORC|"))
    said = spoilt(number, line, 21, "\\.br\\")
    resources = [made.resource for made in said.made]
    known = {f"{one['resourceType']}/{one['id']}" for one in resources}

    def references(node: object) -> set[str]:
        if isinstance(node, dict):
            own = {node["reference"]} if isinstance(node.get("reference"), str) else set()
            return own.union(*map(references, node.values()))
        return set().union(*map(references, node)) if isinstance(node, list) else set()

    assert references(resources) <= known
    (role,) = (one for one in resources if one["resourceType"] == "PractitionerRole")
    assert "organization" not in role


@pytest.mark.parametrize("value", ["~Doe^Ann", "\\.br\\", "^^^^^^L"])
@pytest.mark.parametrize("field", [2, 4, 13, 30])
def test_a_contact_of_whom_nothing_could_be_read_is_none(field: int, value: str) -> None:
    """Where the first repetition has nothing, a contact had nothing but a role: R4 refuses it."""
    fields = {7: "E", field: value}
    line = "|".join(["NK1", *(fields.get(number, "") for number in range(1, 31))])
    (patient,) = of(message("ADT^A04", PID, line), "Patient")
    kept = {"name", "address", "organization"}
    assert all(kept & set(each) for each in patient.get("contact", ()))


@pytest.mark.parametrize(
    ("kind", "segment", "name", "strength"), [("RDE^O11", "RXE", 2, 25), ("OMP^O09", "RXO", 1, 18)]
)
def test_the_strength_of_a_drug_whose_name_could_not_be_read_stays(
    kind: str, segment: str, name: int, strength: int
) -> None:
    drug = f"{segment}{'|' * name}\\.br\\{'|' * (strength - name)}5mg*7"
    (made,) = of(message(kind, PID, "ORC|NW|1", drug), "Medication")
    (part,) = made["ingredient"]
    assert part["itemCodeableConcept"] == {"text": "unspecified"}
    assert part["extension"][0]["valueString"] == "5mg*7"


def test_of_an_empty_patient_nobody_takes_the_place() -> None:
    """An empty PID makes nothing: the patient in MRG had been replaced by ``Patient/``."""
    said = message("ADT^A43", "PID|1", "MRG|9^^^H^MR", "PID|1||100^^^H^MR||Doe^Jo")
    assert all("link" not in one for one in of(said, "Patient"))
    assert "no-patient-identifier MRG" in found(said)
