"""Parts of a segment that several of its maps share: written once, gathered wherever named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from mappings.language.parser import parse
from mappings.language.parts import with_parts
from mappings.language.plain import PlainRow, plain_rows
from mappings.language.tree import Row, TableError, Tables, Where

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


def tables(text: str = SHARED) -> Tables:
    written = Tables()
    parse(text, "shared.map", "base", written)
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


PLACE = """
ZPL -> Encounter.location
  .              location.display
  .2             location.id               when . valued
  ZPL-9          status

ZPL -> Observation.value
  .              by ZPL-2                  when .3 valued
    NM             valueQuantity.value
  -              valueString               = unknown
"""


def test_part_of_a_field_reads_its_value() -> None:
    part = tables(PLACE + "ZPL -> Encounter\n  ZPL-3  location[]  ZPL[Encounter.location]\n"
                  "    ZPL-4  period.start\n")  # fmt: skip
    (row,) = part.maps["ZPL[Encounter]"].rows
    assert (str(row.sources[0]), row.convert) == ("ZPL-3", "")
    read = [str(each.sources[0]) for each in row.rows]
    assert read == [".", ".2", "ZPL-9", "ZPL-4"]


def test_part_poured_into_an_object_stands_in_the_row_s_place() -> None:
    rows = "\n  ZPL-{}  .  ZPL[Observation.value]  when ZPL-8 valued"
    several = "\n  ZPL-7  component[]\n    .  .  ZPL[Observation.value]\n"
    named = f"ZPL -> Observation{rows.format(5)}{several}"
    spelt = """
ZPL -> Observation
  ZPL-5          by ZPL-2                  when ZPL-8 valued and ZPL-5.3 valued
    NM             valueQuantity.value
  -              valueString               = unknown    when ZPL-8 valued and ZPL-5 valued
  ZPL-7          component[]
    .              by ZPL-2                  when .3 valued
      NM             valueQuantity.value
    -              valueString               = unknown    when . valued
"""
    one, other = tables(PLACE + named), tables(spelt)
    assert shape(one.maps["ZPL[Observation]"].rows) == shape(other.maps["ZPL[Observation]"].rows)


def shape(rows: Iterable[Row]) -> list[object]:
    return [replace(row, where=Where("", 0, ""), rows=tuple(shape(row.rows))) for row in rows]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "row", ["ZPL-5|ZPL-6  .  ZPL[Observation.value]", "ZPL-5  .  ZPL[Observation.value]  default"]
)
def test_part_in_a_row_s_place_asks_for_one_value(row: str) -> None:
    with pytest.raises(TableError, match=r"write: ZPL-5 . ZPL\[Observation.value\]"):
        tables(f"{PLACE}ZPL -> Observation\n  {row}\n")


def test_part_in_the_place_of_a_component_s_row_reads_what_is_below_it() -> None:
    row = "ZPL -> Observation\n  ZPL-5.2  .  ZPL[Observation.value]\n"
    with pytest.raises(TableError, match=r"ZPL-5.2 has nothing below it that .3 could read"):
        tables(PLACE + row)


GIVEN = """
NM -> Quantity (unit)
  NM             value                     when NM is-a number
  $unit          .                         CWE[Quantity]

NM -> Range (to, unit)
  NM             low                       NM[Quantity]($unit)
  $to            high                      NM[Quantity]($unit)    when $to valued

CWE -> Quantity
  CWE.1          unit

"""


def written(rows: str) -> list[object]:
    made = tables(f"{GIVEN}ZDR -> MedicationRequest\n{rows}")
    return shape(made.maps["ZDR[MedicationRequest]"].rows)


def test_a_map_is_given_fields() -> None:
    assert written("""
  ZDR-3.1        dispenseRequest.quantity  NM[Quantity](ZDR-5)    when ZDR-4 valued
    ZDR-6          code
""") == written("""
  -              dispenseRequest.quantity  when ZDR-4 valued
    ZDR-3.1        value                   when ZDR-3.1 is-a number
    ZDR-5          .                       CWE[Quantity]
    ZDR-6          code
""")


def test_a_map_gives_another_what_it_is_given() -> None:
    assert written("  ZDR-3  doseRange  NM[Range](ZDR-4, ZDR-5)\n") == written("""
  -              doseRange
    ZDR-3          low                     NM[Quantity](ZDR-5)
    ZDR-4          high                    NM[Quantity](ZDR-5)    when ZDR-4 valued
""")


def test_a_map_that_is_given_fields_makes_nothing_of_its_own() -> None:
    rows = "  ZDR-3  quantity  NM[Quantity](ZDR-5)\n"
    maps = tables(f"{GIVEN}ZDR -> MedicationRequest\n{rows}").maps
    assert set(maps) == {"CWE[Quantity]", "ZDR[MedicationRequest]"}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("ZDR-3  quantity  NM[Quantity]", r"write: FIELD ELEMENT NM\[Quantity\]\(\$unit\)"),
        ("ZDR-3  quantity  NM[Quantity](ZDR-4, ZDR-5)", r"write: FIELD ELEMENT NM\[Quantity\]"),
        ("ZDR-3|ZDR-4  quantity  NM[Quantity](ZDR-5)", r"write: FIELD ELEMENT NM\[Quantity\]"),
        ("ZDR-3  .  NM[Quantity](ZDR-5)", r"write: FIELD ELEMENT NM\[Quantity\]"),
        ("ZDR-3  quantity  NM[Quantity](mg)", "'mg' is not a field"),
        ("$unit  id", r"nobody gives ZDR\[MedicationRequest\] the field"),
        ("-  id  = x  when $unit valued", r"nobody gives ZDR\[MedicationRequest\] the field"),
    ],
)  # fmt: skip
def test_a_map_that_is_not_given_its_fields_is_refused(row: str, why: str) -> None:
    with pytest.raises(TableError, match=why):
        written(f"  {row}\n")
