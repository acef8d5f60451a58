"""What was said last stands, in whatever order it comes."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingest_feed import hl7

from gateway.ingest.sending import Sent, both, deleted, is_later, is_mention, noted, outdated

_NUMBERS = count(1)
PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"


def message(type_, at, *segments, application="HIS"):
    """Return a message sent on 1 March 2026, at an hour, or at a time of its own."""
    when = f"20260301{at:02}0000" if isinstance(at, int) else at
    return hl7(
        PID, *segments, type_=type_, control_id=str(next(_NUMBERS)), application=application,
        sent=when,
    )  # fmt: skip


def result(at, status, value, **sender):
    return message(
        "ORU^R01", at, f"OBR|1|P1|F1|K|||20260301083000|{'|' * 14}202603010{at}0000|||{status}",
        f"OBX|1|NM|K||{value}|mmol/L|||||{status}|||20260301083000", **sender,
    )  # fmt: skip


def visit(event, at, ward, *, end="", name="Jo"):
    pv1 = f"PV1|1|I|{ward}{'|' * 16}V1{'|' * 25}20260301070000|{end}"
    return hl7(
        f"EVN|{event}|202603010{at}0000", PID.replace("Jo", name), pv1, type_=f"ADT^{event}",
        control_id=str(next(_NUMBERS)), sent=f"202603010{at}0000",
    )  # fmt: skip


def findings(tjh):
    with tjh.store.read() as tx:
        seqs = [entry.seq for entry in tx.spool.entries("done")]
    return [code for seq in seqs for code in tjh.findings(seq)]


@pytest.mark.parametrize("together", [True, False])
def test_a_result_ends_as_its_correction_says_whatever_comes_last(tjh, together):
    told = [result(1, "P", 5.1), result(2, "F", 5.3), result(3, "C", 6.3)]
    for number, order in enumerate(permutations(told)):
        other = [one.replace(b"7^^^TJH01", b"%d^^^TJH01" % (70 + number)) for one in order]
        for some in [other] if together else [[one] for one in other]:
            tjh(*some)
    results = tjh.resources("Observation")
    assert [(one["status"], one["valueQuantity"]["value"]) for one in results] == [
        ("corrected", 6.3)
    ] * 6
    reports = tjh.resources("DiagnosticReport")
    assert [(one["status"], one["issued"][11:13]) for one in reports] == [("corrected", "03")] * 6
    assert "superseded" in findings(tjh)


def test_a_visit_ends_as_its_discharge_says_whatever_comes_last(tjh):
    told = [
        visit("A01", 1, "W1"), visit("A08", 2, "W2", name="Jon"),
        visit("A03", 3, "W2", end="20260301090000", name="Jon"),
    ]  # fmt: skip
    for number, order in enumerate(permutations(told)):
        mark = str(70 + number).encode()
        for one in order:
            tjh(one.replace(b"7^^^TJH01", mark + b"^^^TJH01").replace(b"|V1|", b"|V%s|" % mark))
    visits = tjh.resources("Encounter")
    assert [(one["status"], one["period"]["end"][:13]) for one in visits] == [
        ("finished", "2026-03-01T09")
    ] * 6
    assert [one["name"][0]["text"] for one in tjh.resources("Patient")] == ["Jon Doe"] * 6


def test_an_order_that_was_cancelled_is_not_placed_again_by_an_older_message(tjh):
    placed = message("OMG^O19", 1, "ORC|NW|P1", "OBR|1|P1||K")
    cancelled = message("OMG^O19", 2, "ORC|CA|P1", "OBR|1|P1||K")
    tjh(cancelled)
    tjh(placed)
    assert [one["status"] for one in tjh.resources("ServiceRequest")] == ["revoked"]


def test_clocks_of_two_applications_are_not_compared(tjh):
    tjh(result(3, "F", 5.3, application="LIS1"))
    tjh(result(1, "C", 6.3, application="LIS2"))
    assert [one["status"] for one in tjh.resources("Observation")] == ["corrected"]


@pytest.mark.parametrize(
    "sent", ["", "20260301", "202603010100", "20990101000000", "nonsense", "20260301083015+2500"]
)
def test_a_time_that_tells_nothing_leaves_the_order_of_arrival(tjh, sent):
    tjh(message("OMG^O19", 1, "ORC|CA|P1", "OBR|1|P1||K"))
    tjh(message("OMG^O19", sent, "ORC|RL|P1", "OBR|1|P1||K"))
    assert [one["status"] for one in tjh.resources("ServiceRequest")] == ["active"]


def test_a_final_result_does_not_become_preliminary_where_no_time_tells(tjh):
    for status, value in (("F", 5.3), ("P", 5.1), ("C", 6.3), ("F", 6.4)):
        tjh(
            message(
                "ORU^R01", "", f"OBR|1|P1|F1|K|||20260301083000|{'|' * 17}{status}",
                f"OBX|1|NM|K||{value}|mmol/L|||||{status}|||20260301083000",
            )
        )  # fmt: skip
        (known,) = tjh.resources("Observation")
        (report,) = tjh.resources("DiagnosticReport")
        if status == "P":
            assert known["status"] == report["status"] == "final"
    assert (known["status"], known["valueQuantity"]["value"]) == ("final", 6.4)


def test_what_is_said_again_unchanged_is_later_than_what_comes_between(tjh):
    tjh(visit("A08", 1, "W1", name="Jo"))
    tjh(visit("A08", 3, "W1", name="Jo"))
    tjh(visit("A08", 2, "W1", name="Joe"))
    (patient,) = tjh.resources("Patient")
    assert patient["name"][0]["text"] == "Jo Doe"
    assert patient["meta"]["versionId"] == "1"


def test_an_older_list_closes_nothing(tjh):
    def listed(at, *codes):
        lines = [f"AL1|{n}|DA|{code}^{code}^L" for n, code in enumerate(codes, 1)]
        return message("ADT^A08", at, *lines)

    tjh(listed(2, "PEN", "ASA"))
    tjh(listed(1, "PEN"))
    codes = [
        one["clinicalStatus"]["coding"][0]["code"] for one in tjh.resources("AllergyIntolerance")
    ]
    assert codes == ["active", "active"]
    tjh(listed(3, "PEN"))
    tjh(listed(2, "PEN", "ASA"))
    codes = {
        one["code"]["coding"][0]["code"]: one["clinicalStatus"]["coding"][0]["code"]
        for one in tjh.resources("AllergyIntolerance")
    }
    assert codes == {"PEN": "active", "ASA": "inactive"}


_SENT = st.builds(
    Sent, st.sampled_from([bytes([n] * 7) for n in range(3)]), st.integers(1, 1 << 50),
    st.just("ORU"),
)  # fmt: skip


@given(st.lists(_SENT, max_size=8), _SENT)
def test_what_a_resource_keeps_tells_what_is_outdated(told, new):
    kept = b""
    for one in told:
        kept = noted(kept, "Observation", one)
    same = [one.at for one in told if one.by == new.by]
    expected = max(same) > new.at if same and max(same) != new.at else None
    assert outdated(kept, new) == expected
    assert outdated(kept, None) is None
    assert noted(kept, "Observation", None) == kept


def test_a_resource_keeps_the_latest_of_few_senders():
    kept = b""
    for number in range(1, 9):
        kept = noted(kept, "Patient", Sent(bytes([number] * 7), number, "ORU"))
    assert len(kept) == 4 * 16
    assert outdated(kept, Sent(bytes([1] * 7), 0, "ORU")) is None
    assert outdated(kept, Sent(bytes([8] * 7), 1, "ORU")) is True


def test_who_keeps_a_resource_is_not_forgotten_for_those_who_mention_it():
    kept = noted(b"", "Patient", Sent(bytes(7), 1, "ADT"))
    for number in range(2, 20):
        kept = noted(kept, "Patient", Sent(bytes([number] * 7), number, "ORU"))
    assert is_mention("Patient", kept, Sent(bytes([30] * 7), 30, "ORU"))
    assert not is_mention("Patient", kept, Sent(bytes([31] * 7), 30, "ADT"))
    assert not is_mention("Patient", b"", Sent(bytes([30] * 7), 30, "ORU"))


def test_no_octet_of_an_entry_is_taken_for_its_end():
    message = Sent(b"\xff" * 7, (1 << 56) - 1, "ORU")
    kept = noted(noted(b"", "Patient", message, ["name"]), "Patient", message._replace(by=bytes(7)))
    assert deleted(kept) == ["name"]
    assert outdated(kept, message._replace(at=1)) is True


def test_a_clock_that_is_a_little_fast_is_believed(tjh):
    soon = datetime.now().astimezone() + timedelta(minutes=2)
    tjh(message("OMG^O19", f"{soon:%Y%m%d%H%M%S%z}", "ORC|CA|P1", "OBR|1|P1||K"))
    tjh(message("OMG^O19", 1, "ORC|NW|P1", "OBR|1|P1||K"))
    assert [one["status"] for one in tjh.resources("ServiceRequest")] == ["revoked"]


@pytest.mark.parametrize(
    ("mine", "others", "later"),
    [
        ([(b"A", 2)], [(b"A", 1)], True),
        ([(b"A", 1)], [(b"A", 2)], False),
        ([(b"A", 1)], [(b"A", 1)], False),
        ([(b"A", 2)], [(b"B", 1)], False),
        ([(b"A", 2)], [(b"A", 0)], False),
        ([(b"A", 2), (b"B", 1)], [(b"A", 1), (b"B", 2)], False),
        ([], [], False),
    ],
)
def test_of_two_resources_one_is_later_if_no_clock_contradicts(mine, others, later):
    def told(times):
        kept = b""
        for by, at in times:
            kept = noted(kept, "Encounter", Sent(by * 7, at, "ADT"))
        return kept

    assert is_later(told(mine), told(others)) is later


def test_two_that_are_one_keep_the_latest_of_each_clock():
    one = noted(b"", "Encounter", Sent(b"A" * 7, 3, "ADT"), ["length"])
    other = noted(b"", "Encounter", Sent(b"A" * 7, 2, "ADT"), ["class"])
    kept = both(one, noted(other, "Encounter", Sent(b"B" * 7, 1, "ORU")), ["class"], ())
    assert deleted(kept) == ["class"]
    assert outdated(kept, Sent(b"A" * 7, 2, "ADT")) is True
    assert outdated(kept, Sent(b"B" * 7, 0, "ORU")) is None
    assert is_mention("Encounter", kept, Sent(b"B" * 7, 2, "ORU"))
