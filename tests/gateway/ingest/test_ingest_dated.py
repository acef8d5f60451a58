"""What was told last of each element stands, in whatever order the messages come."""

from __future__ import annotations

from itertools import count, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingest_feed import hl7, sent

from gateway.ingest.sending import Sent, both, deleted, guessed, outdated
from gateway.ingest.versions.beneath import filled, late_told, told_after
from gateway.ingest.versions.dated import part_of
from gateway.ingest.versions.update import updated
from mappings import exact
from mappings.translate import Made

_NUMBERS = count(1)
_TYPES = ("Appointment", "DocumentReference", "Encounter", "MedicationRequest", "Patient")
#: They name what is another's in each order.
_OWN = {
    "content", "id", "identifier", "masterIdentifier", "meta", "participant", "relatesTo",
    "subject",
}  # fmt: skip


def pid(*, name="Doe^Jo", phone="", married="", tongue=""):
    fields = {3: "7^^^TJH01", 5: name, 7: "19000101", 8: "M", 13: phone, 15: tongue, 16: married}
    return "|".join(["PID", *(fields.get(at, "") for at in range(1, 17))])


def message(type_, hour, *segments, application="HIS"):
    return hl7(
        *segments, type_=type_, control_id=str(next(_NUMBERS)), application=application,
        sent=f"20260301{hour:02}0000",
    )  # fmt: skip


def update(hour, **told):
    return message("ADT^A31", hour, f"EVN|A31|20260301{hour:02}0000", pid(**told))


def drug(control, hour, dose="", drug="AMOX", **sender):
    orc, rxo = f"ORC|{control}|O1", f"RXO|{drug}^x^L" + (f"|{dose}||mg^^UCUM" if dose else "")
    return message("OMP^O09", hour, pid(), orc, rxo, **sender)


def appointment(event, hour, start=""):
    sch = "SCH|O1|O1" + (f"{'|' * 9}^^^{start}" if start else "")
    return message(f"SIU^{event}", hour, sch, pid())


def visit(hour, kind="", service=""):
    pv1 = f"PV1|1|I|W1|{kind}{'|' * 6}{service}{'|' * 9}O1{'|' * 25}20260301070000"
    return message("ADT^A08", hour, f"EVN|A08|20260301{hour:02}0000", pid(), pv1)


def document(event, hour, title=""):
    numbers = "NO1|O1" if event == "T10" else "O1|"  # what takes the place of O1
    txa = f"TXA|1|CN{'|' * 10}{numbers}{'|' * 12}{title}"
    return message(f"MDM^{event}", hour, pid(), txa, "OBX|1|TX|R||text")


#: Messages in the order in which they are written.
STORIES = {
    "change": [drug("NW", 8, 100), drug("XO", 9, 200), drug("DC", 10)],
    "changes": [drug("NW", 8, 100), drug("XO", 9, 200), drug("XO", 10), drug("DC", 11)],
    "time": [
        appointment("S12", 8, "20260401080000"), appointment("S13", 9, "20260402080000"),
        appointment("S15", 10),
    ],
    "edit": [document("T02", 8, "a"), document("T08", 9, "b"), document("T08", 10)],
    "replacement": [document("T02", 8, "a"), document("T08", 9, "b"), document("T10", 10, "c")],
    "visit": [visit(8, "E", "MED"), visit(9, "U", "SUR"), visit(10), visit(11, "E")],
    "phone": [update(8, phone="1"), update(9, phone="2"), update(10)],
    "repeated": [
        update(8, phone="1"), update(9, phone="2"), update(10, phone="1"), update(11, married="M"),
    ],
    "deleted": [update(8, phone="1"), update(9, phone='""'), update(10, married="M")],
    "told again": [
        update(8, married="M"), update(9, married='""'), update(10, married="S"), update(11),
    ],
    "several": [
        update(8, name="Doe^Ann", phone="1"), update(9, phone="2", married="M"),
        update(10, married="S", tongue="en"),
    ],
}  # fmt: skip


def resources(tjh):
    return [each for type_ in _TYPES for each in tjh.resources(type_)]


def comparable(resource):
    own = {name: value for name, value in resource.items() if name not in _OWN}
    return exact.dumps(own, sort=True)


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("name", STORIES)
def test_any_order_of_arrival_ends_as_the_order_of_writing(tjh, name, together):
    ends = {}
    for number, order in enumerate(permutations(range(len(STORIES[name])))):
        mark, known = b"%d" % (70 + number), {one["id"] for one in resources(tjh)}
        told = [STORIES[name][at].replace(b"|7^^^", b"|%s^^^" % mark) for at in order]
        sent(tjh, [one.replace(b"O1", b"O" + mark) for one in told], together)
        ends[order] = sorted(map(comparable, (o for o in resources(tjh) if o["id"] not in known)))
    in_order, *others = ends.values()
    assert in_order
    assert others == [in_order] * len(others)


def test_what_another_sender_told_since_stands(tjh):
    tjh(drug("NW", 8, 100), drug("XO", 7, 300, application="PHARM"), drug("DC", 10))
    tjh(drug("XO", 9, 200))
    (order,) = tjh.resources("MedicationRequest")
    assert str(order["dosageInstruction"]).count("300") == 1
    assert order["status"] == "stopped"


def test_a_late_change_to_another_drug_is_found(tjh):
    first, later = (
        message("RDE^O11", hour, pid(), f"ORC|{control}|O1", f"RXE||{code}^x^L|100||mg^^UCUM")
        for hour, control, code in ((8, "NW", "AMOX"), (9, "XO", "IBU"))
    )
    tjh(first, message("RDE^O11", 10, pid(), "ORC|DC|O1"))
    (receipt,) = tjh(later)
    (order,) = tjh.resources("MedicationRequest")
    assert order["medicationCodeableConcept"]["coding"][0]["code"] == "IBU"
    assert {"another-drug", "superseded"} <= {*tjh.findings(receipt.seq)}


_NAMES = ("birthDate", "gender", "language", "maritalStatus")
_TOLD = st.dictionaries(st.sampled_from(_NAMES), st.sampled_from(["a", "b", None]))


def _made(told):
    said = {name: value for name, value in told.items() if value is not None}
    erase = tuple(name for name, value in told.items() if value is None)
    return Made({"resourceType": "Patient", **said}, "p", "patient", replace=False, erase=erase)


def _heard(messages):
    """Return a Patient after messages, as `gateway.ingest.application` brings them together."""
    known, told = {"resourceType": "Patient"}, b""
    for by, at, made in messages:
        message = Sent(by, at, "ADT")
        late = bool(outdated(told, message))
        after = told_after(told, made, message, known, late=late)
        if late:
            part = part_of(made, late_told(told, made, message))
            known = updated(known, part.resource, part.erase)
            known = filled(known, made.resource, deleted(told))
        else:
            known = updated(known, made.resource, made.erase)
        told = after
    return known, told


@given(st.lists(_TOLD, max_size=6).flatmap(lambda all_: st.permutations([*enumerate(all_, 1)])))
def test_a_resource_is_what_the_latest_of_each_element_says(messages):
    heard, told = _heard([(b"A" * 7, at, _made(one)) for at, one in messages])
    expected = {}
    for _, one in sorted(messages, key=lambda each: each[0]):
        expected |= one
    known = {name: value for name, value in expected.items() if value is not None}
    assert heard == {"resourceType": "Patient", **known}
    assert guessed(told) == set()


@given(
    st.lists(st.tuples(st.sampled_from([b"A" * 7, b"B" * 7]), _TOLD), max_size=6).flatmap(
        lambda all_: st.permutations([*enumerate(all_, 1)])
    )
)
def test_of_several_senders_each_changes_only_what_it_told_itself(messages):
    """What comes in the order of its own clock stands over what came before."""
    heard = [(by, at, one) for at, (by, one) in messages]
    known, _ = _heard([(by, at, _made(one)) for by, at, one in heard])
    for name, value in known.items():
        if name != "resourceType":
            by, at = max((by, at) for by, at, one in heard if one.get(name) == value)
            later = [one for who, when, one in heard if who == by and when > at and name in one]
            others = [one for who, _, one in heard if who != by and name in one]
            assert not later or others


def test_what_is_kept_of_two_that_are_one_dates_nothing():
    one, other = (
        _heard([(by, at, _made(said)) for at, said in ((1, {"gender": "a"}), (2, {}))])[1]
        for by in (b"A" * 7, b"B" * 7)
    )
    said, message = _made({"gender": "b"}), Sent(b"A" * 7, 2, "ADT")
    assert late_told(one, said, message) == {"gender"}
    assert late_told(both(one, other, (), ()), said, message) == set()
