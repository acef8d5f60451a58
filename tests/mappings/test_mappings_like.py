"""A segment's map that is like another's: rows, keys and conditions read of its own fields."""

from __future__ import annotations

import pytest

from mappings.language.parser import parse
from mappings.language.tree import Map, TableError, Tables

FIRST = """
conditions
  named          ZAL-3.2 valued

ZAL -> AllergyIntolerance  when named
  key ZAL-3.1
  ZAL-2          type                      codes Kind[ZAL-2]         when not named
  ZAL-3          code
    .              text
    ZAL-2          coding[ZAL-4].code
  ZAL-6          onsetDateTime             later(ZAL-7, ZAL-8)
  -              verificationStatus        = ZAL-confirmed
  ignore ZAL-1
  erase note     when ZAL-5 is "ZAL-5"

"""


def made(text: str) -> dict[str, Map]:
    tables = Tables()
    parse(text, "a.map", "base", tables)
    return tables.maps


def test_a_map_like_another_is_as_if_it_were_written_out() -> None:
    like = made(FIRST + "ZIA -> AllergyIntolerance  like ZAL  when named\n")
    text = FIRST.replace("ZAL", "ZIA")
    for constant in ("-confirmed", '-5"\n'):
        text = text.replace(f"ZIA{constant}", f"ZAL{constant}")
    spelt = made(text)
    one, other = like["ZIA[AllergyIntolerance]"], spelt["ZIA[AllergyIntolerance]"]
    assert (one.when, one.rows, one.ignored) == (other.when, other.rows, other.ignored)
    assert (one.keys, one.erases) == (other.keys, other.erases)
    assert like["ZAL[AllergyIntolerance]"] == made(FIRST)["ZAL[AllergyIntolerance]"]


def test_its_own_rows_take_the_place_of_those_it_has_from_the_other() -> None:
    own = (
        "ZIA -> AllergyIntolerance  like ZAL  when named or ZIA-9 valued\n"
        "  key ZIA-7  when named\n"
        "  ZIA-9  note[].text\n"
        "  ZIA-2  type  when named\n"
        "  drop ZIA-6 onsetDateTime\n"
    )
    table = made(FIRST + own)["ZIA[AllergyIntolerance]"]
    assert [row.path for row in table.rows] == ["note.text", "type", "code", "verificationStatus"]
    assert [str(part[0]) for key in table.keys for part in key.parts] == ["ZIA-7"]
    assert "ZAL" not in str((table.when, table.keys[0].when, table.rows[1].when))
    assert "ZIA-3.2" in {str(each.source) for each in [table.keys[0].when, table.rows[1].when]}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text",
    [
        "ZIA -> AllergyIntolerance  like ZAL\n",
        FIRST + "ZIA -> Condition  like ZAL\n",
        FIRST + "ZIA -> AllergyIntolerance  like\n",
        FIRST + "ZIA -> AllergyIntolerance\n  ZIA-1  id\nZIA -> AllergyIntolerance  like ZAL\n",
    ],
)
def test_it_is_like_what_is_written_above_it(text: str) -> None:
    with pytest.raises(TableError, match=r"write first .*ZIA like"):
        made(text)
