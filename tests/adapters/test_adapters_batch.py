"""Several messages in one piece: batches, and messages one behind the other."""

from datetime import UTC, datetime
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.batch import Batch, several

AT = datetime(2026, 3, 1, tzinfo=UTC)
FHS = "FHS|^~\\&|LAB|L1|GW|HIE|20260301||f.hl7||F7"
BHS = "BHS|^~\\&|LAB|L1|GW|HIE|20260301||b||B7"


def message(number: int) -> str:
    return f"MSH|^~\\&|LAB|L1|GW|HIE|20260301||ADT^A04|{number}|P|2.5.1\rPID|1||{number}"


def lines(*texts: str, end: str = "\r") -> bytes:
    return "".join(text.replace("\r", end) + end for text in texts).encode()


def read(*texts: str) -> Batch:
    found = several(lines(*texts))
    assert found is not None
    return found


def answer(batch: Batch, *acks: bytes | None) -> list[str] | None:
    numbers = count(1)
    made = batch.answer(acks, at=AT, control_id=lambda: f"Y{next(numbers)}")
    return None if made is None else made.decode().split("\r")[:-1]


def ack(number: int) -> bytes:
    return b"MSH|^~\\&|GW\rMSA|AA|%d\r" % number


@pytest.mark.parametrize(
    "raw",
    [
        lines(message(1)), lines(message(1), end="\n"), b"", b"\0\1", b"PID|1||7\r",
        lines("", message(1)), lines("log: message", message(1)), lines(message(1), "MSH levels"),
        lines(message(1), "FTS|1"), lines(message(1)).decode().encode("utf-16"),
    ],
)  # fmt: skip
def test_one_message_is_not_several(raw: bytes) -> None:
    assert several(raw) is None


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_messages_one_behind_the_other_are_answered_so(end: str) -> None:
    found = several(lines(message(1), message(2), end=end))
    assert found is not None
    assert [one.split(b"|")[9] for one in found.messages] == [b"1", b"2"]
    assert (found.noise, found.envelope, found.header, found.miscounted) == ((), b"", None, ())
    assert answer(found, ack(1), ack(2)) == [
        "MSH|^~\\&|GW", "MSA|AA|1", "MSH|^~\\&|GW", "MSA|AA|2",
    ]  # fmt: skip


def test_a_batch_is_answered_by_a_batch_that_refers_to_it() -> None:
    found = read(FHS, BHS, message(1), message(2), "BTS|2", "FTS|1")
    assert len(found.messages) == 2
    assert found.miscounted == ()
    assert answer(found, ack(1), ack(2)) == [
        "FHS|^~\\&|GW|HIE|LAB|L1|20260301000000+0000||||Y1|F7",
        "BHS|^~\\&|GW|HIE|LAB|L1|20260301000000+0000||||Y2|B7",
        "MSH|^~\\&|GW", "MSA|AA|1", "MSH|^~\\&|GW", "MSA|AA|2", "BTS|2", "FTS|1",
    ]  # fmt: skip


def test_a_message_that_wants_no_acknowledgement_has_none_in_the_batch() -> None:
    found = read(BHS, message(1), message(2), "BTS|2")
    assert answer(found, None, ack(2)) == [
        "BHS|^~\\&|GW|HIE|LAB|L1|20260301000000+0000||||Y1|B7",
        "MSH|^~\\&|GW", "MSA|AA|2", "BTS|1",
    ]  # fmt: skip
    assert answer(found, None, None) is None


def test_a_batch_of_nothing_is_answered_by_one() -> None:
    found = read(FHS, BHS, "BTS|0", "FTS|1")
    assert found.messages == ()
    assert [one[:3] for one in answer(found) or ()] == ["FHS", "BHS", "BTS", "FTS"]


def test_several_batches_and_those_that_are_not_ended() -> None:
    found = read(FHS, BHS, message(1), BHS.replace("B7", "B8"), message(2), message(3))
    told = answer(found, ack(1), ack(2), ack(3)) or []
    assert [one for one in told if one[1:3] in {"HS", "TS"}] == [
        one.format("20260301000000+0000") for one in (
            "FHS|^~\\&|GW|HIE|LAB|L1|{}||||Y1|F7", "BHS|^~\\&|GW|HIE|LAB|L1|{}||||Y2|B7", "BTS|1",
            "BHS|^~\\&|GW|HIE|LAB|L1|{}||||Y3|B8", "BTS|2", "FTS|2",
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "wrong"),
    [
        ((BHS, message(1), message(2), "BTS|3"), ("BTS-1 counts 3 messages; 2 came",)),
        ((BHS, message(1), "BTS|0002|x"), ("BTS-1 counts 2 messages; 1 came",)),
        ((BHS, message(1), "BTS|some"), ("BTS-1 is no number; messages that came: 1",)),
        ((BHS, message(1), "BTS|"), ()),
        ((BHS, message(1), "BTS|1"), ()),
        ((BHS, message(1)), ()),
        ((FHS, message(1), message(2), "FTS|1"), ()),
        ((FHS, BHS, message(1), "BTS|1", BHS, "BTS|0", "FTS|2"), ()),
        ((FHS, BHS, message(1), "BTS|2", "FTS|2"),
         ("FTS-1 counts 2 batches; 1 came", "BTS-1 counts 2 messages; 1 came")),
        ((message(1), message(2), "BTS|5"), ()),  # of a batch that did not begin
    ],
)  # fmt: skip
def test_what_a_batch_counts_is_compared_with_what_came(
    texts: tuple[str, ...], wrong: tuple[str, ...]
) -> None:
    assert read(*texts).miscounted == wrong


def test_the_sender_is_told_of_a_wrong_count() -> None:
    told = answer(read(BHS, message(1), "BTS|3"), ack(1)) or []
    assert told[-1] == "BTS|1|BTS-1 counts 3 messages; 1 came"


def test_the_header_of_a_batch_is_read_as_a_message_s() -> None:
    header = read(FHS, BHS, message(1), "BTS|1", "FTS|1").header
    assert header is not None
    assert (header[3], header[4], header.component(9), header.control_id) == (
        "LAB",
        "L1",
        "FHS",
        "F7",
    )


def test_what_stands_between_messages_is_kept() -> None:
    found = read(BHS, "garbage", message(1), "BTS|1", "more")
    assert (found.noise, len(found.messages)) == ((b"garbage", b"more"), 1)
    assert found.envelope == BHS.encode() + b"\rBTS|1"


def test_a_batch_keeps_its_delimiters_and_character_set() -> None:
    text = "BHS$%~\\&$检验$L1$GW$HIE$$$$$B7\rMSH|^~\\&|LAB|L1\rMSH|^~\\&|LAB|L1\rBTS$2\r"
    for charset in ("gb18030", "utf-8", "utf-16-le"):
        found = several(text.encode(charset))
        assert found is not None
        made = found.answer([b"", "x".encode(charset)], at=AT, control_id=lambda: "Y")
        assert made is not None
        assert made.decode(charset).split("\r")[0] == (
            "BHS$%~\\&$GW$HIE$检验$L1$20260301000000+0000$$$$Y$B7"
        )


@given(st.lists(st.sampled_from(
    [FHS, BHS, "BTS|1", "FTS|1", "BTS", "FTS|", message(1), message(2), "junk", "BHS|", "FHS|^~"]
)))  # fmt: skip
def test_every_message_is_answered_in_its_order(texts: list[str]) -> None:
    found = several(lines(*texts))
    if found is None:
        return
    assert len(found.messages) == sum(one.startswith("MSH") for one in texts)
    told = answer(found, *(b"ACK%d\r" % n for n, _ in enumerate(found.messages)))
    acks = [one for one in told or () if one.startswith("ACK")]
    assert acks == [f"ACK{n}" for n, _ in enumerate(found.messages)]
    names = [one[:3] for one in told or () if one[1:3] in {"HS", "TS"}]
    assert names.count("BHS") == names.count("BTS")
    assert names.count("FHS") == names.count("FTS")
