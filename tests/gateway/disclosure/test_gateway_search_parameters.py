"""The table of search parameters, held against FHIR R4's own definitions."""

from __future__ import annotations

import re

import pytest

from conformance.definitions import definitions
from gateway.disclosure.search.parameters import Parameter, table

ROWS = [(type_, row) for type_, rows in table().items() for row in rows.values()]
KINDS = {
    "date": {"date", "dateTime", "instant", "Period"},
    "reference": {"Reference"},
    "quantity": {"Quantity", "SimpleQuantity"},
    "string": {"string", "HumanName", "Address"},
    "token": {"id", "code", "boolean", "Coding", "CodeableConcept", "Identifier", "ContactPoint"},
}


@pytest.mark.parametrize(("type_", "row"), ROWS, ids=lambda value: getattr(value, "name", value))
def test_every_row_is_a_parameter_of_r4_on_elements_of_r4(type_: str, row: Parameter) -> None:
    defined = definitions().search_parameters(type_)[row.name]
    assert row.kind == defined.type
    for path in row.paths:
        plain = ".".join(re.sub(r"\[.*\]", "", step) for step in path)
        element = definitions().element(type_, plain)
        assert element is not None, plain
        assert element.type in KINDS[row.kind], (plain, element.type)
        stem = plain.removesuffix(element.type[:1].upper() + element.type[1:])
        assert stem.rpartition(".")[2] in defined.expression


def test_the_patient_parameter_is_offered_wherever_r4_has_one() -> None:
    for type_, rows in table().items():
        if type_ != "Patient":
            assert any(row.names_patient for row in rows.values()), type_
