"""Keys: how tables write what identifies a resource, and when two messages name one thing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.definitions import definitions
from mappings.compiler.build import build
from mappings.language import tree
from mappings.language.keys import with_keys
from mappings.language.parser import parse
from mappings.language.tree import Source, TableError, Tables
from mappings.runtime.functions.numbered import cnn_key, cwe_key, cx_key, ei_key, xcn_key, xon_key
from mappings.runtime.state.context import Context
from mappings.runtime.state.memory import Memory
from mappings.runtime.types import Site

OWN = "https://yiqiao.org/fhir/authority/src"
SITE = Site("src", authority="H1", authorities={"LAB": "urn:oid:1.2.3"})


def context(site: Site = SITE) -> Context:
    return Context(None, site, Memory(0), {}, envelope=False, explain=False)  # type: ignore[arg-type]


def key(line: str) -> tree.Key:
    made = Tables()
    parse(f"OBR -> ServiceRequest\n  key {line}\n", "a.map", "base", made)
    return made.maps["OBR[ServiceRequest]"].keys[0]


def test_a_key_names_identifiers_words_and_when_it_serves() -> None:
    made = key('"filler" + EI(OBR-3|ORC-3) + OBR-4.1?  when OBR-3.2 valued or OBR-3.3 valued')
    assert made.parts == (
        (Source('"filler"'),),
        (Source("OBR", 3, 1), Source("ORC", 3, 1)),
        (Source("OBR", 4, 1),),
    )
    assert made.types == ("", "EI", "")
    assert made.optional == (False, False, True)
    assert isinstance(made.when, tree.Combined)


def test_the_number_of_an_identifier_stands_where_its_type_has_it() -> None:
    made = key("XCN(ORC-12) + XON(ORC-21) + CNN(OBR-32.1)")
    assert made.parts == (
        (Source("ORC", 12, 1),), (Source("ORC", 21, 10),), (Source("OBR", 32, 1, 1),),
    )  # fmt: skip


@pytest.mark.parametrize("line", ["EI(OBR-3.1.2)", "EI(-)", "CX(Encounter)", "EI()", "XX(OBR-3)"])
def test_what_holds_no_identifier_is_refused(line: str) -> None:
    with pytest.raises(TableError, match=r"a\.map:2"):
        key(line)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1001", "1001"),
        ("1001^H1", "1001"),  # the site's own
        ("1001^HIS", f"{OWN}/HIS|1001"),
        ("1001^HIS^^", f"{OWN}/HIS|1001"),
        ("1001^LAB", "urn:oid:1.2.3|1001"),
        ("1001^^1.2.3^ISO", "urn:oid:1.2.3|1001"),  # one authority, written twice
        ("1001^X^1.2.3^ISO", "urn:oid:1.2.3|1001"),
        (" 1001 ^HIS~1002^EMR", f"{OWN}/HIS|1001"),
        (r"A\T\B^HIS", f"{OWN}/HIS|A&B"),
        ("1001^^^", "1001"),
        ("1001^^^ISO", "1001"),
        ("^HIS", ""),
        ("", ""),
    ],
)
def test_the_key_of_an_entity(value: str, expected: str) -> None:
    assert ei_key(value, context()) == expected
    assert ei_key(value, (again := context())) == ei_key(value, again)
    assert ei_key(value.replace("^", "&"), context(), "&") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("77", "77"),
        ("77^3^M11^OP&1.2.3&ISO^VN", "urn:oid:1.2.3|77"),
        ("77^^^IP^VN~78", f"{OWN}/IP|77"),
        ("77^^^H1^VN", "77"),
        ("^^^IP", ""),
    ],
)
def test_the_key_of_a_composite_id(value: str, expected: str) -> None:
    assert cx_key(value, context()) == expected


def test_without_an_authority_of_its_own_a_site_has_numbers_alone() -> None:
    nobody = context(Site("src"))
    assert ei_key("1001", nobody) == "1001"
    assert ei_key("1001^HIS", nobody) == f"{OWN}/HIS|1001"


def test_what_the_default_authority_is_may_change_between_messages() -> None:
    memory = Memory(0)
    said = []
    for authority in ("H1", "HIS"):
        site = SITE._replace(authority=authority)
        one = Context(None, site, memory, {}, envelope=False, explain=False)  # type: ignore[arg-type]
        said.append(ei_key("1001^HIS", one))
    assert said == [f"{OWN}/HIS|1001", "1001"]


_NAMES = st.sampled_from(["", "HIS", "EMR", "H1", "LAB"])


@given(st.text("0123456789AB-", min_size=1, max_size=6), _NAMES, _NAMES)
def test_one_number_is_one_thing_only_within_an_authority(number: str, a: str, b: str) -> None:
    same = ei_key(f"{number}^{a}", context()) == ei_key(f"{number}^{b}", context())
    assert same == ((a or "H1") == (b or "H1"))
    as_composite = cx_key(f"{number}^^^{a}", context())
    assert as_composite == ei_key(f"{number}^{a}", context())


def test_a_key_that_does_not_serve_is_passed_over() -> None:
    made = Tables()
    parse(
        "message ORU_R01  ORU^R01\n  OBR  ServiceRequest\n"
        "OBR -> ServiceRequest\n"
        '  key "placer" + EI(OBR-2)  when OBR-2.2 valued\n'
        "  key EI(OBR-3)\n"
        "  OBR-2  identifier[].value\n",
        "a.map", "base", made,
    )  # fmt: skip
    ((mention,),) = (m.mentions for m in build(made, definitions()).structures["ORU_R01"].members)
    fields = ["OBR", "1", "P1^HIS", "F1^LAB"]
    assert mention.key(fields, context()) == ("placer", f"{OWN}/HIS|P1")
    fields[2] = "P1"
    assert mention.key(fields, context()) == ("urn:oid:1.2.3|F1",)


@pytest.mark.parametrize(
    ("authority", "expected"),
    [
        ("", "D1"),
        ("H1", "D1"),
        ("H1&9.9.9&ISO", "D1"),  # the namespace says whose it is
        ("LAB", "urn:oid:1.2.3|D1"),
        ("&1.2.3&ISO", "urn:oid:1.2.3|D1"),
        ("OTHER", f"{OWN}/OTHER|D1"),
    ],
)
def test_people_and_organizations_are_known_by_their_number_and_who_gave_it(
    authority: str, expected: str
) -> None:
    assert xcn_key(f"D1^House^Greg^^^^^^{authority}^L~D2", context()) == expected
    assert xon_key(f"Clinic^L^D1^^^{authority}~Other", context()) == expected
    assert xon_key(f"Clinic^L^7^^^{authority}^^^^D1", context()) == expected
    assert cnn_key(f"D1^House^Greg^^^^^^{authority.replace('&', '^')}", context()) == expected
    assert cnn_key(f"D1&House&Greg&&&&&&{authority}", context(), "&") == expected
    assert cwe_key(f"D1^Clinic^{authority}~D2", context()) == expected


LICENCES = frozenset({"LN", "医师执业证书"})


@pytest.mark.parametrize(
    ("kind", "authority", "expected"),
    [
        ("", "", "7"),
        ("EI", "", "7"),
        ("LN", "", f"{OWN}/LN|7"),
        ("LN", "LAB", "urn:oid:1.2.3|7"),
        ("医师执业证书", "", f"{OWN}/%E5%8C%BB%E5%B8%88%E6%89%A7%E4%B8%9A%E8%AF%81%E4%B9%A6|7"),
    ],
)
def test_a_licence_is_not_the_site_s_own_number(kind: str, authority: str, expected: str) -> None:
    value = f"7^House^^^^^^^{authority}^^^^{kind}"
    assert xcn_key(value, context(), licences=LICENCES) == expected


def test_who_has_no_number_has_no_such_key() -> None:
    assert xcn_key("^House^^^^^^^LAB", context()) == ""
    assert xon_key("Clinic^L^^^^LAB", context()) == ""
    assert cnn_key("^House", context()) == ""
    assert cwe_key("^Clinic^LAB", context()) == ""


PLACE = """
PL -> Location  directory
  key PL.4.1|PL.4.2? + PL.1    when PL.1 valued
  key "bed" + EI(PL)
  PL.9      name

ZLO -> Location  directory
  {}
  ZLO-1     .    PL[Location]
"""


def keys(line: str) -> tuple[tree.Key, ...]:
    made = Tables()
    parse(PLACE.format(line), "a.map", "base", made)
    return with_keys(made).maps["ZLO[Location]"].keys


def bare(several: tuple[tree.Key, ...]) -> list[tree.Key]:
    return [replace(each, where=tree.Where("", 0, "")) for each in several]


def test_a_key_may_be_those_of_another_map_read_of_a_field() -> None:
    spelt = ("key ZLO-1.4.1|ZLO-1.4.2? + ZLO-1.1    when ZLO-1.1 valued", 'key "bed" + EI(ZLO-1)')
    assert bare(keys("key PL[Location](ZLO-1)")) == bare(keys("\n  ".join(spelt)))


def test_a_key_of_another_map_has_the_conditions_of_both() -> None:
    first, second = keys("key PL[Location](ZLO-1)    when ZLO-2 valued")
    assert isinstance(first.when, tree.Combined)
    assert second.when == tree.Test("valued", Source("ZLO", 2))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("key PL[Place](ZLO-1)", r"a\.map:8: no map PL\[Place\] says by itself"),
        ("key ZLO[Location](ZLO-1)", r"a\.map:8: no map ZLO\[Location\] says by itself"),
        ("key PL[Location](ZLO-1.2)", r"a\.map:8: ZLO-1.2 has nothing below it that PL.4.1"),
        ("key PL[Location](nothing)", r"a\.map:8: 'nothing' is not a field"),
    ],
)
def test_a_key_that_no_map_gives_is_refused(line: str, why: str) -> None:
    with pytest.raises(TableError, match=why):
        keys(line)
