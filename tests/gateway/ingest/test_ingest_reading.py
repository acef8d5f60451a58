from datetime import UTC, datetime

import pytest

from adapters.ack import Outcome, build_ack
from adapters.header import read_header
from gateway.ingest.arrival.answer import Answerer
from gateway.ingest.arrival.reading import read, read_broken, whose
from gateway.ingest.sources import Feed
from gateway.store.models import Source

PID = "PID|1||123^^^TJH01^MR~110101190001010014||葉弢"


def message(*segments, msh="MSH|^~\\&|LIS|TJH01|GW|HIE|2026||ORU^R01|L1|P|2.3.1"):
    return "\r".join([msh, *segments])


def find(charset=None):
    source = Source(organisation="tjh", facility="TJH01", charset=charset)
    return {"TJH01": Feed("tjh", "default", source)}.get


def test_what_an_acknowledgement_needs():
    reading = read(message(PID).encode("gb18030"), find())
    assert reading.feed.organisation == "tjh"
    assert (reading.control_id, reading.message_type) == ("L1", "ORU^R01")
    assert (reading.patient, reading.charset) == ("123", "gb18030")
    assert (reading.outcome, reading.reason, reading.errors) == (Outcome.ACCEPTED, None, ())


def test_what_is_kept_in_the_clear_is_short_and_printable():
    msh = f"MSH|^~\\&|LIS|TJH01|GW|HIE|2026||ORU|{'L' * 300}\0|P|2.3.1"
    reading = read(message(msh=msh).encode(), find())
    assert reading.control_id == "L" * 200
    assert reading.message_type == "ORU"


@pytest.mark.parametrize(
    ("raw", "outcome", "reason", "where"),
    [
        (message(PID).replace("TJH01", "XXX", 1), Outcome.REJECTED, "unknown-source", "MSH"),
        (PID, Outcome.REJECTED, "bad-header", "MSH"),
        ("", Outcome.REJECTED, "bad-header", "MSH"),
        (message(PID, msh="MSH|^~\\&|LIS|TJH01|GW"), Outcome.REJECTED, "bad-header", "MSH"),
        (message(PID).replace("ORU^R01", "ZZZ^Z99"), Outcome.REJECTED, "unknown-trigger", "MSH"),
    ],
)
def test_what_is_not_taken(raw, outcome, reason, where):
    reading = read(raw.encode(), find(), lambda feed, code, event, text: code == "ORU")
    assert (reading.outcome, reading.reason) == (outcome, reason)
    assert reading.errors[0].segment == where


def test_octets_of_another_character_set_than_declared():
    raw = message(
        PID, msh="MSH|^~\\&|LIS|TJH01|GW|HIE|2026||ORU^R01|L1|P|2.5|||||CHN|UNICODE UTF-8"
    )
    raw = raw.encode("gb18030")
    reading = read(raw, find())
    assert (reading.outcome, reading.reason) == (Outcome.ERROR, "undecodable")
    assert (reading.control_id, reading.feed.organisation) == ("L1", "tjh")
    assert (reading.errors[0].segment, reading.errors[0].field) == ("MSH", 18)
    mended = read(raw, find("GBK"))
    assert (mended.outcome, mended.charset) == (Outcome.ACCEPTED, "gb18030")
    assert read(raw, find("UTF-8")).reason == "undecodable"
    assert read(b"\xff" + raw[20:], find()).outcome is Outcome.REJECTED


def test_a_source_may_be_set_to_a_character_set():
    raw = message(PID.replace("葉弢", "彭")).encode("big5hkscs")
    assert read(raw, find("BIG-5")).charset == "big5hkscs"


def test_the_connection_may_be_set_to_a_character_set_which_counts_first():
    raw = message(PID.replace("葉弢", "彭")).encode("big5hkscs")
    for own in (None, "GBK"):
        reading = read(raw, find(own), connection="BIG-5")
        assert (reading.charset, reading.declared) == ("big5hkscs", "BIG-5")
    assert read(raw, lambda _: None, connection="BIG-5").declared == "BIG-5"
    assert read(raw, find("GBK")).declared == "GBK"
    assert read(message(PID).encode(), find()).declared is None
    broken = read(message(PID).encode("gb18030"), find("GBK"), connection="UTF-8")
    assert (broken.reason, broken.declared) == ("undecodable", "UTF-8")


def test_a_broken_frame_is_kept_and_answered():
    reading = read_broken(message(PID).encode()[:40], find(), "end-of-stream")
    assert (reading.outcome, reading.reason) == (Outcome.ERROR, "broken-frame")
    assert reading.feed.organisation == "tjh"
    assert read_broken(b"garbage", find(), "end-of-stream").feed is None
    assert b"MSA|AE|" in Answerer().answer(reading)


@pytest.mark.parametrize(
    ("text", "number", "several"),
    [
        ("MSH|^~\\&\rPID|1||7^^^A~8", "7", False),
        ("MSH|^~\\&\rPID|1||110^^^GA^NNCHN~7^^^A^MR", "7", False),  # the hospital's own number
        ("MSH|^~\\&\nPID|1|| 7 \nPV1", "7", False),
        ("MSH|^~\\&\rPID|1", "", False),
        ("MSH|^~\\&\rPID|1|8||9", "8", False),
        ("MSH|^~\\&\rPV1|1", "", False),
        ("MSH$%*\\&\rPID$1$$9%x%%%NNCHN*7%x", "7", False),
        ("MSH|^~\\&\rPID|1||7\rOBR|1\rPID|1||7^^^A", "7", False),
        # Of several records: what one takes from another, what two have to do with one another
        ("MSH|^~\\&\rPID|1||7\rMRG|8", "7", True),
        ("MSH|^~\\&\npid|1||7\nmrg|8", "7", True),
        ("MSH|^~\\&\rPID|1||7\rPID|1||8", "7", True),
        ("MSH|^~\\&\rPID|1||7\rNTE|1||PID|MRG", "7", False),
    ],
)
def test_whose_lane_it_is(text, number, several):
    assert whose(text, read_header(text)) == (number, several)


def test_an_acknowledgement_is_what_it_would_be_alone():
    at = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
    for number in range(3):
        reading = read(message(PID).replace("|L1|", f"|L{number}|").encode("gb18030"), find())
        answerer = Answerer(lambda: at)
        for _ in range(2):
            answer = answerer.answer(reading).decode("gb18030")
            control_id = answer.split("|")[9]
            assert answer == build_ack(reading.header, "AA", at=at, control_id=control_id)


def test_kinds_of_headers_are_bounded(monkeypatch):
    monkeypatch.setattr("gateway.ingest.arrival.answer._KINDS", 2)
    answerer = Answerer()
    for number in range(5):
        reading = read(message(PID).replace("|LIS|", f"|LIS{number}|").encode(), find())
        assert f"|LIS{number}|".encode() in answerer.answer(reading)
    assert len(answerer._forms) <= 2


def test_answers():
    answerer = Answerer()
    accepted = read(message(PID).encode(), find())
    first, second = answerer.answer(accepted), answerer.answer(accepted)
    assert b"MSA|AA|L1\r" in first
    assert first != second
    other = read(message(PID).replace("|L1|", "|L2|").encode(), find())
    assert b"MSA|AA|L2\r" in answerer.answer(other)
    assert b"MSA|AE|L1|The message could not be stored" in answerer.unavailable(accepted)
    silent = "MSH|^~\\&|LIS|TJH01|GW|HIE|2026||ORU^R01|L1|P|2.5|||NE|NE"
    assert answerer.answer(read(message(PID, msh=silent).encode(), find())) is None
