"""A segment's map that is like another's: rows, keys and conditions read of its own fields."""

from __future__ import annotations

from dataclasses import replace

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
    like = made(FIRST + "ZIA -> AllergyIntolerance  when named\n  like ZAL\n")
    text = FIRST.replace("ZAL", "ZIA")
    for constant in ("-confirmed", '-5"\n'):
        text = text.replace(f"ZIA{constant}", f"ZAL{constant}")
    spelt = made(text)
    one, other = like["ZIA[AllergyIntolerance]"], spelt["ZIA[AllergyIntolerance]"]
    assert one == replace(other, where=one.where)
    assert like["ZAL[AllergyIntolerance]"] == made(FIRST)["ZAL[AllergyIntolerance]"]


PART = """
ZAL -> Appointment.participant
  ZAL-3          actor.display
  ZAL-4          status

ZAL -> Appointment
  ZAL            participant[]             ZAL[Appointment.participant]    when ZAL-3 valued

"""


def test_a_part_like_another_stands_for_it_in_a_map_like_the_other() -> None:
    own = "  ZIA-3  type[].text\n  like ZAL\n  drop ZIA-3 actor.display\n"
    part = f"ZIA -> Appointment.participant\n{own}"
    like = made(f"{PART}{part}ZIA -> Appointment\n  like ZAL\n")
    assert [row.path for row in like["ZIA[Appointment.participant]"].rows] == [
        "type.text",
        "status",
    ]
    (row,) = like["ZIA[Appointment]"].rows
    assert (str(row.sources[0]), row.convert) == ("ZIA", "ZIA[Appointment.participant]")


def test_its_own_rows_and_keys_stand_instead_of_those_of_the_other() -> None:
    own = (
        "ZIA -> AllergyIntolerance  when named or ZIA-9 valued\n"
        "  key ZIA-7  when named\n"
        "  ZIA-9  note[].text\n"
        "  like ZAL\n"
        "  drop ZIA-6 onsetDateTime\n"
        "  ZIA-2  type  when named\n"
        "  ignore ZIA-8\n"
    )
    table = made(FIRST + own)["ZIA[AllergyIntolerance]"]
    assert [row.path for row in table.rows] == ["note.text", "code", "verificationStatus", "type"]
    assert [str(part[0]) for key in table.keys for part in key.parts] == ["ZIA-7"]
    assert {word for word, _ in table.ignored} == {"ZIA-1", "ZIA-8"}
    for asked in (table.when, table.keys[0].when, table.rows[-1].when):
        assert "name='ZIA', field=3, component=2" in str(asked)
        assert "ZAL" not in str(asked)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ZIA -> AllergyIntolerance\n  like ZAL\n", "2: write first ZAL -> AllergyIntolerance"),
        (FIRST + "ZIA -> Condition\n  like ZAL\n", "write first ZAL -> Condition"),
        (FIRST + "ZIA -> AllergyIntolerance\n  like\n", "write first"),
        (FIRST + 2 * "ZIA -> AllergyIntolerance\n  like ZAL\n", "then of ZIA: like ZAL"),
        (
            FIRST + "ZIA -> AllergyIntolerance\n  like ZAL\n  drop ZIA-3 note\n",
            "18: there is no row 'ZIA-3 note' to drop",
        ),
    ],
)
def test_it_is_like_what_is_written_above_it(text: str, why: str) -> None:
    with pytest.raises(TableError, match=why):
        made(text)
