"""Every element of every golden message says which row made it, and no row tells of another.

References and data, too; and each field that has a value says what became of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from golden_pairs import ReadableIds, messages
from test_mappings_corpus import FOLDERS, HashedIds

from adapters.charset import UndecodableError, decode
from adapters.files import Kind, split_messages
from conformance.definitions import definitions
from mappings.dictionary import Dictionary, load
from mappings.explain import fates, of_the_message
from mappings.translate import Translation

HEADER = "MSH|^~\\&|LIS|H1|||20260301103000+0800||{}|1|P|2.5.1"
PERSON = "PID|1||100^^^H1^MR"


@cache
def explaining(profile: str | None) -> Dictionary:
    return load(definitions(), profile=profile, explain=True)


def explained(type_: str, *segments: str, profile: str | None = None) -> Translation:
    text = "\r".join((HEADER.format(type_), *segments))
    return explaining(profile).translate(text, ReadableIds(), source="src")


#: What several fields bring about together: the last of the ends of what is done.
AGREED = {"Appointment.start", "Appointment.end"}


def leaves(part: Any, path: str) -> Iterator[str]:
    """The elements of a resource; of an extension all but the address that is its name."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name != "url" or not path.endswith("xtension"):
                yield from leaves(value, f"{path}.{name}")
    elif isinstance(part, list):
        for value in part:
            yield from leaves(value, path)
    else:
        yield path


def unmarked(element: str) -> str:
    return ".".join(step.partition("[")[0] for step in element.split("."))


def rows_of(made: Translation, element: str) -> list[str]:
    """The places and lines of the rows that made an element, without their code tables'."""
    return [
        f"{trace.location} {Path(trace.row).name}"
        for trace in made.explained if trace.element == element and "/codes/" not in trace.row
    ]  # fmt: skip


def paths(part: Any, path: str) -> Iterator[str]:
    """The paths of all there is in a resource, those of objects, too."""
    yield path
    for name, value in part.items() if isinstance(part, dict) else ():
        yield from paths(value, f"{path}.{name}")
    for value in part if isinstance(part, list) else ():
        yield from paths(value, path)


def amiss(text: str, made: Translation) -> Iterator[str]:
    """What an explanation of a message does not say, or says of what is not there."""
    resources = [one.resource for one in (*made.made, *made.envelope)]
    resources += [{**made.bundle, "resourceType": "Bundle"}] if made.bundle else []
    told = {unmarked(trace.element) for trace in made.explained}
    there = set[str]()
    for one in resources:
        there.update(paths(one, one["resourceType"]))
        resource = {n: v for n, v in one.items() if n not in {"resourceType", "id"}}
        for leaf in leaves(resource, one["resourceType"]):
            steps = leaf.split(".")
            if told.isdisjoint(".".join(steps[:end]) for end in range(2, len(steps) + 1)):
                yield f"{leaf}: no row made it"
    yield from (f"{element}: it is not there" for element in told - there)
    for fate in fates(text, made):
        if fate.kind == "unread" or not fate.text:
            yield f"{fate.location}: nothing is said of it"


@pytest.mark.parametrize("path", messages(), ids=lambda path: path.stem)
def test_every_element_says_which_row_made_it(path: Path) -> None:
    text = path.read_text("utf-8").replace("\n", "\r")
    made = explaining(path.stem.partition(".")[2]).translate(text, ReadableIds(), source="src")
    assert list(amiss(text, made)) == []
    for trace in made.explained:
        file, _, line = trace.row.rpartition(":")
        assert file.endswith(".map")
        assert int(line) > 0
        assert trace.layer in {"base", "cn", "tjh01", "lakeside"}


@pytest.mark.corpus
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_so_does_every_element_of_the_corpus(folder: Path) -> None:
    for path in sorted(folder.rglob("*.hl7")):
        for piece in split_messages(path.read_bytes()):
            if piece.kind is Kind.MESSAGE:
                with suppress(UndecodableError):
                    text = decode(piece.octets).text
                    made = explaining(None).translate(text, HashedIds(), source="corpus")
                    assert made.header is None or list(amiss(text, made)) == [], path


@pytest.mark.parametrize("path", messages(), ids=lambda path: path.stem)
def test_an_element_of_one_value_is_told_of_one_place(path: Path) -> None:
    text = path.read_text("utf-8").replace("\n", "\r")
    made = explaining(path.stem.partition(".")[2]).translate(text, ReadableIds(), source="src")
    types = [one.resource["resourceType"] for one in made.made]
    for one in made.made:
        type_ = one.resource["resourceType"]
        if types.count(type_) > 1 or type_ == "Binary":  # whose traces cannot be told apart
            continue
        for name, value in one.resource.items():
            if not isinstance(value, list | dict) and f"{type_}.{name}" not in AGREED:
                told = {t.location for t in made.explained if t.element == f"{type_}.{name}"}
                assert len(told) <= 1, (type_, name, told)


def test_of_several_rows_the_one_that_spoke_is_named() -> None:
    made = explained("ADT^A08", f"{PERSON}||||||||||13800000000", "PV1|1|I|||||||||||||||||V1")
    (status,) = rows_of(made, "Encounter.status")
    assert status.startswith("PV1-2 PV1.map:")
    (number,) = rows_of(made, "Patient.telecom.value")
    assert number.startswith("PID-13.1 telecom.map:")


def test_a_row_that_says_what_stands_there_is_told_as_such() -> None:
    made = explained("OMG^O19", PERSON, "ORC|NW|O1^H1|||||||20260301", "OBR|1|O1^H1||A^B^L")
    (authored,) = rows_of(made, "ServiceRequest.authoredOn")
    agrees = {(use.location, Path(use.row).name) for use in made.used if use.kind == "told"}
    assert {place for place, _ in agrees} == {"ORC-9", "OBR-2"}
    assert authored not in {" ".join(each) for each in agrees}


def test_a_field_that_gave_way_is_said_to_have_done_so() -> None:
    """Who refers suggests what a referral is, and the last who does says it."""
    made = explained("REF^I12", "RF1|A||||||R1", "PRD|RP|Doe", "PRD|RT|Roe", PERSON)
    (intent,) = rows_of(made, "ServiceRequest.intent")
    assert intent.startswith("PRD[2]-1 ")
    gone = {use.location for use in made.used if use.kind == "outdone"}
    assert gone == {"PRD-1"}


def test_what_an_item_assumed_is_not_told_if_all_items_say_otherwise() -> None:
    """RXO-2 and RXO-4 say the dose of every TQ1; TQ1-2 that of its own, in another unit."""
    made = explained(
        "OMP^O09", PERSON, "ORC|NW|O1^H1", "TQ1|1|2^tab", "RXO|A^Amox^L|500||mg|CAP"
    )  # fmt: skip
    doses = [t for t in made.explained if t.element.endswith("doseAndRate.doseQuantity")]
    assert {t.location.partition("-")[0] for t in doses} == {"RXO"}


def test_a_reference_is_told_of_the_segment_that_made_it() -> None:
    made = explained(
        "ORU^R01", PERSON, "PV1|1|O|||||||||||||||||V1", "OBR|1|O1^H1|F1^H1|CHEM",
        "OBX|1|NM|A||1|g|||||F", "OBX|2|NM|B||2|g|||||F",
    )  # fmt: skip
    told = {(t.element, t.location): t.row.rpartition("/")[2].partition(":")[0]
            for t in made.explained}  # fmt: skip
    assert told["DiagnosticReport.result", "OBX"] == "ORU.map"
    assert told["DiagnosticReport.result", "OBX[2]"] == "ORU.map"
    assert told["Observation.subject", "OBX[2]"] == "links.map"
    assert told["Encounter.subject", "PV1"] == "links.map"


def test_what_a_merge_says_is_told_of_mrg() -> None:
    made = explained("ADT^A40^ADT_A39", PERSON, "MRG|200^^^H1^MR")
    told = {(t.element, t.location) for t in made.explained}
    assert {("Patient.active", "MRG"), ("Patient.link", "MRG")} <= told
    assert not any(t.element == "Patient.active" for t in explained("ADT^A08", PERSON).explained)


def test_a_visit_that_gave_way_and_patients_that_are_linked_are_told() -> None:
    visit = explained(
        "ADT^A42^ADT_A39", PERSON, "MRG|100^^^H1^MR||||V0", "PV1|1|O|||||||||||||||||V1"
    )
    assert ("Encounter.partOf", "MRG") in {(t.element, t.location) for t in visit.explained}
    linked = explained("ADT^A24", PERSON, "PID|2||300^^^H1^MR")
    assert any(t.element == "Patient.link" for t in linked.explained)


def test_a_row_that_asks_whether_there_is_a_value_is_told_of_the_value() -> None:
    made = explained("ADT^A01", PERSON, "PV1|1|I|W1^2^B")
    asked = {use.location for use in made.used if use.location.startswith("PV1-3")}
    assert {"PV1-3", "PV1-3.4"} <= asked
    assert not [place for place in asked if place.endswith(".0")]


def test_a_reference_that_a_row_made_is_told_once() -> None:
    made = explained("MDM^T02", PERSON, "TXA|1|CN|TX||||||||||DOC1", "OBX|1|TX|A||words")
    rows = [t.row for t in made.explained if t.element == "DocumentReference.subject"]
    assert len(rows) == 1


def test_a_code_is_told_of_the_row_that_says_what_it_means(tmp_path: Path) -> None:
    path = tmp_path / "ours.map"
    path.write_text(
        "concepts L -> LN\n  WBC  6690-2\n"
        "codes InterpretationCodes  0078 -> v3-ObservationInterpretation\n  hh  H\n"
        "codes AdministrativeSex  0001 -> http://hl7.org/fhir/administrative-gender\n  Mann  male\n"
        "units\n  g每升  g/L\nignore\n  ZQC NTE\nsystems\n  L  https://ours.example.org/l\n",
        "utf-8",
    )
    made = explained(
        "ORU^R01", f"{PERSON}|||||Mann", "OBR|1|O1^H1|F1^H1|CHEM",
        "OBX|1|NM|WBC^x^L||5|g每升||hh|||F", "NTE|1||not wanted", profile=str(path),
    )  # fmt: skip
    lines = {(t.element, t.row.rpartition(":")[2]) for t in made.explained if t.layer == "ours"}
    assert lines == {
        ("Observation.code", "2"),
        ("Observation.interpretation", "4"),
        ("Patient.gender", "6"),
        ("Observation.valueQuantity.code", "8"),
        ("Observation.valueQuantity.system", "8"),
    }
    (left,) = (use for use in made.used if use.location == "NTE")
    assert (left.kind, left.row.rpartition(":")[2], left.layer) == ("ignore", "10", "ours")


def test_words_without_a_code_are_explained_too() -> None:
    made = explained("ORU^R01", PERSON, "OBR|1|O1^H1|F1^H1|CHEM", "OBX|1|NM|A||5|g||^odd|||F")
    assert any(t.element == "Observation.interpretation" for t in made.explained)
    assert not made.rejected


ORDER = "OBR|{}|A{}^HIS|F{}^H1|CHEM|||2026030{}||||||||||||||||||F"


def test_a_field_of_another_segment_is_told_of_the_one_that_was_read() -> None:
    """A result takes its time and state from its own report, not from the first of the message."""
    made = explained(
        "ORU^R01", PERSON, ORDER.format(1, 1, 1, 1), "OBX|1|NM|A||1|g",
        ORDER.format(2, 2, 2, 2), "OBX|2|SN|B||^100^-^200|mg/dL",
    )  # fmt: skip
    for element, row in (("status", "60"), ("effectiveDateTime", "68")):
        places = [told.split()[0] for told in rows_of(made, f"Observation.{element}")]
        assert [place.partition("-")[0] for place in places] == ["OBR", "OBR[2]"], row
    (unit,) = {t.location for t in made.explained if t.element == "Observation.valueRange.low.unit"}
    assert unit == "OBX[2]-6.1"


def test_what_was_built_and_left_out_is_told_of_nobody() -> None:
    made = explained(
        "ORU^R01", f"{PERSON}||||20260801", "OBR|1|O1^H1|F1^H1|CHEM",
        "OBX|1|NM|8867-4^Heart rate^LN||60|/min|||||F", "OBX|2|NM|GLU^Glucose^L||5|mmol/L",
    )  # fmt: skip
    kinds = {(t.element, t.location) for t in made.explained if "category" in t.element}
    assert kinds == {("Observation.category", "OBX-3")}
    text = "\r".join((HEADER.format("ORU^R01"), f"{PERSON}||||20260801", "OBR|1|O1^H1|F1^H1|CHEM"))
    born = explaining(None).translate(text, ReadableIds(), source="src")
    assert [fate.kind for fate in fates(text, born) if fate.location == "PID-7"] == ["finding"]


def test_a_second_field_that_says_the_same_is_told_as_such() -> None:
    made = explained("OMG^O19", PERSON, "ORC|NW|O1^H1", "OBR|1|O1^H1||A^B^L")
    assert len(rows_of(made, "ServiceRequest.identifier.value")) == 1
    assert "OBR-2" in {use.location for use in made.used if use.kind == "told"}


def test_a_unit_beside_a_text_is_told_of_the_row_that_reads_it() -> None:
    made = explained("ORU^R01", PERSON, "OBR|1|O1^H1|F1^H1|CHEM", "OBX|1|NM|K||lysed|mmol/L|||||X")
    assert "OBX-6.1" in {use.location for use in made.used if use.kind == "work"}


@pytest.mark.parametrize(
    ("kind", "segment", "field"),
    [
        ("RDE^O11", "RXE||A^Amox^L|2片", "RXE-3"),
        ("RDE^O11", "RXE||A^Amox^L|1||mg|||||10盒", "RXE-10"),
        ("OMP^O09", "RXO|A^Amox^L|2片", "RXO-2"),
    ],
)
def test_a_unit_behind_its_number_is_told_of_the_field_where_it_stands(
    kind: str, segment: str, field: str
) -> None:
    made = explained(kind, PERSON, "ORC|NW|P1", segment)
    units = [t.location for t in made.explained if t.element.endswith("uantity.unit")]
    assert field in units
    empty = {f"{segment[:3]}-{n}" for n, v in enumerate(segment.split("|")) if not v}
    assert empty & {t.location.partition(".")[0] for t in made.explained} == set()


def test_what_a_message_bundle_alone_has_is_told_apart() -> None:
    text = "\r".join((HEADER.format("ADT^A08"), PERSON))
    made = explaining(None).translate(text, ReadableIds(), source="src")
    apart = of_the_message(made)
    assert apart >= {"Bundle", "MessageHeader"}
    told = {fate.location: fate for fate in fates(text, made, apart)}
    assert (told["MSH-3"].kind, told["PID-3"].kind) == ("used", "element")
    assert "--as message" in told["MSH-3"].text
    assert {f.location: f for f in fates(text, made)}["MSH-3"].kind == "element"


def test_a_refused_message_has_no_elements_and_each_field_says_why() -> None:
    text = "\r".join((HEADER.format("ORU^R01"), "OBR|1|A1^HIS|F1^H1|CHEM", "ZZZ|1"))
    made = explaining(None).translate(text, ReadableIds(), source="src")
    assert made.rejected
    assert made.explained == []
    said = {(fate.location, fate.kind, fate.text.partition(":")[0]) for fate in fates(text, made)}
    assert said >= {("OBR-4", "finding", "no-patient"), ("ZZZ-1", "finding", "unknown-segment")}
