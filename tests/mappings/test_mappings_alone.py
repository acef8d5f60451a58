"""Profiles that only say what is looked up run what is compiled of the layers below, once."""

from __future__ import annotations

from pathlib import Path

import pytest
from golden_pairs import ReadableIds

from conformance.definitions import definitions
from mappings import translate
from mappings.dictionary import LAYERS, Dictionary, load, read
from mappings.language.alone import adds_nothing
from mappings.language.tree import TableError
from mappings.runtime.state import memory

LOOKED_UP = """site
  authority  {name}
  timezone   +09:00
authorities
  {name}  urn:oid:1.2.156.{number}
systems
  L{name}  urn:oid:1.2.156.9.{number}
units
  g每升  g/L
concepts L{name} -> LN
  GLU  {code}
"""
ORU = (
    "MSH|^~\\&|LIS|H|||20260301||ORU^R01|1|P|2.5\rPID|1||7||Doe\rOBR|1|P1|F1|A^a^LN\r"
    "OBX|1|NM|GLU^^L{name}||5|g每升|||||F\r"
)


def profile(folder: Path, text: str) -> Dictionary:
    path = folder / f"{len(list(folder.iterdir()))}.map"
    path.write_text(text, encoding="utf-8")
    return load(definitions(), profile=str(path))


def codes(tables: Dictionary, name: str) -> list[str]:
    made = tables.translate(ORU.format(name=name), ReadableIds(), source="src").made
    (result,) = [m.resource for m in made if m.resource["resourceType"] == "Observation"]
    return [f"{one['system']}|{one['code']}" for one in result["code"]["coding"]]


def test_each_hospital_has_its_own_words_and_all_the_same_functions(tmp_path: Path) -> None:
    one = profile(tmp_path, LOOKED_UP.format(name="A", number=1, code="2345-7"))
    other = profile(tmp_path, LOOKED_UP.format(name="A", number=2, code="14749-6"))
    assert one.compiled is other.compiled is load(definitions()).compiled
    for tables, number, code in ((one, 1, "2345-7"), (other, 2, "14749-6"), (one, 1, "2345-7")):
        assert codes(tables, "A") == [f"urn:oid:1.2.156.9.{number}|GLU", f"http://loinc.org|{code}"]
    assert one.settings["timezone"].value == "+09:00"


@pytest.mark.parametrize(
    "more",
    [
        "PID -> Patient\n  ZPI-1  maritalStatus.text\n",
        "ignore\n  NTE\n",
        "codes AdministrativeSex 0001 -> http://hl7.org/fhir/administrative-gender\n  9  other\n",
        "fillers\n  AL1-3  1  filler\n",
        "site\n  snapshots none\n",
        "systems\n  LN  urn:oid:1.2.3\n",
        # A word for a system that a condition asks for by its name
        "systems\n  诊断编码  urn:oid:2.16.156.10011.2.3.3.11\n",
    ],
)
def test_whoever_says_more_has_functions_of_his_own(tmp_path: Path, more: str) -> None:
    path = tmp_path / "more.map"
    path.write_text(more, encoding="utf-8")
    assert not adds_nothing(read(LAYERS, str(path)), read(LAYERS, None))
    path.write_text(LOOKED_UP.format(name="A", number=1, code="2345-7"), encoding="utf-8")
    assert adds_nothing(read(LAYERS, str(path)), read(LAYERS, None))


def test_a_country_s_tables_that_are_left_out_are_not_compiled(tmp_path: Path) -> None:
    made = profile(tmp_path, "site\n  layers base\n")
    assert made.compiled is load(definitions(), layers=("base",)).compiled


def test_a_wrong_row_is_told_all_the_same(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"0\.map:2: .* no code nothing"):
        profile(tmp_path, "concepts - -> condition-clinical\n  X  nothing\n")


def test_what_is_remembered_of_sources_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = load(definitions())

    def translated(source: str, number: int = 0) -> memory.Memory:
        text = ORU.format(name="").replace("GLU", f"GLU{number}")
        tables.translate(text, ReadableIds(), source=source)
        (place,) = [place for place in tables.compiled.memory if place[1] == source]
        return tables.compiled.memory[place]

    def known() -> list[str]:
        return [place[1] for place in tables.compiled.memory]

    tables.compiled.memory.clear()
    recent = memory.Recent()
    monkeypatch.setattr(translate, "RECENT", recent)
    first = translated("a")
    assert first.values == sum(map(len, (*first.codes, first.directories, first.authorities,
                                         first.assigners))) > 0  # fmt: skip
    recent.most = 3 * first.values - 1
    for source in ("b", "a", "c"):
        translated(source)
    assert known() == ["a", "c"]  # b was not used for the longest time
    assert recent.values == sum(one.values for one in tables.compiled.memory.values())
    more = [translated("c", number).values for number in range(1, 50)]
    assert known() == ["c"]  # one whose own vocabulary is more than that has it all the same
    assert recent.values == more[-1] > recent.most


def test_what_is_remembered_of_a_kind_of_value_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MEMO_SIZE", 2)
    owner = memory.Memory(1)
    for value in "abc":
        memory.remember(owner.codes[0], value, value)
    assert (owner.codes[0], owner.values) == ({"c": "c"}, 1)


def test_a_profile_without_a_name_is_not_taken_for_none() -> None:
    with pytest.raises(TableError, match="there is no such site profile"):
        load(definitions(), profile="")
