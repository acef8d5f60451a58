"""Control characters, and the sequences of ISO 2022 that nobody declared."""

import pytest

from adapters.charset import decode
from adapters.likely import OTHERWISE
from gateway.ingest.findings import of_reading


def message(name: str, charset: str = "") -> str:
    return f"MSH|^~\\&|HIS|H|||20260301||ADT^A04|1|P|2.5|||||CHN|{charset}\rPID|1||7||{name}|\r"


def shifted(text: str, codec: str) -> bytes:
    """Return a text of double octets in seven bits."""
    return bytes(octet & 0x7F for octet in text.encode(codec))


def switched(*octets: bytes, charset: str = "") -> bytes:
    before, after = message("@", charset).encode().split(b"@")
    return before + b"".join(octets) + after


@pytest.mark.parametrize(
    "octets",
    [b"\0", b"\x01", b"\x0b", b"\x0c", b"\x0e", b"\x1b[31m", b"\x1f", rb"\X00\\", rb"\X411B\\"],
)
@pytest.mark.parametrize("charset", ["", "UNICODE UTF-8", "GB18030", "8859/1"])
def test_control_characters_are_found_where_they_stand(octets: bytes, charset: str) -> None:
    decoded = decode(switched(b"A", octets.replace(rb"\\", b"\\"), b"B", charset=charset))
    assert decoded.doubts == ("control-characters PID-5",)
    (found,) = of_reading(decoded.doubts)
    assert (found.severity, found.code, found.location) == (
        "warning", "control-characters", "PID-5",
    )  # fmt: skip


def test_control_characters_are_found_in_any_set_and_size() -> None:
    wide = decode(message("A\x01B").encode("utf-16"))
    assert wide.doubts == ("control-characters PID-5",)
    large = message("A") + "OBX|1|TX|K||b\r" + f"OBX|2|TX|K||{'x' * 1_000_000}\x02|\x03\r"
    assert decode(large.encode()).doubts == (
        "control-characters OBX[2]-5", "control-characters OBX[2]-6",
    )  # fmt: skip


def test_other_delimiters_and_headers_count_their_own_fields() -> None:
    raw = b"MSH$^~\\&$H\x01S\rPID$1$$7$$A\x01B$C\x01\r\x01?\r"
    assert decode(raw).doubts == tuple(
        f"control-characters {place}" for place in ("MSH-3", "PID-5", "PID-6", "message")
    )


@pytest.mark.parametrize(
    "raw",
    [
        message("Jo").encode(), message("Jo").replace("\r", "\r\n").encode(),
        b"\x0b" + message("Jo").encode() + b"\x1c\r", message("Jo").encode() + b"\0\0 ",
        message("a\tb").encode(), message(r"a\X0D0A\b\X09\\.br\c\X1").encode(),
        message("张三").encode("gb18030"), message("张三").encode("utf-16"),
    ],
)  # fmt: skip
def test_other_messages_have_none(raw: bytes) -> None:
    assert decode(raw).doubts == ()


@pytest.mark.parametrize("charset", ["", "ASCII", "8859/1", "UNICODE UTF-8"])
@pytest.mark.parametrize(
    ("name", "octets"),
    [
        ("山田^太郎", b"\x1b$B" + shifted("山田", "euc_jp") + b"\x1b(B^\x1b$B"
                  + shifted("太郎", "euc_jp") + b"\x1b(B"),
        ("欧阳^测试", b"\x1b$)A\x0e" + shifted("欧阳", "gb2312") + b"\x0f^\x0e"
                  + shifted("测试", "gb2312") + b"\x0f"),
        ("张", b"\x1b$A" + shifted("张", "gb2312") + b"\x1b(B"),
        ("홍^길동", b"\x1b$)C\x0e" + shifted("홍", "euc_kr") + b"\x0f^\x0e"
                + shifted("길동", "euc_kr") + b"\x0f"),
    ],
)  # fmt: skip
def test_undeclared_sequences_of_iso_2022_are_read_and_found(
    name: str, octets: bytes, charset: str
) -> None:
    decoded = decode(switched(octets, charset=charset))
    assert decoded.text == message(name, charset)
    assert decoded.doubts == (OTHERWISE,)


def test_declared_sequences_are_in_no_doubt() -> None:
    name = b"\x1b$)A\x0e" + shifted("欧阳", "gb2312") + b"\x0f"
    decoded = decode(switched(name, charset="ASCII~ISO IR58"))
    assert (decoded.text, decoded.doubts) == (message("欧阳", "ASCII~ISO IR58"), ())


def test_a_shift_ends_with_its_line_and_a_designation_holds_for_octets_of_eight_bits() -> None:
    open_ = b"\x1b$)A\x0e" + shifted("欧阳", "gb2312") + b"\rZPI|A"
    assert decode(switched(open_)).text == message("欧阳\rZPI|A")
    eight = b"\x1b$)A" + "欧阳".encode("gb2312")
    decoded = decode(switched(eight))
    assert (decoded.text, decoded.doubts) == (message("欧阳"), (OTHERWISE,))


@pytest.mark.parametrize(
    "octets", [b"\x1b$)A\x0eA\x0f", b"\x1b$B!\x1b(B", b"\x1b$)Gabcd", b"\x0eSUEH\x0f", b"\x1b$Z"]
)
def test_sequences_that_cannot_be_read_are_found_as_control_characters(octets: bytes) -> None:
    decoded = decode(switched(octets))
    assert decoded.text == message(octets.decode())
    assert decoded.doubts == ("control-characters PID-5",)


def test_a_site_s_own_setting_is_not_questioned() -> None:
    name = b"\x1b$B" + shifted("山田", "euc_jp") + b"\x1b(B"
    decoded = decode(switched(name), connection="UNICODE UTF-8")
    assert decoded.text == message(name.decode())
    assert decoded.doubts == ("control-characters PID-5",)
    assert decode(switched(name), connection="ISO IR87").text == message("山田")
