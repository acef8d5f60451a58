"""Where the patient of a visit was, over its messages: what was left stays, with its times."""

from __future__ import annotations

from itertools import count, permutations

import pytest
from ingest_feed import hl7, sent

from gateway.ingest.versions.places import been, ended, followed, put_right

_NUMBERS = count(1)


def place(name, status, start="", end=""):
    period = {key: value for key, value in (("start", start), ("end", end)) if value}
    return {
        "location": {"reference": name}, "status": status, **({"period": period} if period else {}),
    }  # fmt: skip


def visit(*places, **more):
    return {"resourceType": "Encounter", "location": list(places), **more}


def short(places):
    """Return (name, status, start, end) of places."""
    periods = [one.get("period", {}) for one in places]
    return [
        (one["location"]["reference"], one["status"], each.get("start"), each.get("end"))
        for one, each in zip(places, periods, strict=True)
    ]


@pytest.mark.parametrize(
    ("known", "said", "then"),
    [
        # a transfer, which does not name the place left; which does; which is said again
        ([("A", "active", "01")], [("B", "active", "02")],
         [("B", "active", "02", None), ("A", "completed", "01", "02")]),
        ([("A", "active", "01")], [("B", "active", "02"), ("A", "completed", "", "02")],
         [("B", "active", "02", None), ("A", "completed", "01", "02")]),
        ([("B", "active", "02"), ("A", "completed", "01", "02")], [("B", "active", "03")],
         [("B", "active", "02", None), ("A", "completed", "01", "02")]),
        # back again: he was there twice
        ([("B", "active", "02"), ("A", "completed", "01", "02")], [("A", "active", "03")],
         [("A", "active", "03", None), ("B", "completed", "02", "03"),
          ("A", "completed", "01", "02")]),
        # since when he was in the first place is not known, nor is a place that was left before
        ([("A", "active")], [("B", "active", "02"), ("Z", "completed", "", "02")],
         [("B", "active", "02", None), ("Z", "completed", None, "02"),
          ("A", "completed", None, "02")]),
        # an update says where he is; a transfer that is cancelled brings him back
        ([("A", "active", "01")], [("B", "active")], [("B", "active", None, None)]),
        ([("A", "active", "01")], [("A", "active")], [("A", "active", "01", None)]),
        ([("B", "active", "02"), ("A", "completed", "01", "02")], [("A", "active")],
         [("A", "active", "01", None)]),
        # an admission that repeats when the visit began
        ([("A", "active", "01")], [("B", "active", "01")],
         [("B", "active", None, None), ("A", "completed", "01", None)]),
        # a clock that is wrong; a place that was planned; one of a visit that never was
        ([("A", "active", "03")], [("B", "active", "04"), ("A", "completed", "", "02")],
         [("B", "active", "04", None), ("A", "completed", "03", "04")]),
        ([("A", "planned"), ("C", "reserved")], [("A", "active", "01")],
         [("A", "active", "01", None)]),
        ([("A", "active", "01")], [("A", "planned")], [("A", "planned", None, None)]),
    ],
)  # fmt: skip
def test_places_follow_one_another(known, said, then):
    dated = [
        [place(name, status, *(each and f"2026-03-{each}" for each in times))
         for name, status, *times in places]
        for places in (known, said)
    ]  # fmt: skip
    before = visit(*dated[0])
    found = followed(before, visit(*dated[1]), again=False)["location"]
    assert [(*one[:2], *(each and each[-2:] for each in one[2:])) for one in short(found)] == then
    assert before == visit(*dated[0])


def test_who_is_discharged_leaves_when_the_visit_ends():
    known = visit(place("B", "active", "2026-03-02"), place("A", "completed", "2026-03-01"))
    said = visit(place("B", "completed"), period={"end": "2026-03-05"})
    assert short(followed(known, said, again=False)["location"]) == [
        ("B", "completed", "2026-03-02", "2026-03-05"), ("A", "completed", "2026-03-01", None),
    ]  # fmt: skip


def test_who_was_not_discharged_has_left_what_was_left_before():
    known = visit(
        place("B", "completed", "2026-03-02", "2026-03-05"),
        place("A", "completed", "2026-03-01", "2026-03-02"), place("Z", "completed"),
        period={"end": "2026-03-05"},
    )  # fmt: skip
    assert short(followed(known, visit(place("C", "active")), again=True)["location"]) == [
        ("C", "active", None, None), ("A", "completed", "2026-03-01", "2026-03-02"),
    ]  # fmt: skip


def test_a_place_is_not_left_before_it_was_entered():
    assert short([ended(place("A", "active", "2026-03-02"), "2026-03-01")]) == [
        ("A", "completed", "2026-03-02", None)
    ]


@pytest.mark.parametrize(
    ("known", "said", "since", "history"),
    [
        ({"class": "EMER"}, "IMP", "2026-03-02", [("EMER", "2026-03-01", "2026-03-02")]),
        ({"class": "EMER"}, "EMER", "2026-03-02", None),
        ({"class": "UNK"}, "IMP", "2026-03-02", None),
        ({"class": "EMER"}, "IMP", "", None),
        ({"class": "EMER"}, "IMP", "2026-03-01", None),
        ({"class": "IMP", "status": "planned"}, "AMB", "2026-03-02", None),
        ({"class": "EMER", "period": {}}, "IMP", "2026-03-02", [("EMER", None, "2026-03-02")]),
        ({"class": "IMP", "classHistory": [("EMER", "2026-03-01", "2026-03-02")]}, "AMB",
         "2026-03-03", [("EMER", "2026-03-01", "2026-03-02"), ("IMP", "2026-03-02", "2026-03-03")]),
    ],
)  # fmt: skip
def test_an_emergency_that_is_admitted_was_one(known, said, since, history):
    before = {"status": "in-progress", "period": {"start": "2026-03-01"}, **known}
    before["class"] = {"code": known["class"]}
    before["classHistory"] = [
        {"class": {"code": code}, "period": {"start": start, "end": end}}
        for code, start, end in known.get("classHistory", ())
    ]
    now = followed(
        visit(**before),
        visit(place("A", "active", since), **{"class": {"code": said}}),
        again=False,
    )
    found = now.get("classHistory")
    assert (found and [
        (one["class"]["code"], one["period"].get("start"), one["period"]["end"]) for one in found
    ]) == history  # fmt: skip


# -- a whole stay ----------------------------------------------------------------------------------


def adt(event, when, ward, class_="I", start="", end="", said="", **header):
    fields = {2: class_, 3: ward, 19: "V1", 44: start, 45: end}
    pv1 = "|".join(["PV1", *(fields.get(at, "") for at in range(1, 46))]).rstrip("|")
    return hl7(
        f"EVN|{event}|{said or when}||||{when}", "PID|1||7^^^TJH01^MR||Doe^Jo", pv1,
        type_=f"ADT^{event}", control_id=str(next(_NUMBERS)), **header,
    )  # fmt: skip


def stay(tjh):
    (found,) = tjh.resources("Encounter")
    return found


def where(tjh):
    places = stay(tjh)["location"]
    periods = [one.get("period", {}) for one in places]
    return [
        (one["location"]["display"], one["status"],
         each.get("start", "")[8:13], each.get("end", "")[8:13])
        for one, each in zip(places, periods, strict=True)
    ]  # fmt: skip


@pytest.mark.parametrize("together", [True, False])
def test_who_lay_where_and_when_is_known_in_the_end(tjh, together):
    messages = [
        adt("A04", "20260301080000", "ED", "E"), adt("A01", "20260301120000", "W1"),
        adt("A02", "20260302090000", "W2"), adt("A02", "20260303090000", "W3"),
        adt("A12", "20260303100000", "W2"), adt("A08", "20260303110000", "W2"),
        adt("A03", "20260305150000", "W2"),
    ]  # fmt: skip
    for batch in [messages] if together else [[one] for one in messages]:
        tjh(*batch)
    assert where(tjh) == [
        ("W2", "completed", "02T09", "05T15"), ("W1", "completed", "01T12", "02T09"),
        ("ED", "completed", "01T08", "01T12"),
    ]  # fmt: skip
    found = stay(tjh)
    assert found["period"] == {
        "start": "2026-03-01T08:00:00+08:00", "end": "2026-03-05T15:00:00+08:00",
    }  # fmt: skip
    (emergency,) = found["classHistory"]
    assert (emergency["class"]["code"], emergency["period"]["end"][8:13]) == ("EMER", "01T12")
    tjh(adt("A13", "20260305160000", "W2"))
    assert where(tjh)[0] == ("W2", "active", "02T09", "")
    assert len(where(tjh)) == 3


def test_a_visit_begins_once(tjh):
    """EVN-6, EVN-2 tell when an admission without PV1-44 was; an update moves nothing."""
    tjh(adt("A01", "20260301080000", "W1"))
    for event in ("A08", "A02", "A01"):
        tjh(adt(event, "20260302080000", "W1"))
        assert stay(tjh)["period"] == {"start": "2026-03-01T08:00:00+08:00"}
    tjh(adt("A08", "20260303080000", "W1", start="20260228"))
    assert stay(tjh)["period"] == {"start": "2026-02-28"}


def test_an_entry_tells_when_where_nothing_else_does(tjh):
    tjh(adt("A04", "", "ED", said="20260301081500"))
    assert stay(tjh)["period"] == {"start": "2026-03-01T08:15:00+08:00"}
    assert where(tjh) == [("ED", "active", "01T08", "")]


def test_a_cancelled_visit_was_nowhere(tjh):
    tjh(adt("A01", "20260301080000", "W1"), adt("A11", "20260301090000", ""))
    (found,) = stay(tjh)["location"]
    assert found.keys() == {"location"}


def test_a_transfer_that_is_cancelled_leaves_no_place_where_nobody_was(tjh):
    """As A12 is sent: PV1-3 is where the patient is, PV1-6 where he is not."""

    def adt(event, hour, ward, prior=""):
        pv1 = "|".join(["PV1", "1", "I", ward, "", "", prior, *[""] * 12, "V1"])
        time = f"20260303{hour:02}0000"
        tjh(hl7(f"EVN|{event}|{time}", "PID|1||7^^^TJH01^MR||Doe^Jo", pv1, type_=f"ADT^{event}",
                control_id=f"{event}{hour}", sent=time))  # fmt: skip

    for hour, ward in enumerate(("W1", "W2", "W3"), 1):
        adt("A02" if hour > 1 else "A01", hour, ward)
    adt("A12", 4, "W2", "W3")
    (one,) = tjh.resources("Encounter")
    assert [(each["status"], "end" in each["period"]) for each in one["location"]] == [
        ("active", False), ("completed", True),
    ]  # fmt: skip


def test_a_discharge_from_another_place_leaves_the_known_one():
    known, said = visit(place("A", "active", "01")), visit(place("B", "completed"))
    found = followed(known, {**said, "period": {"end": "05"}}, again=False)["location"]
    assert short(found) == [("B", "completed", None, "05"), ("A", "completed", "01", None)]


BED = "W1^101^2"


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(
    ("messages", "then"),
    [
        # the ward, or the room, of the bed where he is known to be; and with its site
        ([("A01", BED), ("A08", "W1")], [(BED, "active", "01T08", "")]),
        ([("A01", BED), ("A08", "W1^101")], [(BED, "active", "01T08", "")]),
        ([("A01", f"{BED}^H1"), ("A08", "W1")], [(f"H1 {BED}", "active", "01T08", "")]),
        ([("A01", BED), ("A02", "W2^1^1"), ("A12", "W1")], [(BED, "active", "01T08", "")]),
        ([("A01", BED), ("A03", "W1")], [(BED, "completed", "01T08", "01T09")]),
        ([("A01", BED), ("A03", BED), ("A13", "W1")], [(BED, "active", "01T08", "")]),
        # another place, or another level of it
        ([("A01", BED), ("A08", "W1^102")], [("W1 102", "active", "", "")]),
        ([("A01", BED), ("A08", "W2")], [("W2", "active", "", "")]),
        ([("A01", BED), ("A08", "W1^^^H1")], [("H1 W1", "active", "", "")]),
        ([("A01", "W1"), ("A08", BED)], [(BED, "active", "", "")]),
        ([("A01", "&urn:x&URI"), ("A08", "W1")], [("W1", "active", "", "")]),
        # a transfer tells since when he is in the ward, and no bed in it
        ([("A01", BED), ("A02", "W1")],
         [("W1", "active", "01T09", ""), (BED, "completed", "01T08", "01T09")]),
        # which he left is not which he is in
        ([("A01", BED), ("A08", BED, "W1")],
         [(BED, "active", "01T08", ""), ("W1", "completed", "", "")]),
        ([("A01", BED), ("A02", "W2", "W1")],
         [("W2", "active", "01T09", ""), (BED, "completed", "01T08", "01T09")]),
    ],
)  # fmt: skip
def test_a_ward_does_not_take_the_place_of_the_bed_in_it(tjh, messages, then, together):
    said = []
    for hour, (event, ward, *prior) in enumerate(messages, 8):
        pv1 = "|".join(["PV1", "1", "I", ward, "", "", *(prior or [""]), *[""] * 12, "V1"])
        time = f"20260301{hour:02}0000"
        said.append(hl7(f"EVN|{event}|{time}", "PID|1||7^^^TJH01^MR||Doe^Jo", pv1, sent=time,
                        type_=f"ADT^{event}", control_id=str(next(_NUMBERS))))  # fmt: skip
    sent(tjh, said, together)
    assert where(tjh) == [(name.replace("^", " "), *rest) for name, *rest in then]


def test_who_mentions_the_ward_of_a_bed_says_nothing_else(tjh):
    tjh(adt("A01", "20260301080000", BED))
    pv1 = "|".join(["PV1", "1", "I", "W1", *[""] * 15, "V1"])
    segments = ["PID|1||7^^^TJH01^MR||Doe^Jo", pv1, "OBR|1|P1|F1|GLU"]
    (receipt,) = tjh(hl7(*segments, type_="ORU^R01", control_id=str(next(_NUMBERS))))
    assert where(tjh) == [("W1 101 2", "active", "01T08", "")]
    assert "only-mentioned" not in tjh.findings(receipt.seq)


@pytest.mark.parametrize(
    ("places", "then"),
    [
        ([("A", "completed", "01", "05")], [("A", "completed", "01", "07")]),
        ([("A", "completed", "01", "03"), ("B", "completed", "", "05")],
         [("A", "completed", "01", "03"), ("B", "completed", None, "07")]),
        ([("A", "completed", "08", "05")], [("A", "completed", "08", None)]),
    ],
)  # fmt: skip
def test_the_last_place_is_left_when_the_visit_ended(places, then):
    known = visit(*(place(*one) for one in places), period={"end": "05"})
    assert short(put_right(known, {"period": {"end": "07"}})["location"]) == [
        (name, status, start, end) for name, status, start, end in then
    ]


@pytest.mark.parametrize("said", [{}, {"period": {"end": "05"}}])
def test_places_of_a_visit_that_did_not_end_otherwise_stay(said):
    known = visit(place("A", "completed", "01", "05"), period={"end": "05"})
    assert put_right(known, said) is known
    assert put_right({"period": {"end": "05"}}, {"period": {"end": "07"}}) == {
        "period": {"end": "05"}
    }


@pytest.mark.parametrize(
    ("known", "over", "said", "then"),
    [
        # the admission behind the transfer; a transfer behind the next one, which came back
        ([("B", "active", "02")], "", ("A", "active", "01"),
         [("B", "active", "02", None), ("A", "completed", "01", "02")]),
        ([("A", "active", "03"), ("A", "completed", "01", "03")], "", ("B", "active", "02"),
         [("A", "active", "03", None), ("B", "completed", "02", "03"),
          ("A", "completed", "01", "02")]),
        # the admission, the last transfer, behind the discharge; from where it tells, and not
        ([("A", "completed")], "05", ("A", "active", "01"), [("A", "completed", "01", "05")]),
        ([("B", "completed")], "05", ("A", "active", "01"),
         [("B", "completed", None, None), ("A", "completed", "01", None)]),
        ([("B", "completed", "", "05"), ("A", "completed", "01")], "05", ("B", "active", "02"),
         [("B", "completed", "02", "05"), ("A", "completed", "01", "02")]),
        ([("A", "completed", "01", "05")], "05", ("B", "active", "02"),
         [("A", "completed", "01", "05")]),
        ([("B", "completed", "02"), ("A", "completed", "01", "02")], "05", ("A", "active", "03"),
         [("A", "completed", "03", "05"), ("B", "completed", "02", "03"),
          ("A", "completed", "01", "02")]),
        ([("A", "completed", "01", "05")], "05", ("B", "active", "05"),
         [("A", "completed", "01", "05")]),
        # of a place that he left it is known when; another one he left at a time that nobody knows
        ([("B", "active", "03"), ("A", "completed", "", "03"), ("Z", "completed")], "",
         ("A", "active", "02"),
         [("B", "active", "03", None), ("Z", "completed", None, None),
          ("A", "completed", "02", "03")]),
        # an update told where he is; the event is known; so is where he is to be
        ([("A", "active", "01")], "", ("B", "active", "02"), [("A", "active", "01", None)]),
        ([("B", "active")], "", ("B", "active", "02"), [("B", "active", "02", None)]),
        ([("B", "active", "02")], "", ("A", "active", "02"), [("B", "active", "02", None)]),
        ([("B", "active", "02")], "", ("A", "planned", "01"), [("B", "active", "02", None)]),
    ],
)  # fmt: skip
def test_where_he_was_is_told_late(known, over, said, then):
    status = {"status": "finished", "period": {"end": over}} if over else {"status": "in-progress"}
    whole = visit(*(place(*one) for one in known), **status)
    assert short(been(whole, visit(place(*said)))["location"]) == then


@pytest.mark.parametrize(
    "known",
    [
        {"resourceType": "Procedure", "status": "in-progress", "location": {"display": "W1"}},
        {"resourceType": "Encounter", "status": "finished"},
        visit(place("B", "active", "02"), status="cancelled"),
    ],
)
def test_only_a_visit_that_was_has_places_that_are_told_late(known):
    assert been(known, visit(place("A", "active", "01"))) is known


MOVES = [("A01", 8, "W1"), ("A02", 9, "W2"), ("A02", 10, "W3"), ("A03", 11, "W3")]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_in_whatever_order_events_come_he_was_where_they_took_him(tjh, order):
    for event, hour, ward in (MOVES[number] for number in order):
        time = f"20260301{hour:02}0000"
        tjh(adt(event, time, ward, sent=time))
    assert sorted(where(tjh)) == [
        ("W1", "completed", "01T08", "01T09"), ("W2", "completed", "01T09", "01T10"),
        ("W3", "completed", "01T10", "01T11"),
    ]  # fmt: skip
