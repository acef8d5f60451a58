"""Stacks of tables that differ in a few rows have all else in common: in memory and on disk."""

from __future__ import annotations

from pathlib import Path
from weakref import WeakValueDictionary

import pytest
from golden_pairs import ReadableIds

from conformance.definitions import definitions
from mappings import dictionary
from mappings.cache import Cache
from mappings.compiler import modules
from mappings.compiler.modules import called, compiled, restored, stored
from mappings.dictionary import Dictionary, load

ROWS = "ZPI -> Patient\n  ZPI-1  maritalStatus.text\n"
ADT = (
    "MSH|^~\\&|HIS|A|||20260301||ADT^A08|1|P|2.5\rPID|1||7^^^A^MR||Doe^Jo||19000101|M\r"
    "PV1|1|I|W1|||||||||||||||||V1\rZPI|of his own\r"
)


@pytest.fixture
def own(tmp_path: Path) -> str:
    path = tmp_path / "own.map"
    path.write_text(ROWS, encoding="utf-8")
    return str(path)


@pytest.fixture
def at(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def started(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what is in memory, as at a start."""
    monkeypatch.setattr(dictionary, "_loaded", {})
    monkeypatch.setattr(dictionary, "_compiled", {})
    monkeypatch.setattr(modules, "_known", WeakValueDictionary())


def said(tables: Dictionary) -> str:
    (patient,) = [
        made.resource for made in tables.translate(ADT, ReadableIds(), source="s").made
        if made.resource["resourceType"] == "Patient"
    ]  # fmt: skip
    return patient["maritalStatus"]["text"] if "maritalStatus" in patient else ""


def test_a_profile_with_a_row_shares_the_code_of_all_that_it_does_not_change(own: str) -> None:
    below, above = load(definitions()), load(definitions(), profile=own)
    assert above.compiled is not below.compiled
    changed = above.compiled.code.keys() - below.compiled.code.keys()
    assert 2 <= len(changed) <= 5  # its own, its key, and whom it meets
    assert all(
        code is below.compiled.code[digest]
        for digest, code in above.compiled.code.items() if digest not in changed
    )  # fmt: skip
    assert (said(above), said(below)) == ("of his own", "")


def test_code_tables_that_say_the_same_are_one(tmp_path: Path) -> None:
    """They are a third of what a stack takes: of two profiles' 300 tables, one differs."""
    path = tmp_path / "codes.map"
    path.write_text(
        ROWS + "codes AdministrativeSex 0001 -> http://hl7.org/fhir/administrative-gender\n"
        "  9  other\n",
        encoding="utf-8",
    )
    below, above = (
        load(definitions(), profile=profile).compiled.segments["PID"].mentions[0].build.__globals__  # type: ignore[attr-defined]
        for profile in (None, str(path))
    )
    tables = [name for name in below if name.startswith("T_") and not name.endswith("_plain")]
    assert [name for name in tables if above[name] is not below[name]] == ["T_AdministrativeSex"]
    assert above["T_AdministrativeSex_plain"]["9"] == "other"


def test_a_profile_runs_the_functions_below_it_but_for_those_that_ask_for_what_it_changes(
    tmp_path: Path,
) -> None:
    path = tmp_path / "names.map"
    path.write_text("XPN -> HumanName\n  XPN.20  suffix[]\n", encoding="utf-8")
    below, above = (load(definitions(), profile=one).compiled for one in (None, str(path)))

    def own(segment: str) -> bool:
        one, other = (stack.segments[segment].mentions[0].build for stack in (below, above))
        return one is not other

    assert (own("PID"), own("NK1"), own("OBR"), own("DG1")) == (True, True, False, False)
    tables = load(definitions(), profile=str(path))
    made = tables.translate(
        ADT.replace("Doe^Jo", "Doe^Jo" + "^" * 18 + "III"), ReadableIds(), source="s"
    )
    patients = [m.resource for m in made.made if m.resource["resourceType"] == "Patient"]
    assert [one["name"][0]["suffix"] for one in patients] == [["III"]]


def test_what_is_kept_of_a_profile_is_what_it_changes(
    own: str, at: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started(monkeypatch)
    load(definitions(), cache=Cache(at))
    whole = sum(path.stat().st_size for path in at.iterdir())
    load(definitions(), profile=own, cache=Cache(at))
    assert sum(path.stat().st_size for path in at.iterdir()) < 1.5 * whole
    started(monkeypatch)
    monkeypatch.setattr(dictionary, "generate", None)  # nothing may be compiled
    assert said(load(definitions(), profile=own, cache=Cache(at))) == "of his own"


def test_a_profile_of_which_half_is_kept_is_compiled_anew(
    own: str, at: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started(monkeypatch)
    load(definitions(), cache=Cache(at))
    below = set(at.iterdir())
    started(monkeypatch)
    assert said(load(definitions(), profile=own, cache=Cache(at))) == "of his own"
    for path in below:
        path.unlink()
    for _ in range(2):  # the second time, all of it is kept
        started(monkeypatch)
        assert said(load(definitions(), profile=own, cache=Cache(at))) == "of his own"
        monkeypatch.setattr(dictionary, "generate", None)


def test_code_is_stored_without_what_is_below_it(monkeypatch: pytest.MonkeyPatch) -> None:
    code = compiled(["def a(): return 1", "def b(): return 2"])
    lower = {digest: octets for digest, octets in stored(code, {}).items() if octets}
    (first, _) = code
    octets = stored(code, {first: lower[first]})
    assert [bool(one) for one in octets.values()] == [False, True]
    assert restored(octets, dict) == code  # known
    monkeypatch.setattr(modules, "_known", WeakValueDictionary())
    with pytest.raises(KeyError):
        restored(octets, dict)
    names: dict[str, object] = {}
    for one in restored(octets, lambda: lower).values():
        exec(one, names)
    assert names["a"]() + names["b"]() == 3  # type: ignore[operator]


def test_names_say_what_they_stand_for() -> None:
    assert called("R", "{1: (0,)}") == called("R", "{1: (0,)}") != called("R", "{2: (0,)}")
    assert called("R", "x").startswith("R_")
