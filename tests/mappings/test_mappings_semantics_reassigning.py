"""A43 moves a number from one patient to another (v2.9 3.3.43): neither becomes the other."""

from __future__ import annotations

import json

import pytest
from speaking import found, message, of

from mappings.translate import Translation

SYSTEM = "https://yiqiao.org/fhir/authority/src"


def moved(pid: str, mrg: str) -> Translation:
    return message("ADT^A43", "EVN|A43|20260301080000", f"{pid}||Doe^Jo||19800101|M", mrg)


def numbers(made: Translation) -> dict[str, list[str]]:
    return {one["id"]: [each["value"] for each in one["identifier"]] for one in of(made, "Patient")}


def erased(made: Translation) -> list[tuple[str, str, str]]:
    """Return (patient, system, number) of what is taken away."""
    words = [
        (m.resource["id"], json.loads(word.removeprefix("identifier "))) for m in made.made
        for word in m.erase if word.startswith("identifier ")
    ]  # fmt: skip
    return [(id_, number["system"], number["value"]) for id_, number in words]


@pytest.mark.parametrize(
    ("pid", "mrg"),
    [
        ("PID|1|E7^^^EMPI^PI|100^^^H^MR", "MRG|100^^^H^MR|||E6^^^EMPI^PI"),
        ("PID|1||100^^^H^MR~E7^^^EMPI^PE", "MRG|100^^^H^MR~E6^^^EMPI^PE"),
        ("PID|1||100^^^H^MR~E7^^^EMPI^PE", "MRG|100|E6^^^EMPI^PE"),
    ],
)
def test_a_record_goes_from_one_person_to_another(pid: str, mrg: str) -> None:
    """The record's own number moves, with all that is under it: it loses the wrong person's."""
    made = moved(pid, mrg)
    assert (made.merges, numbers(made)) == ([], {"patient-100.Patient": ["100", "E7"]})
    assert erased(made) == [("patient-100.Patient", f"{SYSTEM}/EMPI", "E6")]
    assert found(made) == []


def test_a_number_goes_from_one_record_to_another() -> None:
    made = moved("PID|1||100^^^H^MR~S9^^^CARDS^SS", "MRG|200^^^H^MR~S9^^^CARDS^SS")
    assert made.merges == []
    assert numbers(made) == {
        "patient-100.Patient": ["100", "S9"], "patient-200.Patient": ["200"],
    }  # fmt: skip
    assert erased(made) == [("patient-200.Patient", f"{SYSTEM}/CARDS", "S9")]
    assert all("link" not in one and "active" not in one for one in of(made, "Patient"))
    assert found(made) == []


@pytest.mark.parametrize("pid3", ["100^^^H^MR", "100^^^H^MR~200^^^H^MR"])
def test_a_number_that_is_a_whole_record_takes_it_along(pid3: str) -> None:
    made = moved(f"PID|1||{pid3}", "MRG|200^^^H^MR")
    assert made.merges == [("patient-100", "patient-200")]
    assert erased(made) == []


def test_what_is_not_carried_over_is_found() -> None:
    made = moved("PID|1||100^^^H^MR", "MRG|100^^^H^MR||||||Other^Name")
    assert erased(made) == []
    assert found(made) == ["not-applicable MRG"]


def test_a_move_from_nobody_is_found() -> None:
    made = moved("PID|1||100^^^H^MR", "MRG|")
    assert (made.merges, found(made)) == ([], ["no-patient-identifier MRG"])


def test_a_merge_of_a_record_with_itself_is_found() -> None:
    """PID-3 may name first what MRG says gives way: then nothing is merged."""
    pid = "PID|1||100^^^H^MR~200^^^H^MR||Doe^Jo"
    made = message("ADT^A40", "EVN|A40|20260301080000", pid, "MRG|100^^^H^MR")
    assert (made.merges, found(made)) == ([], ["not-applicable MRG-1"])


@pytest.mark.parametrize(
    ("event", "pid18", "mrg", "where"),
    [
        ("A50", "", "MRG|100^^^H^MR||||V1", "MRG-5"),
        ("A42", "", "MRG|100^^^H^MR||||V1", "MRG-5"),
        ("A45", "", "MRG|100^^^H^MR||||V1", "MRG-5"),
        ("A49", "AC1", "MRG|100^^^H^MR||AC1", "MRG-3"),
        ("A41", "AC1", "MRG|100^^^H^MR||AC1", "MRG-3"),
    ],
)
def test_a_number_that_takes_its_own_place_is_found_and_no_old_one(
    event: str, pid18: str, mrg: str, where: str
) -> None:
    pid = f"PID|1||100^^^H^MR||Doe^Jo{'|' * 13}{pid18}".rstrip("|")
    made = message(f"ADT^{event}", f"EVN|{event}|20260301080000", pid, mrg, f"PV1|1|I|{'|' * 16}V1")
    assert (made.moves, found(made)) == ([], [f"not-applicable {where}"])
    (own,) = of(made, "Account" if pid18 else "Encounter")
    assert [(each["value"], each.get("use")) for each in own["identifier"]] == [
        (pid18 or "V1", None)
    ]


def test_an_alternate_number_changes_though_the_visit_s_own_is_repeated() -> None:
    pv1 = f"PV1|1|I|{'|' * 16}V1{'|' * 31}X2"
    made = message(
        "ADT^A51", "EVN|A51|20260301080000", "PID|1||100^^^H^MR", "MRG|100^^^H^MR||||V1|X1", pv1
    )
    assert found(made) == []
    (visit,) = of(made, "Encounter")
    assert [(each["value"], each.get("use")) for each in visit["identifier"]] == [
        ("V1", None), ("X2", None), ("X1", "old"),
    ]  # fmt: skip
