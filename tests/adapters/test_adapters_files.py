"""Files to messages: every shape a feed is saved in, cut anywhere, nothing dropped."""

import itertools
import re
import time
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.charset import UndecodableError, decode
from adapters.files import NOISE_PIECE, Kind, Piece, split_messages

A = b"MSH|^~\\&|HIS|TJH01|||2026||ADT^A04|1|P|2.4\rPID|1||12||TEST^A"
B = b"MSH|^~\\&|LIS|TJH01|||2026||ORU^R01|2|P|2.4\rPID|1||12\rOBX|1|NM|A||7"
M, E, N = Kind.MESSAGE, Kind.ENVELOPE, Kind.NOISE


def split(data: bytes) -> list[tuple[Kind, bytes]]:
    return [(piece.kind, piece.octets) for piece in split_messages(data)]


@pytest.mark.parametrize(
    ("data", "pieces"),
    [
        (b"", []),
        (b"\r\n\n", []),
        (A, [(M, A)]),
        (b"\xef\xbb\xbf\r\n" + A + b"\r\n\r\n", [(M, A)]),
        (A + b"\r" + B + b"\r", [(M, A), (M, B)]),
        (A + b"\n\n" + B, [(M, A), (M, B)]),
        (A.replace(b"\r", b"\r\n") + b"\r\n" + B, [(M, A.replace(b"\r", b"\r\n")), (M, B)]),
        (b"\x0b" + A + b"\r\x1c\r\x0b" + B + b"\r\x1c\r", [(M, A), (M, B)]),
        (b"\x0b" + A + b"\x1c\n\x0b\n" + B + b"\x1c", [(M, A), (M, B)]),
        (b"\x0b" + A + b"\x1c\x0b" + B, [(M, A), (M, B)]),
        (b"\x0b" + A + b"\rMSH|in OBX\r\x1c\r", [(M, A + b"\rMSH|in OBX")]),
        (b"\x0bPID|1\x1c\r" + A, [(N, b"PID|1"), (M, A)]),
        (b"\x0bjunk\r" + A + b"\x1c\r", [(N, b"junk"), (M, A)]),
        (b"10:00 in \x0b" + A + b"\x1c\r10:01 out", [(N, b"10:00 in "), (M, A), (N, b"10:01 out")]),
        (
            b"FHS|^~\\&\rBHS|^~\\&\r" + A + b"\r" + B + b"\rBTS|2\rFTS|1\r",
            [(E, b"FHS|^~\\&"), (E, b"BHS|^~\\&"), (M, A), (M, B), (E, b"BTS|2"), (E, b"FTS|1")],
        ),
        (
            b"\x0bBHS|^~\\&\r" + A + b"\r" + B + b"\rBTS|2\r\x1c\r",
            [(E, b"BHS|^~\\&"), (M, A), (M, B), (E, b"BTS|2")],
        ),
        (b"BTS|2\rwhat\r" + A, [(E, b"BTS|2"), (N, b"what"), (M, A)]),
        (b"not HL7\nMSHELL\nMSH", [(N, b"not HL7\nMSHELL\nMSH")]),
        (b"xMSH|1", [(N, b"xMSH|1")]),
        (A + b"\rOBX|1|TX|||FHS|MSH|", [(M, A + b"\rOBX|1|TX|||FHS|MSH|")]),
    ],
)
def test_shapes(data: bytes, pieces: list[tuple[Kind, bytes]]) -> None:
    assert split(data) == pieces


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-be", "utf-16-le", "utf-32", "utf-32-be"])
def test_wide_files_are_read_as_a_whole(codec: str) -> None:
    first = "MSH|^~\\&|HIS|东下|||2026||ADT^A04|1|P|2.4\rPID|1||12||不丑上"
    data = f"MSH|^~\\&|noise\r\nBTS|1\nx\n{first}\r\n{first}\r\n".encode(codec)
    pieces = list(split_messages(data[i : i + 3] for i in range(0, len(data), 3)))
    assert [p.kind for p in pieces] == [M, E, N, M, M]
    assert decode(pieces[-1].octets).text == first
    assert pieces[2].octets == b"x"


def test_a_wide_file_that_is_not_valid() -> None:
    data = "MSH|^~\\&|\r".encode("utf-16")
    with pytest.raises(UndecodableError) as fault:
        list(split_messages([data, b"\x00\xd8", b"a\x00"]))
    assert fault.value.offset == len(data)
    with pytest.raises(UndecodableError):
        list(split_messages([data, b"\x00"]))


files = st.lists(
    st.sampled_from(
        [
            *(b"\x0b", b"\x1c", b"\r", b"\n", b"\x1c\r", b"MSH|", b"MSH", b"M", b"BHS|", b"FTS|"),
            *(b"x", b"PID|1\r", A, "东".encode(), b"y" * 70_000, b"\xfe"),
        ]
    ),
    max_size=20,
).map(b"".join)


@given(files, st.data())
def test_pieces_do_not_depend_on_how_the_file_is_read(data: bytes, draw: st.DataObject) -> None:
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(data)), max_size=8)))
    chunks = [data[a:b] for a, b in itertools.pairwise([0, *cuts, len(data)])]
    assert list(split_messages(chunks)) == list(split_messages(data))


@given(files)
def test_nothing_but_blanks_and_framing_is_dropped(data: bytes) -> None:
    def solid(octets: bytes) -> bytes:
        return re.sub(rb"[\r\n\x0b\x1c]", b"", octets)

    assert solid(b"".join(p.octets for p in split_messages(data))) == solid(data)


def test_a_message_over_the_limit_is_noise() -> None:
    long = A + b"x" * 1000
    data = A + b"\r" + long + b"\r" + B
    for chunks in ([data], [data[i : i + 50] for i in range(0, len(data), 50)]):
        pieces = list(split_messages(chunks, max_message=len(B)))
        assert pieces == [Piece(M, A), Piece(N, long), Piece(M, B)]


def test_a_large_file_does_not_sit_in_memory() -> None:
    chunk = (A + b"\r") * 5000

    def chunks() -> Iterator[bytes]:
        yield b"x" * (3 * NOISE_PIECE)
        for _ in range(20):
            yield chunk

    tracemalloc.start()
    try:
        messages = sum(piece.kind is M for piece in split_messages(chunks()))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # The last piece of noise stands in the same line as the first MSH.
    assert messages == 20 * 5000 - 1
    assert peak < 8 * len(chunk)


@pytest.mark.parametrize("kind", ["octet by octet", "one message", "many"])
def test_time_is_linear(kind: str) -> None:
    def seconds(n: int) -> float:
        data = {
            "octet by octet": [b"M"] * n,
            "one message": [A, *[b"\rOBX|1|ED|" + b"x" * 4000] * (n // 100)],
            "many": [(A + b"\r") * (n // 20)],
        }[kind]
        started = time.process_time()
        for _ in split_messages(data):
            pass
        return time.process_time() - started

    small = min(seconds(10_000) for _ in range(3))
    large = min(seconds(80_000) for _ in range(3))
    assert large < 8 * small * 4
