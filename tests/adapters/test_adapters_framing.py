"""The frame decoder: the same events for any cut of any stream, and nothing lost."""

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.mllp.events import Broken, Event, Frame, Noise, Reason, TooLong
from adapters.mllp.framing import NOISE_PIECE, DecoderClosedError, FrameDecoder, encode

LIMIT = 24
# Octets that matter are drawn often, so that every row of the table is taken.
octets = st.lists(
    st.sampled_from(
        [b"\x0b", b"\x1c", b"\r", b"\n", b"\x1c\r", b"a", b"MSH|", b"\xfe\xff", b"M\x00", b"\x00"]
    ),
    max_size=60,
).map(b"".join)


def read(*pieces: bytes, limit: int = LIMIT) -> list[Event]:
    decoder = FrameDecoder(limit)
    events: list[Event] = []
    for piece in pieces:
        events += decoder.feed(piece)
        if decoder.closed:
            return events
    return events + decoder.close()


@given(octets, st.data())
def test_events_do_not_depend_on_how_the_stream_is_cut(stream: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    edges = [0, *cuts, len(stream)]
    pieces = [stream[a:b] for a, b in itertools.pairwise(edges)]
    whole = read(stream)
    assert read(*pieces) == whole
    assert read(*(stream[i : i + 1] for i in range(len(stream)))) == whole


@given(octets)
def test_every_octet_is_in_one_event(stream: bytes) -> None:
    kept = bytearray()
    for event in read(stream, limit=10_000):
        match event:
            case Frame(payload, trailer):
                kept += b"\x0b" + payload + b"\x1c" + trailer
            case Noise(noise):
                kept += noise
            case Broken(partial, _):
                kept += b"\x0b" + partial
    assert bytes(kept) == stream


@given(
    st.lists(
        st.binary(max_size=LIMIT)
        .filter(lambda b: not set(b) & {0x0B, 0x1C, 0})
        .filter(lambda b: not b.startswith((b"\xfe\xff", b"\xff\xfe"))),  # wide: ends otherwise
        max_size=5,
    )
)
def test_what_is_encoded_is_read_back(payloads: list[bytes]) -> None:
    assert read(b"".join(map(encode, payloads))) == [Frame(p) for p in payloads]


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"", []),
        (b"\x0b\x1c\r", [Frame(b"")]),
        (b"\x0ba\x1c\r\x0bb\x1c\r", [Frame(b"a"), Frame(b"b")]),
        (b"x\x0ba\x1c\r\r\ny", [Noise(b"x"), Frame(b"a"), Noise(b"\r\ny")]),
        (b"\x0ba\x1c\x0bb\x1c\r", [Frame(b"a", b""), Frame(b"b")]),
        (b"\x0ba\x1c\n\x0bb\x1c\r", [Frame(b"a", b"\n"), Frame(b"b")]),
        (b"\x0ba\x1c", [Frame(b"a", b"")]),
        (b"\x0ba\x1cb\x1c\x1c\r", [Frame(b"a\x1cb\x1c")]),
        (b"\x0ba\x0bb\x1c\r", [Broken(b"a", Reason.START_IN_FRAME), Frame(b"b")]),
        (b"\x0ba", [Broken(b"a", Reason.END_OF_STREAM)]),
        (b"\x1c\r", [Noise(b"\x1c\r")]),
        (b"\x0b" + b"a" * LIMIT + b"\x1c\r", [Frame(b"a" * LIMIT)]),
        (b"\x0b" + b"a" * (LIMIT + 9), [TooLong(b"a" * LIMIT, LIMIT)]),
        (b"\x0b" + b"a" * LIMIT + b"\x1c\x1c\r", [TooLong(b"a" * LIMIT, LIMIT)]),
    ],
)
def test_streams(stream: bytes, events: list[Event]) -> None:
    assert read(stream) == events


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-16", "utf-32-le", "utf-32-be"])
def test_wide_payloads_may_hold_the_framing_octets(codec: str) -> None:
    payload = "MSH|^~\\&|东下不丑|\rPID|ഀ上\r".encode(codec)
    assert {0x0B, 0x1C} <= set(payload)
    stream = encode(payload) + encode(b"MSH|")
    assert read(stream, limit=500) == [Frame(payload), Frame(b"MSH|")]
    assert read(*(bytes([o]) for o in stream), limit=500) == [Frame(payload), Frame(b"MSH|")]


def test_a_quiet_line_settles_what_waits() -> None:
    decoder = FrameDecoder()
    assert decoder.settle() == []
    assert decoder.feed(b"MSH|") == []
    assert decoder.unsettled
    assert not decoder.in_frame
    assert decoder.settle() == [Noise(b"MSH|")]
    assert decoder.feed(b"\x0ba") == []
    assert decoder.in_frame
    assert not decoder.unsettled
    assert decoder.settle() == []
    assert decoder.feed(b"\x1c") == []
    assert decoder.unsettled
    assert decoder.settle() == [Frame(b"a", b"")]
    assert decoder.feed(b"\x0bb\x1c\r") == [Frame(b"b")]


def test_a_deadline_is_a_reason() -> None:
    decoder = FrameDecoder()
    decoder.feed(b"\x0bMSH|")
    assert decoder.close(Reason.DEADLINE) == [Broken(b"MSH|", Reason.DEADLINE)]
    with pytest.raises(DecoderClosedError):
        decoder.feed(b"x")


def test_endless_noise_is_handed_over_in_pieces() -> None:
    noise = b"GET / " * NOISE_PIECE
    events = read(noise)
    assert {type(e) for e in events} == {Noise}
    assert max(len(e.octets) for e in events if isinstance(e, Noise)) == NOISE_PIECE


def seconds(pieces: list[bytes]) -> float:
    started = time.process_time()
    read(*pieces, limit=1 << 28)
    return time.process_time() - started


@pytest.mark.parametrize(
    "kind", ["octet by octet", "large frame", "starts", "ends and a start", "noise"]
)
def test_time_is_linear(kind: str) -> None:
    def stream(n: int) -> list[bytes]:
        match kind:
            case "octet by octet":
                return [b"\x0b", *[b"a"] * n, b"\x1c", b"\r"]
            case "large frame":
                return [b"\x0b", *[b"a" * 4096] * (n // 5), b"\x1c\r"]
            case "starts":
                return [b"\x0b" * n + b"\x1c"]
            case "ends and a start":
                return [b"\x0b" + b"\x1ca" * (n // 2) + b"\x0b"]
            case _:
                return [b"a" * 64] * n

    small = min(seconds(stream(5_000)) for _ in range(3))
    large = min(seconds(stream(40_000)) for _ in range(3))
    assert large < 8 * small * 4
