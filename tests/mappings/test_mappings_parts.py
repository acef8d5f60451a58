"""Parts of a segment that several of its maps share: written once, gathered wherever named."""

from __future__ import annotations

from mappings.language.parser import parse
from mappings.language.parts import with_parts
from mappings.language.plain import PlainRow, plain_rows
from mappings.language.tree import Tables

SHARED = """
ZNT -> Annotation
  ZNT-3          text
  ZNT-6          time
  ignore ZNT-1

ZNT -> Observation
  ZNT            note[]                    ZNT[Annotation]           when ZNT-3 valued

ZNT -> Appointment
  -              extension[note]
    ZNT            valueAnnotation         ZNT[Annotation]

extensions
  note    https://a.example/note

CX -> Identifier
  CX.1           value

CX -> RelatedPerson as CX[RelatedPerson-Mother]
  CX             identifier[]              CX[Identifier]
"""


def tables() -> Tables:
    written = Tables()
    parse(SHARED, "shared.map", "base", written)
    return with_parts(written)


def rows(name: str) -> list[tuple[str, str]]:
    found: list[PlainRow] = [r for r in plain_rows(tables()) if r.map == name]
    return [(r.source, r.path) for r in found]


def test_part_is_gathered_where_it_is_named() -> None:
    assert rows("ZNT[Observation]") == [("ZNT-3", "note.text"), ("ZNT-6", "note.time")]


def test_part_is_gathered_in_nested_rows() -> None:
    note = "extension(https://a.example/note).valueAnnotation"
    assert rows("ZNT[Appointment]") == [("ZNT-3", f"{note}.text"), ("ZNT-6", f"{note}.time")]


def test_row_that_names_a_part_keeps_its_condition() -> None:
    (row,) = tables().maps["ZNT[Observation]"].rows
    assert row.when is not None
    assert not row.convert


def test_part_makes_nothing_of_its_own() -> None:
    assert "ZNT[Annotation]" not in tables().maps


def test_what_a_part_leaves_out_is_left_out_everywhere() -> None:
    for name in ("ZNT[Observation]", "ZNT[Appointment]"):
        assert {source for source, _ in tables().maps[name].ignored} == {"ZNT-1"}


def test_map_of_a_data_type_is_no_part() -> None:
    assert rows("CX[RelatedPerson-Mother]") == [("CX", "identifier")]
    assert "CX[Identifier]" in tables().maps
