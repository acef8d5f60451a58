"""What several maps of a segment say alike: rows of several targets, and what all leave out."""

from __future__ import annotations

import pytest

from mappings.language.omissions import LEFT_OUT, with_omissions
from mappings.language.parser import parse
from mappings.language.tree import TableError, Tables

ALIKE = """
ZNT -> CarePlan, Goal  when ZNT-2 valued
  ZNT-2     note[].text

ZNT -> *
  ignore ZNT-1 ZNT-2
  ignore ZNT-3    when ZNT-3 in (A, D)
"""


def tables(text: str = ALIKE) -> Tables:
    written = Tables()
    parse(text, "alike.map", "base", written)
    return with_omissions(written)


def test_a_map_of_several_targets_is_one_of_each() -> None:
    maps = tables().maps
    assert list(maps) == ["ZNT[CarePlan]", "ZNT[Goal]"]
    assert maps["ZNT[CarePlan]"].rows == maps["ZNT[Goal]"].rows
    assert maps["ZNT[CarePlan]"].when == maps["ZNT[Goal]"].when
    assert maps["ZNT[Goal]"].target == "Goal"


def test_a_name_is_of_one_map() -> None:
    with pytest.raises(TableError, match=r"alike\.map:1: a name is of one map"):
        tables("ZNT -> CarePlan, Goal  as ZNT[Goal-Note]\n  ZNT-2  note[].text\n")


def test_every_map_of_a_segment_leaves_out_what_is_said_of_all() -> None:
    for table in tables().maps.values():
        assert {field for field, _ in table.ignored} == {"ZNT-1"}
        (left,) = (row for row in table.rows if row.convert == LEFT_OUT)
        assert str(left.sources[0]) == "ZNT-3"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ZNT -> *\n  ZNT-1  id\n", r"alike\.map:2: below ZNT -> \* stands what to ignore"),
        ("ZNT -> *\n  ignore ZNT-1\n", r"alike\.map:2: there is no map of ZNT"),
        (ALIKE + "  ignore PID-1\n", r"alike\.map:8: 'PID-1' is no field or component of ZNT"),
    ],
)
def test_what_every_map_leaves_out_is_told_with_its_line_if_it_is_wrong(
    text: str, why: str
) -> None:
    with pytest.raises(TableError, match=why):
        tables(text)
