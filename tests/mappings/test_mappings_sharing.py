"""Elements that messages share: which, and that each message gets what it would have made alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from golden_pairs import ReadableIds, dictionary, messages
from hypothesis import given, settings
from hypothesis import strategies as st
from speaking import PID, message, of, oru

from conformance.definitions import definitions
from mappings.compiler.build import generate
from mappings.dictionary import load
from mappings.language.parser import parse
from mappings.language.tree import Tables
from mappings.runtime.state.memory import unshared
from mappings.runtime.types import Made

_ALONE = load(definitions(), explain=True)

TABLE = """
CWE -> CodeableConcept
  CWE.1   coding[first].code
  CWE.2   text

codes Status  0085 -> http://hl7.org/fhir/observation-status
  F   final

OBX -> Observation  snapshot
  OBX-3   code                 CWE[CodeableConcept]
  OBX-11  status               codes Status
  -       status               = unknown
  OBX-17  method               CWE[CodeableConcept]
  OBX-5   valueString
"""


def shared_fields(*more: str) -> list[int] | None:
    """The fields whose values decide what results share; None if they share nothing."""
    tables = Tables()
    parse(TABLE + "\n".join(more), "a.map", "base", tables)
    found = re.search(r"share\(OBX_Observation_shared, [^(]*\(([^)]*)\)", build_source(tables))
    return [int(n) for n in re.findall(r"f\[(\d+)\]", found[1])] if found else None


def build_source(tables: Tables) -> str:
    return "\n".join(generate(tables, definitions()).source)


def test_elements_made_of_vocabulary_alone_are_shared() -> None:
    assert shared_fields() == [3, 11, 17]


@pytest.mark.parametrize(
    "row",
    [
        "  OBX-18  bodySite   CWE[CodeableConcept]   when OBX-5 valued",  # a value
        "  OBX-18  bodySite.text",  # free text
        "  OBR-15  bodySite   CWE[CodeableConcept]",  # another segment
        "  OBX-14  effectiveDateTime",
    ],
)
def test_an_element_that_reads_anything_else_is_not_shared(row: str) -> None:
    assert shared_fields(row) == [3, 11, 17]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("OBX-17 not valued and OBX-5 valued", [3, 11, 17]),
        ("OBX-17 not valued and OBX-5 is-a raised", [3, 11, 17]),
        ("OBX-5 valued", None),  # two are too few
        ("OBX-11 not valued and OBX-5 valued", None),
        ("OBX-17 not valued or OBX-5 valued", None),
    ],
)
def test_an_element_is_shared_that_something_else_fills_only_where_it_is_empty(
    condition: str, expected: list[int] | None
) -> None:
    row = f'  -  method.text  = "by hand"  when {condition}'
    assert shared_fields(row) == expected


@pytest.mark.parametrize(
    "more",
    [
        "  OBX-18  method.text",  # free text beside the code
        "NTE -> Observation\n  NTE-3   method.text",  # another segment's map
        "PRT -> Observation\n  PRT-4   method   CWE[CodeableConcept]",
    ],
)
def test_an_element_that_others_build_into_is_not_shared(more: str) -> None:
    assert shared_fields(more) is None  # two are too few


def test_a_map_that_is_no_snapshot_shares_nothing() -> None:
    tables = Tables()
    parse(TABLE.replace("  snapshot", ""), "a.map", "base", tables)
    assert "share(" not in build_source(tables)


def told(made: list[Made]) -> list[tuple[object, ...]]:
    ordered = sorted(made, key=lambda m: (m.resource["resourceType"], m.resource["id"]))
    return [each[:6] for each in ordered]


@pytest.mark.parametrize("path", messages(), ids=lambda p: p.stem)
def test_what_is_remembered_is_what_each_message_makes_alone(path: Path) -> None:
    profile, text = path.stem.partition(".")[2], path.read_text(encoding="utf-8")
    remembering = dictionary(profile)
    alone = load(definitions(), profile=profile or None, explain=True)
    expected = alone.translate(text, ReadableIds(), source=profile)
    for _ in range(2):
        found = remembering.translate(text, ReadableIds(), source=profile)
        assert told(found.made) == told(expected.made)
        assert sorted(map(str, found.findings)) == sorted(map(str, expected.findings))


_OBX = {
    2: ("NM", "ST", "ED", "TS", "NA"), 3: ("GLU^葡萄糖^L", "8867-4^x^LN", "TIM"),
    4: ("", "1", "1.2", "2^3"),
    5: ("1", "5.6↑", "2~3", "", "^TX^PDF^A^JVBERi0x", "20260301"), 8: ("", "H"), 10: ("", "A"),
    11: ("F", "C"),
    14: ("", "20260301", "2026030111", "nonsense", "20260301^S"),
    15: ("", "LAB^Lab^L", "LAB^Lab^L^^^^^^^more"),
    16: ("", "D1^One", "D1^One~D2^Two", "D1^Other"), 19: ("", "20260302"),
    23: ("", "Elsewhere^^77"),
    25: ("", "D3^Three"), 29: ("", "RSLT"), 30: ("", "PRODUCT"),
}  # fmt: skip
_OBR = ("OBR|{0}|P{0}|F{0}|A^Aa^L|||20260301||{1}", "OBR|{0}|P{0}|F{0}|A^Aa^L||||20260303||{1}{1}")


def _segment(values: dict[int, str]) -> str:
    return "|".join(["OBX", *(values.get(n, "") for n in range(1, 31))]).rstrip("|")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(_OBR), st.sampled_from(("", "|||||||||||20260304||LAB||||20260305")),
            st.lists(st.fixed_dictionaries({n: st.sampled_from(v) for n, v in _OBX.items()}),
                     min_size=1, max_size=4),
        ), min_size=1, max_size=2,
    )
)  # fmt: skip
@settings(max_examples=150)
def test_what_results_of_a_message_have_in_common_is_what_each_says(
    orders: list[tuple[str, str, list[dict[int, str]]]],
) -> None:
    head = f"MSH|^~\\&|APP|H|||20260306||ORU^R01|1|P|2.5.1\r{PID}"
    lines = [head]
    for number, (order, more, results) in enumerate(orders, 1):
        lines += [order.format(number, more), *map(_segment, results)]
    text = "\r".join(lines)
    found = dictionary("").translate(text, ReadableIds(), source="src")
    expected = _ALONE.translate(text, ReadableIds(), source="src")
    assert told(found.made) == told(expected.made)
    assert sorted(map(str, found.findings)) == sorted(map(str, expected.findings))


def test_results_of_a_message_share_what_they_have_in_common() -> None:
    results = [
        "OBX|1|NM|A^a^L||1||||||F|||20260301|LAB^Lab^L|D1^One",
        "OBX|2|NM|B^b^L||2||||||F|||20260301|LAB^Lab^L|D1^One",
        "OBX|3|NM|C^c^L||3||||||F|||20260302|LAB^Lab^L|D1^One",
    ]
    one, two, later = of(oru(*results), "Observation")
    assert one["performer"] is two["performer"]
    assert one["performer"] is not later["performer"]
    assert later["effectiveDateTime"] == "2026-03-02"


def test_a_resource_begun_before_changes_nothing_of_what_it_shares() -> None:
    common = {"note": ["one"]}
    resource: dict[str, Any] = {"resourceType": "Observation", **common}
    assert not unshared(resource)
    resource["note"].append("two")
    assert resource["note"] == ["one", "two"]
    assert common == {"note": ["one"]}


@pytest.mark.parametrize("preferred", ["HO", "OH", "H", "OO"])
def test_one_number_of_several_participants_is_what_each_says_of_it(preferred: str) -> None:
    def participant(number: int, way: str) -> str:
        fields = ["PRT", str(number), "AD", "", "AP^^HL70443", f"D{number}^A", *[""] * 20]
        fields[8], fields[15], fields[23] = "Ward^^77", "010-1^PRN^PH", way
        return "|".join(fields)

    made = message(
        "ORU^R01", PID, "OBR|1|P1|F1|A^Aa^L",
        *(participant(number, way) for number, way in enumerate(preferred)),
        "OBX|1|NM|X||1||||||F", version="2.7",
    )  # fmt: skip
    numbers = [number for role in of(made, "PractitionerRole") for number in role["telecom"]]
    assert ["extension" in number for number in numbers] == [way == "H" for way in preferred]


def test_what_one_value_names_in_two_records_is_of_each() -> None:
    result = f"OBX|1|NM|X||1||||||F{'|' * 22}S1"
    order = "OBR|1|P1|F1|A^Aa^L"
    made = message("ORU^R01", PID, order, result, PID.replace("100^", "200^"), order, result)
    specimens = [one["specimen"]["reference"] for one in of(made, "Observation")]
    assert len(set(specimens)) == 2
    assert {name.partition("/")[2] for name in specimens} == {s["id"] for s in of(made, "Specimen")}


_POURED = """
CWE -> CodeableConcept
  CWE.1   coding[first].code
  CWE.2   text

CWE -> Coding
  CWE.1   code

PV2 -> Encounter
  -       priority
    PV2-25  .                    CWE[CodeableConcept]
"""


@pytest.mark.parametrize(
    ("more", "is_shared"),
    [
        ("", True),
        ('    PV2-40  text', True),
        ("    PV2-40  coding[]         CWE[Coding]", False),
        ("    PV2-40  coding[first]    CWE[Coding]", False),
        ("    PV2-40  coding[first].code", False),
        ("  PV2-40  priority.coding[].code", False),
    ],
)  # fmt: skip
def test_what_is_remembered_and_poured_is_copied_where_another_row_adds_to_it(
    more: str, is_shared: bool
) -> None:
    tables = Tables()
    parse(_POURED + more, "a.map", "base", tables)
    source = build_source(tables).partition("def PV2_Encounter")[2]
    poured = re.split(r"# a\.map:\d+", source)[2]
    assert "remember(" in poured
    assert ("copied(" not in poured) == is_shared
