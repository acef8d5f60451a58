"""Lists that a message gives whole: which those are, and when a message does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.definitions import definitions
from mappings.dictionary import Dictionary, load
from mappings.proof.trial import PlainIds
from mappings.runtime.types import Listing

HEAD = "MSH|^~\\&|HIS|H|||20260301||ADT^{}|1|P|2.5"
PID = "PID|1||7^^^H^MR||Doe^Jo"
PV1 = "PV1|1|I|||||||||||||||||V1"


@pytest.fixture(scope="module")
def dictionary() -> Dictionary:
    return load(definitions())


def profiled(folder: Path, text: str) -> Dictionary:
    file = folder / "ours.map"
    file.write_text(text, encoding="utf-8")
    return load(definitions(), profile=str(file))


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Dictionary:
    """A hospital that lists few things whole: allergies in a discharge, too; and not who pays."""
    return profiled(
        tmp_path_factory.mktemp("profile"),
        "site\n  snapshots NK1 IN1 AL1\n"
        "IN1 -> Coverage\n  drop - payor[1].display\n"
        "message ZZZ_Z01  ADT^A03\n  snapshot AL1[AllergyIntolerance]\n  MSH  -\n  PID  Patient\n"
        "  [{AL1}]  AllergyIntolerance\n",
    )


def lists(dictionary: Dictionary, *segments: str, event: str = "A08") -> dict[str, Listing]:
    text = "\r".join([HEAD.format(event), *segments])
    translation = dictionary.translate(text, PlainIds(), source="h")
    return {one.segment: one for one in translation.lists if one.segment != "PID"}


def test_a_list_names_what_its_segments_made(dictionary: Dictionary) -> None:
    found = lists(dictionary, PID, PV1, "AL1|1|DA|PEN", "AL1|2|DA|NUT", "DG1|1||E11^^I10")
    assert {name: (one.type, len(one.ids), one.whole) for name, one in found.items()} == {
        "AL1": ("AllergyIntolerance", 2, True),
        "DG1": ("Condition", 1, True),
    }
    assert found["AL1"].of == ""
    assert found["DG1"].of


@pytest.mark.parametrize(
    ("segments", "event"),
    [
        ((PID, PV1, "AL1|1|DA|PEN"), "A03"),  # does not list all
        ((PID, PV1, "AL1|1"), "A08"),  # a set number alone
        ((PID, PV1, 'AL1|1|""', "AL1|2"), "A08"),
        ((PID, "DG1|1||E11^^I10"), "A08"),  # of no visit
        ((PID, PV1, "DG1|1||E11^^I10", f"DG1|2||I10^^I10{'|' * 18}A"), "A08"),
    ],
)
def test_what_is_no_whole_list(
    dictionary: Dictionary, segments: tuple[str, ...], event: str
) -> None:
    (found,) = lists(dictionary, *segments, event=event).values()
    assert not found.whole


def test_nulls_alone_list_nothing_at_all(dictionary: Dictionary) -> None:
    (found,) = lists(dictionary, PID, 'AL1|1|""|""').values()
    assert (found.whole, found.ids) == (True, ())


def test_what_two_kinds_of_segments_tell_is_on_no_list(dictionary: Dictionary) -> None:
    found = lists(dictionary, PID, "AL1|1|DA|PEN^PEN^L", "IAM|1|DA|PEN^PEN^L|||A")
    assert found["AL1"].ids == ()


def test_a_message_of_two_patients_lists_nothing(dictionary: Dictionary) -> None:
    other = PID.replace("|7^", "|8^")
    assert lists(dictionary, PID, "AL1|1|DA|PEN", other, "AL1|1|DA|NUT") == {}


def test_a_list_of_which_something_was_left_out_is_not_whole(ours: Dictionary) -> None:
    found = lists(ours, PID, PV1, "IN1|1|P1|C1", "IN1|2|P2")["IN1"]
    assert (len(found.ids), found.whole) == (1, False)


def test_a_list_without_a_condition_is_always_whole(ours: Dictionary) -> None:
    assert lists(ours, PID, "AL1|1|DA|PEN", event="A03")["AL1"].whole


def fields(dictionary: Dictionary, *segments: str, event: str = "A08") -> dict[str, set[str]]:
    """Which lists each kind of segment gives whole."""
    text = "\r".join([HEAD.format(event), *segments])
    return {
        one.segment: {word.partition(" ")[0] for words in one.fields.values() for word in words}
        for one in dictionary.translate(text, PlainIds(), source="h").lists
    }


def test_a_field_that_repeats_is_given_whole_if_it_is_valued(dictionary: Dictionary) -> None:
    assert fields(dictionary, PID, "NK1|1|Ma^A|MTH|1 Main") == {
        "PID": {"name"}, "NK1": {"name", "address"},
    }  # fmt: skip
    called = 'PID|1|OLD|7^^^H^MR||||||||""||111~222|333'
    assert fields(dictionary, called) == {"PID": {"telecom"}}


def test_a_number_and_what_does_not_repeat_are_never_whole(dictionary: Dictionary) -> None:
    assert fields(dictionary, "PID|1|A|7^^^H^MR|B||||M") == {"PID": set()}


@pytest.mark.parametrize("event", ["A02", "A03", "A60"])
def test_an_event_that_does_not_register_gives_no_field_whole(
    dictionary: Dictionary, event: str
) -> None:
    assert fields(dictionary, PID, event=event).get("PID", set()) == set()


def test_of_a_site_that_sends_what_is_new_no_field_is_whole(
    ours: Dictionary, tmp_path: Path
) -> None:
    told = (PID, "NK1|1|Ma^A|MTH|1 Main")
    assert fields(profiled(tmp_path, "site\n  snapshots none\n"), *told) == {}
    assert fields(ours, *told) == {"NK1": {"name", "address"}}
