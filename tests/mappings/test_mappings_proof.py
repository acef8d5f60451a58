"""The proof of the tables: it holds for ours, and it is lost wherever a row does something else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from golden_pairs import messages

import mappings.dictionary
from conformance.definitions import definitions
from gateway.proving import forbids
from mappings.compiler import conditions, converting
from mappings.compiler.build import build
from mappings.dictionary import LAYERS, Dictionary, load, read
from mappings.language import tree
from mappings.language.conditions import SHAPES as LANGUAGE_SHAPES
from mappings.language.outline import Link
from mappings.language.parser import parse
from mappings.language.tree import Combined, Step, Tables, Where
from mappings.proof import report
from mappings.proof.codes import EXCLUDED
from mappings.proof.proof import Judged, Proof, UnknownTableError, judge, prove
from mappings.proof.samples import FUNCTIONS as SAMPLED
from mappings.proof.shapes import SHAPES, is_shaped
from mappings.proof.trial import PlainIds
from mappings.proof.unshown import UNSHOWN
from mappings.runtime.functions import registry
from mappings.runtime.state import memory
from mappings.runtime.text.shapes import SHAPES as RUNTIME_SHAPES
from mappings.runtime.types import Made

BASE = ("base",)
FORBIDS = forbids()


Both = tuple[Dictionary, Dictionary]


def judged(tables: Tables, both: Both, *names: str) -> dict[str, str]:
    """Return why rows are not satisfied, by what they are."""
    proof = judge(tables, both, definitions(), FORBIDS, names)
    assert proof.judged
    return {
        " ".join(v.row.split()): v.why or v.verdict
        for _, v, _ in proof.judged if v.verdict != "satisfied"
    }  # fmt: skip


@pytest.fixture(scope="module")
def ours() -> tuple[Tables, Both]:
    explaining = load(definitions(), layers=BASE, explain=True)
    return read(BASE, None), (load(definitions(), layers=BASE), explaining)


@pytest.fixture(scope="module")
def sabotaged(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Both]:
    """Return tables that do something else than ours say: a layer above them that nobody reads.

    Those that explain stand for both: they do the same, and are compiled once.
    """

    @cache
    def compile_with(text: str) -> Both:
        file = tmp_path_factory.mktemp("sabotage") / "sabotage.map"
        file.write_text(text, encoding="utf-8")
        explaining = load(definitions(), layers=BASE, profile=str(file), explain=True)
        return explaining, explaining

    return compile_with


def test_a_name_of_a_list_costs_one_message(ours: tuple[Tables, Both]) -> None:
    """A hospital may have as many local codes as drugs: each is shown as the first one was."""
    looked = []

    def counted(made: Sequence[Made]) -> str:
        looked.append(made)
        return FORBIDS(made)

    tables, both = ours
    proof = judge(tables, both, definitions(), counted, ["units"])
    assert len(proof.judged) > 100
    assert {one.verdict.verdict for one in proof.judged} == {"satisfied"}
    assert len(looked) < len(proof.judged) + 10


# -- our own tables --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole() -> Proof:
    return prove(definitions(), FORBIDS)


def test_what_is_remembered_for_other_messages_is_changed_by_none(
    whole: Proof, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[tuple[Any, str]] = []

    def remember(memo: dict[Any, Any], value: Any, made: Any) -> None:
        kept.append((made, repr(made)))
        kept_as_ever(memo, value, made)

    kept_as_ever = memory.remember
    monkeypatch.setattr(memory, "remember", remember)
    for known in ("_loaded", "_compiled"):  # what is there calls the old one
        monkeypatch.setattr(mappings.dictionary, known, {})
    watched = load(definitions())
    texts = {one.verdict.message for one in whole.judged if one.verdict.message}
    texts |= {path.read_text(encoding="utf-8") for path in messages()}
    for text in sorted(texts):
        watched.translate(text, PlainIds(), source="any")
    named = [each for one in watched.compiled.memory.values() for each in one.directories.values()]
    kept += [(each, repr(each)) for each in named]
    for text in sorted(texts, reverse=True):
        watched.translate(text, PlainIds(), source="any")
    assert len(named) > 100
    assert len(kept) - len(named) > 2000
    assert [told for made, told in kept if repr(made) != told] == []


def test_every_row_of_ours_does_what_it_says(whole: Proof) -> None:
    assert [
        f"{j.verdict.where} {j.verdict.row}: {j.verdict.why}" for j in whole.of("unsatisfied")
    ] == []
    kinds = {judged.kind for judged in whole.judged}
    assert kinds == set(report.KINDS)


def test_a_row_that_no_message_shows_has_a_reason(whole: Proof) -> None:
    """Of the map of a result's value, which is used twice, one row is of one use alone."""
    without = [
        judged.verdict for judged in whole.of("idle")
        if judged.verdict.why not in {*UNSHOWN.values(), EXCLUDED}
    ]  # fmt: skip
    assert [(verdict.map, verdict.why) for verdict in without] == [
        ("OBX[Observation]", "no values meet its conditions")  # pressures(), of several values
    ]
    shown = {(judged.verdict.map, judged.verdict.where) for judged in whole.of("satisfied")}
    assert (without[0].map, without[0].where) in shown


def test_every_row_of_a_table_is_judged(whole: Proof) -> None:
    tables = read(LAYERS, None)
    named = {(judged.kind, judged.verdict.map) for judged in whole.judged}
    assert {("rows", name) for name, table in tables.maps.items() if table.rows} <= named
    assert {("codes", name) for name, table in tables.codes.items() if table.codes} <= named
    assert {("messages", name) for name in tables.structures} <= named
    codes = [judged for judged in whole.judged if judged.kind == "codes"]
    assert len(codes) == sum(len(table.codes) for table in tables.codes.values())


def test_nothing_stands_in_the_tables_that_no_row_calls(whole: Proof) -> None:
    assert {judged.verdict.map for judged in whole.judged if judged.uncalled} == set()


def test_the_counts_add_up(whole: Proof) -> None:
    text = report.table(whole, lambda names: 2 * ("PID[Patient]" in names))
    lines = {line[:58].strip(): line[58:].split() for line in text.splitlines()}
    total = len(whole.judged)
    exercised = total - len(whole.of("idle"))
    assert lines["all"][:4] == [str(total), str(exercised), str(len(whole.of("satisfied"))), "2"]
    assert lines["PID[Patient]"][3:] == ["2", "100.0", "%"]
    assert sum(int(lines[f"all {kind}"][0]) for kind in report.KINDS) == total
    assert whole.messages > total


def test_every_function_has_samples_or_a_reason() -> None:
    assert set(registry.FUNCTIONS) == set(SAMPLED) | set(UNSHOWN)


@pytest.mark.parametrize("name", sorted(LANGUAGE_SHAPES))
def test_every_shape_is_known(name: str) -> None:
    shape = SHAPES[name]
    meant = [RUNTIME_SHAPES[name](text) for text in (shape.text, shape.other)]
    assert meant == [is_shaped(name, text) for text in (shape.text, shape.other)] == [True, False]
    assert not is_shaped("no such shape", shape.text)


def test_a_name_that_nothing_has_is_refused() -> None:
    with pytest.raises(UnknownTableError, match="'PID'"):
        prove(definitions(), FORBIDS, layers=BASE, only=["PID"])


def test_one_map_is_proven_alone() -> None:
    proof = prove(
        definitions(), FORBIDS, layers=BASE, only=["EIP[Identifier-PlacerAssignedIdentifier]"]
    )
    assert {j.verdict.map for j in proof.judged} == {"EIP[Identifier-PlacerAssignedIdentifier]"}
    assert len(proof.of("satisfied")) == len(proof.judged) > 0


@pytest.mark.parametrize(
    ("profile", "name"), [("tjh01", "ZPI[Encounter]"), ("lakeside", "ZVN[Encounter]")]
)
def test_a_site_s_own_segments_are_proven(profile: str, name: str) -> None:
    proof = prove(definitions(), FORBIDS, profile=profile, only=[name])
    assert len(proof.of("satisfied")) == len(proof.judged) > 1


# -- tables that do something else ----------------------------------------------------------------

ABSENT = "the element is not there"
IGNORED = "it is there although its condition is false"


#: Three layers of sabotage, and what is found of each deed: among others, on its own map.
SABOTAGES = (
    (
        "PID -> Patient\n  drop PID-7 birthDate\n  drop PID-14 telecom[]\n"
        "  PID-14 telecom[] XTN[ContactPoint](home)\n"
        "XTN -> ContactPoint\n  drop XTN.13 period.start\n  XTN.13 period.end\n"
        "PD1 -> Patient\n"
        "  PD1-12 meta.security[indicator]  = v3-Confidentiality#V  when PD1-12 is Y\n"
        "codes AdministrativeSex  0001 -> http://hl7.org/fhir/administrative-gender\n  M female\n"
        "codes MaritalStatus  0002 -> v3-MaritalStatus\n  M -\n",
        {
            "PID[Patient]": {"PID-7 birthDate": ABSENT},
            "XTN[ContactPoint]": {"XTN.13 period.start": ABSENT},
            "PD1[Patient]": {"PD1-12 meta.security": ABSENT},
            "AdministrativeSex": {"M male": "its counterpart is not there"},
            "MaritalStatus": {"M M": "its counterpart is not there"},
        },
    ),
    (
        "CX -> Identifier\n  drop CX.1 value\n  CX.2 value\n"
        "PID -> Patient\n  PID-30 deceasedBoolean\n"
        "PD1 -> Patient\n  PD1-12 meta.security[]  = v3-Confidentiality#R\n"
        "codes TelecommunicationUseCode  0201 -> http://hl7.org/fhir/contact-point-use\n"
        "  ASN old\n"
        "units\n  mg  g\n",
        {
            "CX[Identifier]": {"CX.1 value": ABSENT},
            "PID[Patient]": {"PID-30 deceasedBoolean": IGNORED},
            "PD1[Patient]": {"PD1-12 meta.security": IGNORED},
            "TelecommunicationUseCode": {"ASN -": "it becomes something"},
            "units": {"mg mg": "the name does not become what stands beside it"},
        },
    ),
    (
        "PID -> Patient\n  - deceasedBoolean  = true\n",
        {
            "PID[Patient]": {"PID-30 deceasedBoolean": "it is there although its field is empty"},
        },
    ),
)


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [(text, name, expected) for text, found in SABOTAGES for name, expected in found.items()],
    ids=[f"{number}-{name}" for number, (_, found) in enumerate(SABOTAGES, 1) for name in found],
)
def test_a_table_that_says_something_else_is_found(
    ours: tuple[Tables, Both],
    sabotaged: Callable[[str], Both],
    text: str,
    name: str,
    expected: dict[str, str],
) -> None:
    found = judged(ours[0], sabotaged(text), name)
    assert expected.items() <= found.items()


def test_a_structure_that_leaves_out_a_segment_is_found(
    ours: tuple[Tables, Both], sabotaged: Callable[[str], Both]
) -> None:
    text = "message ORU_R01  ORU^R01\n  MSH MessageHeader\n  PID Patient\n  OBR +DiagnosticReport\n"
    found = judged(ours[0], sabotaged(f"{text}  OBX Observation\n  [{{NTE}}] -\n"), "ORU_R01")
    assert found["NTE +NTE[Observation]"] == "the segment does not make it"
    assert found["DiagnosticReport.result[] <- Observation"] == "no DiagnosticReport refers so"


def test_a_link_nobody_makes_is_found(ours: tuple[Tables, Both]) -> None:
    tables, dictionary = ours
    link = Link(Where("a", 1, ""), "Observation", (Step("focus", ""),), "Patient")
    more = replace(tables, links=[link])
    assert judged(more, dictionary, "links") == {
        "Observation.focus[] <- Patient": "no Observation refers so"
    }


def test_an_event_without_a_structure_is_found(ours: tuple[Tables, Both]) -> None:
    tables = read(BASE, None)
    parse("message QQQ_Q01  QQQ^Q01\n  MSH MessageHeader\n", "a", "site", tables)
    assert judged(tables, ours[1], "QQQ_Q01")["QQQ^Q01"] == "it is found to have no structure"


#: Parts of resources that nothing calls: what each makes, and where.
PARTS = {
    "ST[Task-Part]": ("Task", "description"),
    "ST[Source]": ("MessageHeader.source", "name"),
    "ST[Role]": ("Appointment.participant", "type[].text"),
    "ST[Time]": ("Annotation", "time"),
    "ST[Word]": ("string", "."),
    "ST[Whole]": ("Organization", "name"),
}


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[Judged]]:
    """Return what the proof says of a profile's maps, each of which is odd in its way."""
    file = tmp_path_factory.mktemp("odd") / "odd.map"
    file.write_text(
        'ZPI -> Encounter\n  -  serviceType  = "anything"\n  ZPI-3  serviceType.text\n'
        "ZQZ -> Basic\n  ZQZ-1  code.text\n"
        "ZQZ -> Basic  as ZQZ[Basic-Unused]\n  ZQZ-1  code.text\n"
        "ZPA -> Patient\n  ZPA-1  telecom[].value\n"
        "ZQY -> Task  as ZQY[Task-Part]\n  key ZQY-1\n  ZQY-1  description\n"
        "message QQQ_Q01  QQQ^Q01\n  MSH  -\n  PID  Patient\n  ZQY  ZQY[Task-Part]\n"
        + "".join(f"ST -> {t}  as {name}\n  ST  {path}\n" for name, (t, path) in PARTS.items()),
        encoding="utf-8",
    )
    maps = ("ZPI[Encounter]", "ZQZ[Basic-Unused]", "ZPA[Patient]", "ZQY[Task-Part]", *PARTS)
    proof = prove(definitions(), FORBIDS, profile=str(file), only=maps)

    def of(*names: str) -> list[Judged]:
        found = [one for one in proof.judged if one.verdict.map in names]
        assert found
        return found

    return of


def test_a_row_behind_a_constant_is_found(odd: Callable[..., list[Judged]]) -> None:
    unsatisfied = [j for j in odd("ZPI[Encounter]") if j.verdict.verdict == "unsatisfied"]
    assert "ZPI-3" in {j.verdict.row.split()[0] for j in unsatisfied}


def test_a_row_that_another_one_speaks_for_is_found(odd: Callable[..., list[Judged]]) -> None:
    judged = odd("ZQZ[Basic-Unused]")
    assert [j.verdict.why for j in judged] == ["no message structure names this map"]


def test_what_fhir_does_not_allow_is_found(odd: Callable[..., list[Judged]]) -> None:
    (judged,) = (j for j in odd("ZPA[Patient]") if j.verdict.verdict == "unsatisfied")
    assert judged.verdict.why.startswith(
        "FHIR does not allow what is made: Patient.telecom[0]: cpt-2: "
    )
    assert "\rZPA|" in judged.verdict.message


def test_a_part_that_nothing_calls_is_proven_in_a_whole(odd: Callable[..., list[Judged]]) -> None:
    found = {j.verdict.map: (j.uncalled, j.verdict.why) for j in odd(*PARTS)}
    assert found == dict.fromkeys(PARTS, (True, ""))


def test_what_is_left_out_is_told(odd: Callable[..., list[Judged]]) -> None:
    judged = odd("ZQY[Task-Part]")
    assert {j.verdict.why for j in judged} == {"it is left out without Task.status"}


# -- compilers that do something else -------------------------------------------------------------


def _compiled(tables: Tables) -> Both:
    """Compile tables now, past what is kept."""
    loaded = load(definitions(), layers=BASE, explain=True)
    explaining = loaded._replace(compiled=build(tables, definitions(), explain=True))
    return explaining, explaining


def test_a_compiler_that_ignores_conditions_is_found(
    ours: tuple[Tables, Both], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mappings.compiler.rows.boolean", lambda *_: "True")
    found = judged(ours[0], _compiled(ours[0]), "PID[Patient]", "XTN[ContactPoint]")
    assert found["PID-30 deceasedBoolean"] == IGNORED
    assert found["XTN.4 system"] == IGNORED


@pytest.mark.parametrize(
    ("broken", "name"),
    [
        ("mappings.runtime.walk.items.in_a_row", "TQ1[MedicationRequest]"),
        ("mappings.compiler.rows.Rows._further", "TQ[Dosage]"),
    ],
)
def test_a_list_that_has_one_item_for_all_is_found(
    ours: tuple[Tables, Both], monkeypatch: pytest.MonkeyPatch, broken: str, name: str
) -> None:
    monkeypatch.setattr(broken, lambda *_: 1)
    reasons = judged(ours[0], _compiled(ours[0]), name)
    assert "a second one has no item of its own" in reasons.values()


def test_a_compiler_that_takes_or_for_and_is_found(
    ours: tuple[Tables, Both], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = conditions.boolean

    def wrong(condition: Any, *rest: Any) -> str:
        if isinstance(condition, Combined) and condition.operator == "and":
            condition = condition._replace(operator="or")
        return real(condition, *rest)

    monkeypatch.setattr("mappings.compiler.rows.boolean", wrong)
    found = judged(ours[0], _compiled(ours[0]), "XPN[HumanName]", "RPT[Timing]")
    assert IGNORED in found.values()


def test_a_compiler_that_reads_only_the_first_of_several_values_is_found(
    ours: tuple[Tables, Both], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = conditions.boolean

    def wrong(condition: Any, *rest: Any) -> str:
        if isinstance(condition, tree.Test) and condition.kind == "in":
            condition = condition._replace(values=condition.values[:1])
        return real(condition, *rest)

    monkeypatch.setattr(conditions, "boolean", wrong)  # of what conditions join, too
    monkeypatch.setattr("mappings.compiler.rows.boolean", wrong)
    found = judged(ours[0], _compiled(ours[0]), "XTN[ContactPoint]", "XAD[Address]")
    assert "it is not there in every way its condition holds" in found.values()


def test_a_compiler_that_confuses_components_is_found(
    ours: tuple[Tables, Both], monkeypatch: pytest.MonkeyPatch
) -> None:
    from mappings.compiler.reading import Reader

    real = Reader.expression

    def wrong(self: Any, source: Any, *rest: Any) -> str:
        if source.name == "XAD" and source.component == 4:
            source = source._replace(component=5)
        return real(self, source, *rest)

    monkeypatch.setattr(Reader, "expression", wrong)
    found = judged(ours[0], _compiled(ours[0]), "XAD[Address]")
    assert found["XAD.4 state"] == ABSENT


def test_a_compiler_that_forgets_a_default_is_found(
    ours: tuple[Tables, Both], monkeypatch: pytest.MonkeyPatch
) -> None:
    from mappings.compiler.placing import Placing

    def firm(self: Any, _row: Any, _place: Any, holder: str, name: str, made: str, *_: Any) -> None:
        self.out.line(f"if {name!r} not in {holder}: {holder}[{name!r}] = {made}")

    monkeypatch.setattr(Placing, "_scalar", firm)
    found = judged(ours[0], _compiled(ours[0]), "PV1[Encounter]")
    assert found["- status"] == ABSENT


def test_a_compiler_whose_code_fails_is_found(
    ours: tuple[Tables, Both], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise LookupError

    real = registry.FUNCTIONS["full_name()"]
    monkeypatch.setitem(converting.FUNCTIONS, "full_name()", real._replace(call=broken))
    found = judged(ours[0], _compiled(ours[0]), "XPN[HumanName]")
    assert found["XPN text"] == "the translation fails: LookupError"


def test_a_function_without_samples_has_no_proof(
    ours: tuple[Tables, Both], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(SAMPLED, "full_name()")  # type: ignore[arg-type]
    found = judged(*ours, "XPN[HumanName]")
    assert found["XPN text"] == "no sample says what full_name() makes"


def test_an_erasure_that_does_not_happen_or_always_does_is_told(
    ours: tuple[Tables, Both], sabotaged: Callable[[str], Both]
) -> None:
    tables, _ = ours
    name = "PV1[Encounter]"
    both = sabotaged("PV1 -> Encounter\n  erase period.end\n")
    why = judged(tables, both, name)
    assert why["erase period.end"] == "it is erased although its condition is false"
    table = tables.maps[name]
    unknown = table.erases[0]._replace(path=(Step("text", None),))
    maps = {**tables.maps, name: replace(table, erases=(unknown,))}
    why = judged(Tables(maps, tables.codes, tables.structures, tables.names), both, name)
    assert why["erase text"] == "it is not erased"


def test_a_list_that_is_told_otherwise_than_it_says_is_told(
    ours: tuple[Tables, Both], sabotaged: Callable[[str], Both]
) -> None:
    tables, _ = ours
    text = (
        "message ADT_A01  ADT^A01 ADT^A04\n{}  MSH  -\n  PID  Patient\n"
        "  [{{AL1}}]  AllergyIntolerance\n"
    )
    line = "  snapshot AL1[AllergyIntolerance]  when MSH-9.2 is A01\n"
    small = Tables(dict(tables.maps), tables.codes, {}, tables.names)
    parse(text.format(line), "small.map", "base", small)
    for instead, why in (
        ("", "the list is not told whole"),
        (
            line.partition("when")[0] + "\n",
            "the list is told whole although its condition is false",
        ),
    ):
        both = sabotaged(text.format(instead))
        assert judged(small, both, "ADT_A01") == {"snapshot AL1[AllergyIntolerance]": why}
