"""Visits: whether there is one, what state it is in, and what of its places."""

from __future__ import annotations

import pytest
from speaking import PID, found, message, of, one


@pytest.mark.parametrize("kind", ["ADT^A28", "ADT^A31", "ADT^A08", "ORU^R01"])
def test_what_is_no_visit_makes_none(kind: str) -> None:
    """PV1-2 = N is how A28 and A31 say that they speak of no visit (v2.9 3.3.28)."""
    made = message(kind, PID, "PV1|1|N", "DG1|1||I10^i^I10", "OBR|1|P1||A^a^L", "OBX|1|NM|B^b^L||1")
    assert of(made, "Encounter") == []
    for observation in of(made, "Observation"):
        assert "encounter" not in observation
    for condition in of(made, "Condition"):
        assert condition["category"][0]["coding"][0]["code"] == "problem-list-item"
    assert found(made) == ["not-applicable PV1-2"]


@pytest.mark.parametrize("kind", ["ORM^O01", "OML^O21", "OMG^O19"])
def test_why_a_service_is_ordered_is_no_item_of_the_problem_list(kind: str) -> None:
    made = message(kind, PID, "ORC|NW|P1", "OBR|1|P1||A^a^L", "DG1|1||I10^i^I10|||W")
    (category,) = one(made, "Condition")["category"]
    assert category["coding"][0]["code"] == "encounter-diagnosis"
    assert one(made, "ServiceRequest")["reasonReference"]


def test_what_is_said_of_no_visit_is_found() -> None:
    made = message("ADT^A31", PID, "PV1|1|N|W1^R1^B1||||D1^Li")
    assert of(made, "Encounter") == []
    assert {"not-applicable PV1-3", "not-applicable PV1-7"} <= set(found(made))


def test_a_visit_that_is_named_is_one_whatever_its_class() -> None:
    visit = one(message("ADT^A31", PID, "PV1|1|N" + "|" * 17 + "V1"), "Encounter")
    assert visit["identifier"][0]["value"] == "V1"
    assert (visit["status"], visit["class"]["code"]) == ("unknown", "UNK")


@pytest.mark.parametrize(
    ("action", "status"),
    [("", "completed"), ("A", "completed"), ("U", "completed"), ("D", "entered-in-error")],
)
def test_a_procedure_that_is_deleted_was_never_done(action: str, status: str) -> None:
    """PR1-20 is the segment's action code (v2.9 6.5.4.20), as DG1-21 is."""
    pr1 = "PR1|1||P1^p^L||20260301" + "|" * 14 + f"X1|{action}"
    made = message("ADT^A08", PID, "PV1|1|I", pr1)
    assert one(made, "Procedure")["status"] == status
    assert found(made) == []


@pytest.mark.parametrize(
    ("event", "class_", "end", "status"),
    [
        ("A05", "I", "", "planned"), ("A14", "O", "", "planned"), ("A05", "P", "", "planned"),
        ("A01", "I", "", "active"), ("A01", "P^Pre", "", "planned"),
        ("A11", "I", "", None), ("A27", "I", "", None), ("A38", "I", "", None),
        ("A11", "P", "", None), ("A38", "P", "", None),
        ("A03", "I", "", "completed"), ("A08", "I", "20260302", "completed"),
        ("A13", "I", "20260302", "active"), ("A08", "I", "", "active"),
    ],
)  # fmt: skip
def test_a_place_is_as_far_as_its_visit(
    event: str, class_: str, end: str, status: str | None
) -> None:
    pv1 = f"PV1|1|{class_}|W1^R1^B1||||||||X1^R2||||||||V1" + "|" * 26 + end
    made = message(f"ADT^{event}", PID, pv1)
    assert [p.get("status") for p in one(made, "Encounter")["location"]] == [status, status]


@pytest.mark.parametrize(
    ("kind", "class_", "start", "status", "place"),
    [
        ("SIU^S12", "O", "", "planned", "planned"), ("SIU^S13", "", "", "unknown", "planned"),
        ("SIU^S15", "O", "", "cancelled", None), ("SRM^S01", "O", "", "planned", "planned"),
        ("SIU^S26", "O", "", "cancelled", None), ("SIU^S17", "P", "", "cancelled", None),
        ("SIU^S15", "O", "20260301", "in-progress", "active"),
        ("SIU^S26", "I", "", "in-progress", "active"),
        ("SIU^S12", "O", "20260301", "in-progress", "active"),
        ("SIU^S12", "I", "", "in-progress", "active"),
        ("ORU^R01", "O", "", "in-progress", "active"),
    ],
)  # fmt: skip
def test_a_visit_for_an_appointment_is_still_to_be(
    kind: str, class_: str, start: str, status: str, place: str | None
) -> None:
    pv1 = f"PV1|1|{class_}|W1^R1" + "|" * 16 + "V1" + "|" * 25 + start
    head = "ARQ|A1" if kind == "SRM^S01" else "SCH|A1|B1|||||||||^^^20260310090000^20260310093000"
    made = message(kind, head, PID, pv1)
    visit = one(made, "Encounter")
    assert (visit["status"], visit["location"][0].get("status")) == (status, place)
    assert [m.weak[-1] for m in made.made if m.resource is visit] == ["status"]


@pytest.mark.parametrize(
    ("event", "pending", "before"),
    [
        ("A08", "reserved", "planned"), ("A15", "reserved", "planned"), ("A26", None, "planned"),
        ("A11", None, None), ("A27", None, None), ("A38", None, None),
    ],
)  # fmt: skip
def test_what_is_cancelled_keeps_no_place(
    event: str, pending: str | None, before: str | None
) -> None:
    """A26: the transfer will not be; the place that was kept for it is free."""
    pv1 = "PV1|1|I" + "|" * 17 + "V1" + "|" * 23 + "W2^R2"
    made = message(f"ADT^{event}", PID, pv1, "PV2|W3^R3")
    assert [p.get("status") for p in one(made, "Encounter")["location"]] == [pending, before]


NAMELESS = "PV1|1|O|CL1"


@pytest.mark.parametrize(
    ("kind", "pv1", "status", "place"),
    [
        ("ORU^R01", NAMELESS, "unknown", None), ("VXU^V04", "PV1|1|R", "unknown", None),
        ("RDE^O11", "PV1|1|I|W1", "unknown", None), ("ADT^A31", NAMELESS, "unknown", None),
        ("ORU^R01", NAMELESS + "|" * 16 + "V1", "in-progress", "active"),
        ("ORU^R01", "PV1|1|I|W1" + "|" * 41 + "20260301", "in-progress", "active"),
        ("ORU^R01", "PV1|1|I|W1" + "|" * 42 + "20260302", "finished", "completed"),
        ("ADT^A08", NAMELESS, "in-progress", "active"),
        ("ADT^A03", NAMELESS, "finished", "completed"),
    ],
)  # fmt: skip
def test_a_visit_that_is_only_mentioned_goes_on_as_nobody_knows(
    kind: str, pv1: str, status: str, place: str | None
) -> None:
    """PV1-2 is required (v2.9 3.4.9.2), so whoever sends PV1 for the ward alone says a class."""
    visit = one(message(kind, PID, pv1, "OBR|1|P1||A^a^L"), "Encounter")
    assert visit["status"] == status
    assert [each.get("status") for each in visit.get("location", [{}])] == [place]


@pytest.mark.parametrize(
    ("event", "said", "class_", "status", "place"),
    [
        ("S12", "Booked", "O", "planned", "planned"), ("S13", "Booked", "O", "planned", "planned"),
        ("S14", "Complete", "O", "finished", "completed"),
        ("S15", "Booked", "O", "cancelled", None),
        ("S26", "Complete", "O", "cancelled", None), ("S12", "Booked", "I", "unknown", None),
    ],
)  # fmt: skip
def test_the_visit_of_an_appointment_is_as_that_is(
    event: str, said: str, class_: str, status: str, place: str | None
) -> None:
    sch = "SCH|A1|B1|||||||||^^^20260310090000" + "|" * 14 + said
    made = message(f"SIU^{event}", sch, PID, f"PV1|1|{class_}|CL1")
    visit, appointment = one(made, "Encounter"), one(made, "Appointment")
    assert visit["appointment"] == [{"reference": f"Appointment/{appointment['id']}"}]
    assert (visit["status"], visit["location"][0].get("status")) == (status, place)
