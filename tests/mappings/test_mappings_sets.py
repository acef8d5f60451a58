"""Values and conditions that a table file names, and where ``not`` stands; what errors say."""

from __future__ import annotations

from itertools import chain

import pytest

from mappings.language.conditions import condition
from mappings.language.lexer import blocks, lines
from mappings.language.parser import parse, parse_table
from mappings.language.sets import foresee, refuse_unasked
from mappings.language.tree import Map, TableError, Tables, Where

WHERE = Where("a.map", 1, "base")
SETS = 'sets\n  cancelled   A11 A27\n  odd         "A B" C\n\n'


def read(text: str) -> Map:
    tables = Tables()
    parse(text, "a.map", "base", tables)
    return tables.maps["PV1[Encounter]"]


@pytest.mark.parametrize(
    ("named", "spelt"),
    [
        ("MSH-9.2 in cancelled and PV1-2 in odd", 'MSH-9.2 in (A11, A27) and PV1-2 in ("A B", C)'),
        (
            "not (MSH-9.2 in cancelled or PV1-2 not in odd)",
            'not (MSH-9.2 in (A11, A27) or PV1-2 not in ("A B", C))',
        ),
        (
            "((PV1-2 in odd) or MSH-9.2 in cancelled)",
            '((PV1-2 in ("A B", C)) or MSH-9.2 in (A11, A27))',
        ),
    ],
)
def test_a_set_is_its_values(named: str, spelt: str) -> None:
    rows = "PV1 -> Encounter  when {0}\n  PV1-2  id  when {0}\n"
    one, other = read(SETS + rows.format(named)), read(rows.format(spelt))
    assert (one.when, one.rows[0].when) == (other.when, other.rows[0].when)


def test_a_word_in_quotation_marks_or_elsewhere_is_no_set() -> None:
    asked = "PV1-2 in cancelled and PV1-3 in (odd) and PV1-4 is odd and PV1-5 in odd"
    table = read(SETS + f"PV1 -> Encounter  when {asked}\n  PV1-2  id\n")
    assert "odd" in str(table.when)
    with pytest.raises(TableError, match="write: in"):
        read(SETS + "PV1 -> Encounter  when PV1-2 in cancelled and PV1-5 in odd"
             ' and PV1-3 in "cancelled"\n  PV1-2  id\n')  # fmt: skip


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("sets\n  Cancelled  A11\n", "2: write: NAME"),
        ("sets\n  cancelled\n", "write: NAME"),
        ("sets\n  a  A\n  a  B\n", "3: there is a set a already"),
        ("PV1 -> Encounter  when PV1-2 in later\n  PV1-2  id\nsets\n  later  A\n", "1: write: in"),
    ],
)
def test_a_set_that_is_wrong_is_told_with_its_line(text: str, why: str) -> None:
    with pytest.raises(TableError, match=why):
        read(text)


CONDITIONS = """
conditions
  planned     PV1-2 is P or MSH-9.2 in cancelled
  firm        not planned and PV1-3 in odd

"""


@pytest.mark.parametrize(
    ("named", "spelt"),
    [
        ("planned", "PV1-2 is P or MSH-9.2 in (A11, A27)"),
        ("planned or PV1-4 valued", "PV1-2 is P or MSH-9.2 in (A11, A27) or PV1-4 valued"),
        ("planned and PV1-4 valued", "(PV1-2 is P or MSH-9.2 in (A11, A27)) and PV1-4 valued"),
        ("not planned", "not (PV1-2 is P or MSH-9.2 in (A11, A27))"),
        (
            "PV1-4 valued and (firm or PV1-4 is planned)",
            "PV1-4 valued and ((not (PV1-2 is P or MSH-9.2 in (A11, A27)) "
            'and PV1-3 in ("A B", C)) or PV1-4 is planned)',
        ),
        ("PV1-4 in (planned, firm)", 'PV1-4 in ("planned", "firm")'),
        ("PV1-4 is planned", 'PV1-4 is "planned"'),
    ],
)
def test_a_condition_is_what_it_stands_for(named: str, spelt: str) -> None:
    rows = "PV1 -> Encounter  when {0}\n  key PV1-19  when {0}\n  PV1-2  id  when {0}\n"
    one, other = read(SETS + CONDITIONS + rows.format(named)), read(rows.format(spelt))
    assert one.when == one.keys[0].when == one.rows[0].when == other.when


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("conditions\n  Planned  PV1-2 is P\n", "2: write: NAME"),
        ("conditions\n  not  PV1-2 is P\n", "2: write: NAME"),
        ("conditions\n  planned\n", "2: write: NAME"),
        ("conditions\n  planned  PV1-2 as P\n", "a.map:2: 'as' is none of"),
        ("conditions\n  a  PV1-2 is P\n  a  PV1-2 is N\n", "3: there is a condition a already"),
        ("conditions\n  a  b\n  b  PV1-2 is N\n", "2: no condition above is called 'b'"),
        ("PV1 -> Encounter  when later\n  PV1-2  id\n", "1: no condition above is called 'later'"),
        ("PV1 -> Encounter\n  PV1-2  id  when not later\n", "2: no condition above is called"),
        ('conditions\n  a  PV1-2 is P\nPV1 -> Encounter  when "a"\n', "no condition above"),
    ],
)
def test_a_condition_that_is_wrong_is_told_with_its_line(text: str, why: str) -> None:
    with pytest.raises(TableError, match=why):
        read(text)


def test_a_condition_that_nobody_asks_for_is_refused() -> None:
    tables = Tables()
    parse(SETS + CONDITIONS, "a.map", "base", tables)
    asked = "PV1 -> Encounter  when {}\n  PV1-2  id\n"
    with pytest.raises(TableError, match=r"a.map:8: no row asks for the condition firm"):
        refuse_unasked(tables)
    parse(asked.format("firm"), "b.map", "base", tables)
    refuse_unasked(tables)


def test_a_later_layer_may_have_a_condition_of_its_own() -> None:
    tables = Tables()
    asked = "PV1 -> Encounter  when a\n  PV1-2  id\n"
    for word, layer in (("P", "base"), ("N", "site")):
        parse(f"conditions\n  a  PV1-2 is {word}\n{asked}", f"{word}.map", layer, tables)
        assert tables.maps["PV1[Encounter]"].when == condition(f"PV1-2 is {word}".split(), WHERE)


def test_a_set_is_known_in_the_files_that_follow() -> None:
    tables = Tables()
    parse(SETS, "a.map", "base", tables)
    asked = "PV1 -> Encounter  when PV1-2 in {}\n  PV1-2  id\n"
    parse(asked.format("cancelled"), "b.map", "base", tables)
    with pytest.raises(TableError, match=r"a.map:3: no row asks for the set odd"):
        refuse_unasked(tables)
    parse(asked.format("odd"), "c.map", "base", tables)
    refuse_unasked(tables)


def test_a_later_layer_may_have_a_set_of_its_own() -> None:
    tables = Tables()
    asked = "PV1 -> Encounter  when PV1-2 in {}\n  PV1-2  id\n"
    parse(SETS + asked.format("cancelled"), "a.map", "base", tables)
    before = tables.maps["PV1[Encounter]"].when
    parse("sets\n  cancelled  B\n" + asked.format("cancelled"), "ours.map", "site", tables)
    assert tables.maps["PV1[Encounter]"].when not in (None, before)


@pytest.mark.parametrize(
    "text",
    ["not PID-8 is M", "not PID-8 in (M, F)", "not PID-8 valued", "not count PID-3 > 1", "not"],
)
def test_not_stands_behind_the_field(text: str) -> None:
    with pytest.raises(TableError, match="write not behind the field"):
        condition(text.split(), WHERE)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("PID-8 is not M", "not (PID-8 is M)"),
        ("PID-8 not in (M, F)", "not (PID-8 in (M, F))"),
        ("PID-8 not is-a han", "not (PID-8 is-a han)"),
        ("PID-8 not valued", "not (PID-8 valued)"),
        ("count PID-3 <= 1", "not (count PID-3 > 1)"),
    ],
)
def test_not_before_a_parenthesis_turns_all_of_it(text: str, other: str) -> None:
    assert condition(text.split(), WHERE) == condition(other.split(), WHERE)


LATER = "sets\n  cancelled  also B C\nconditions\n  planned  also PV1-4 in cancelled or firm\n"


def layered(*later: str) -> Map:
    """The map of the first layer, when all that later ones say is known before it is read."""
    rows = "PV1 -> Encounter  when PV1-3 in cancelled\n  PV1-2  id  when planned\n"
    texts = [(SETS + CONDITIONS + rows, "a.map", "base")]
    texts += [(text, "b.map", f"layer{n}") for n, text in enumerate(later)]
    several = [list(blocks(lines(*each))) for each in texts]
    tables = Tables()
    foresee(chain.from_iterable(several), tables)
    for block in chain.from_iterable(several):
        parse_table(block, tables)
    return tables.maps["PV1[Encounter]"]


def test_a_later_layer_adds_to_what_earlier_rows_ask() -> None:
    table, same = layered(LATER), "MSH-9.2 in (A11, A27, B, C)"
    assert table.when == condition(["PV1-3", "in", "(A11,", "A27,", "B,", "C)"], WHERE)
    planned = f"PV1-2 is P or {same}"
    added = f'PV1-4 in (A11, A27, B, C) or (not ({planned}) and PV1-3 in ("A B", C))'
    (line,) = lines(f"{planned} or {added}", "a.map", "base")
    assert table.rows[0].when == condition(line.words, WHERE)


def test_several_layers_add_to_one_set() -> None:
    table = layered("sets\n  cancelled  also B\n", "sets\n  cancelled  also C\n")
    assert table.when == condition(["PV1-3", "in", "(A11,", "A27,", "B,", "C)"], WHERE)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("sets\n  unheard  also B\n", "b.map:2: no earlier layer has a set unheard to add to"),
        ("conditions\n  unheard  also PV1-2 is P\n", "b.map:2: no earlier layer has a condition"),
        ("conditions\n  planned  also PV1-2 as P\n", "b.map:2: 'as' is none of"),
        ("sets\n  own  A\n  own  also B\n", "b.map:3: no earlier layer has a set own to add to"),
    ],
)
def test_what_is_added_to_nothing_is_told_with_its_line(text: str, why: str) -> None:
    with pytest.raises(TableError, match=why):
        layered(text)
