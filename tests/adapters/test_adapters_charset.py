"""Octets to text: what is declared, what is not, and what collides with the delimiters."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.charset import (
    Basis,
    UndecodableError,
    codec_named,
    decode,
    encode,
    salvage,
)

# Characters whose second octet is a delimiter.
GBK_COLLIDING = "弢東緗玘區葉銅魚昞衆賊"
BIG5_COLLIDING = "彭許功育"
DELIMITERS = set(b"|^~\\")


def message(name: str, charset: str = "", *, country: str = "", facility: str = "TJH01") -> str:
    return (
        f"MSH|^~\\&|LIS|{facility}|GATEWAY|HIE|20260301103000||ORU^R01|L1|P|2.3.1|||||"
        f"{country}|{charset}\rPID|1||0000012345||{name}||19000101|M\r"
    )


@pytest.mark.parametrize("character", GBK_COLLIDING)
def test_gbk_characters_that_hold_delimiters(character: str) -> None:
    raw = message(character).encode("gb18030")
    assert character.encode("gb18030")[1] in DELIMITERS
    decoded = decode(raw)
    assert (decoded.text, decoded.charset, decoded.basis) == (
        message(character),
        "gb18030",
        Basis.DETECTED,
    )


@pytest.mark.parametrize("character", BIG5_COLLIDING)
def test_big5_characters_that_hold_delimiters(character: str) -> None:
    text = message(character, "BIG-5")
    assert character.encode("big5")[1] in DELIMITERS
    assert decode(text.encode("big5")).text == text


@pytest.mark.parametrize(
    ("name", "codec", "sample"),
    [
        ("ASCII", "ascii", "TEST"),
        ("8859/1", "latin-1", "Müller"),
        ("8859/5", "iso8859-5", "Иванов"),
        ("8859/15", "iso8859-15", "Œuvre€"),
        ("BIG-5", "big5", "許功蓋"),
        ("GB 18030-2000", "gb18030", "䶮葉"),
        ("GB2312", "gbk", "葉弢"),
        ("gbk", "gbk", "测试"),
        ("KS X 1001", "euc_kr", "홍길동"),
        ("ISO IR87", "iso2022_jp", "山田"),
        ("UNICODE", "utf-8", "测试"),
        ("UNICODE UTF-8", "utf-8", "测试𠮷"),
        ("UNICODE", "utf-16", "东下"),
        ("UNICODE", "utf-16-le", "东下"),
        ("UNICODE UTF-16", "utf-16-be", "东下"),
        ("UNICODE UTF-32", "utf-32", "东下"),
        ("UNICODE UTF-32", "utf-32-be", "东下"),
        ("", "utf-32-le", "东下"),
        ("", "utf-8-sig", "测试"),
        ("", "utf-8", "测试"),
        ("", "gbk", "测试"),
        ("ASCII", "gbk", "测试"),
        ("ASCII", "utf-8", "测试"),
        ("ISO-8859-1", "ascii", "TEST"),
        ("unheard of", "ascii", "TEST"),
    ],
)
def test_declared_and_not(name: str, codec: str, sample: str) -> None:
    text = message(sample, name)
    decoded = decode(text.encode(codec))
    assert decoded.text == text
    assert encode(sample, decoded.charset).decode(decoded.charset) == sample


@pytest.mark.parametrize("name", ["big5", "euc_jp", "shift_jis", "gbk", "cp1252", "windows-1251"])
def test_the_connection_comes_before_the_message(name: str) -> None:
    raw = message("abc", "UNICODE UTF-8").encode("ascii")
    decoded = decode(raw, connection=name)
    assert (decoded.charset, decoded.basis) == (codec_named(name), Basis.CONNECTION)


def test_msh_17_counts_where_the_site_says_so() -> None:
    # 模 in GB 2312 is also one character of UTF-8.
    raw = message("模", country="GB2312").encode("gbk")
    assert decode(raw).charset == "utf-8"
    decoded = decode(raw, trust_msh17=True)
    assert (decoded.charset, decoded.basis) == ("gb18030", Basis.MSH_17)
    assert "模" in decoded.text
    assert decode(message("甲", country="CHN").encode(), trust_msh17=True).charset == "utf-8"
    both = message("甲", "UNICODE UTF-8", country="GB2312").encode()
    assert decode(both, trust_msh17=True).basis is Basis.MSH_18


@pytest.mark.parametrize("facility", ["葉弢醫院", "東區銅魚", "玘昞衆賊"])
def test_colliding_characters_in_msh_do_not_hide_the_declaration(facility: str) -> None:
    for name, codec in (("GB 18030-2000", "gb18030"), ("", "gb18030"), ("UNICODE", "utf-8")):
        text = message("葉", name, facility=facility)
        assert decode(text.encode(codec)).text == text
    text = message("彭", "BIG-5", facility="許功育醫院")
    decoded = decode(text.encode("big5"))
    assert (decoded.text, decoded.charset) == (text, "big5hkscs")


@pytest.mark.parametrize("header", ["~ISO IR87", "ASCII~ISO IR87", "ISO IR14~ISO IR87~ISO IR159"])
def test_alternates_switch_by_escape_sequences(header: str) -> None:
    text = message("YAMADA^TARO~山田^太郎", header)
    decoded = decode(text.encode("iso2022_jp_1"))
    assert decoded.text == text
    assert decode(message("plain", header).encode()).text == message("plain", header)


def test_alternates_beside_an_eight_bit_default() -> None:
    before, after = message("M|N", "8859/1~ISO IR87").split("|N")
    raw = (
        f"{before}ü^".encode("latin-1") + "山".encode("iso2022_jp") + f"|ü{after}".encode("latin-1")
    )
    assert decode(raw).text == f"{before}ü^山|ü{after}"
    chinese = (before + "\x1b$A").encode() + "测".encode("gb2312").translate(
        bytes(i & 0x7F for i in range(256))
    )
    assert decode(chinese + b"\x1b(B|").text == before + "测|"


def test_alternates_that_are_not_valid() -> None:
    raw = message("@", "ASCII~ISO IR87").encode()
    at = raw.index(b"@")
    for bad, charset, offset in (
        (b"\x1b$B\x21", "iso2022_jp_ext", at + 3),
        (b"\x1b(Z", "ascii", at),
        (b"\xff", "ascii", at),
    ):
        with pytest.raises(UndecodableError) as fault:
            decode(raw[:at] + bad + b"\x1b(B" + raw[at + 1 :])
        assert (fault.value.charset, fault.value.offset) == (charset, offset)


@pytest.mark.parametrize(
    ("declared", "codec", "charset", "known"),
    [
        ("UNICODE UTF-8", "gb18030", "utf-8", True),
        ("UNICODE", "gb18030", "utf-8", True),
        ("CNS 11643-1992", "utf-8", "CNS 11643-1992", False),
    ],
)
def test_a_wrong_declaration_is_an_error(
    declared: str, codec: str, charset: str, known: bool
) -> None:
    raw = message("测试", declared).encode(codec)
    with pytest.raises(UndecodableError) as fault:
        decode(raw)
    assert (fault.value.charset, fault.value.known) == (charset, known)
    assert fault.value.offset >= raw.index(b"12345||")
    assert "测试" not in str(fault.value)
    assert (charset in str(fault.value)) is known


@pytest.mark.parametrize("name", ["测", "测试", "测试甲", "东方红", "葉弢", "娴嬭瘯"])
@pytest.mark.parametrize("declared", ["GB 18030-2000", "GBK", "GB2312"])
def test_utf8_that_is_declared_as_gb_is_utf8_and_gb_is_gb(name: str, declared: str) -> None:
    utf8 = decode(message(name, declared).encode())
    assert (utf8.text, utf8.charset) == (message(name, declared), "utf-8")
    if name != "娴嬭瘯":  # what 测试 of UTF-8 is in GB 18030: no text of anybody's
        gb = decode(message(name, declared).encode("gb18030"))
        assert (gb.text, gb.charset) == (message(name, declared), "gb18030")


def test_gb_that_is_also_short_utf8_is_gb_where_it_is_declared() -> None:
    text = message("模", "GBK")
    assert decode(text.encode("gbk")).text == text
    assert decode(message("模").encode("gbk")).charset == "utf-8"


@pytest.mark.parametrize("declared", ["8859/1", "ISO 8859-15", "WINDOWS-1252"])
def test_utf8_that_is_declared_as_single_octets_is_utf8(declared: str) -> None:
    assert decode(message("测试é", declared).encode()).text == message("测试é", declared)
    assert decode(message("Größe", declared).encode("cp1252")).text == message("Größe", declared)
    assert decode(message("é").encode(), connection="8859/1").text == message("Ã©")


@pytest.mark.parametrize(
    ("escaped", "declared", "read"),
    [
        ("\\XB2E2CAD4\\", "GB 18030-2000", "测试"),
        ("\\XB2\\\\XE2\\ x", "GBK", "测 x"),
        ("\\XC2E9\\", "GBK", "麻"),  # also valid UTF-8
        ("\\XE6B58B\\", "UNICODE UTF-8", "测"),
        ("\\XB4FAB8D5\\", "BIG-5", "測試"),
        ("\\XE9\\", "8859/1", "é"),
        ("\\X41\\ \\X0D\\", "GBK", "\\X41\\ \\X0D\\"),
        ("\\XB27C\\", "8859/1", "\\XB27C\\"),
        ("\\XFF\\", "UNICODE UTF-8", "\\XFF\\"),
    ],
)
def test_octets_written_as_escapes_are_of_the_messages_set(
    escaped: str, declared: str, read: str
) -> None:
    codec = codec_named(declared)
    assert codec
    assert decode(message(f"{escaped}", declared).encode(codec)).text == message(read, declared)


def test_what_is_in_no_character_set_is_an_error() -> None:
    raw = message("@").encode().replace(b"@", b"\xff\xff")
    with pytest.raises(UndecodableError) as fault:
        decode(raw)
    assert fault.value.charset == "gb18030"
    assert fault.value.offset == raw.index(b"\xff")
    with pytest.raises(UndecodableError):
        decode(b"\xef\xbb\xbf" + raw)
    with pytest.raises(UndecodableError):
        decode(message("x", "UNICODE UTF-16").encode())
    with pytest.raises(UndecodableError) as fault:
        decode(message("甲").encode(), connection="klingon")
    assert not fault.value.known


def test_the_private_use_letter_is_normalised() -> None:
    assert "\u1e3f" in decode(message("@").encode().replace(b"@", b"\xa8\xbc")).text


def test_a_byte_order_mark_is_not_text() -> None:
    for codec in ("utf-8-sig", "utf-16", "utf-32"):
        assert decode(message("甲").encode(codec), connection="GBK").text == message("甲")


@pytest.mark.parametrize("raw", [b"", b"MSH", b"MSH|", b"PID|1", b"\r\nMSH|^~\\&|A"])
def test_fragments_decode(raw: bytes) -> None:
    assert decode(raw, trust_msh17=True).text == raw.decode()


def test_an_answer_goes_out_whatever_it_holds() -> None:
    assert encode("甲|", "ascii") == b"?|"


@given(st.binary(max_size=200))
def test_any_octets_decode_or_say_where_not(raw: bytes) -> None:
    with suppress(UndecodableError):
        decoded = decode(raw, trust_msh17=True)
        assert len(decoded.text) <= len(raw)


@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n|\x1b"), max_size=9)
)
def test_gb18030_declared_reads_back(name: str) -> None:
    text = message(name, "GB18030")
    decoded = decode(text.encode("gb18030"))
    assert decoded.text == text.replace("\ue7c7", "\u1e3f") or decoded.doubts


def test_salvage_keeps_octets() -> None:
    raw = b"\r\nMSH|^~\\&|\xff\xfe|F\rPID|secret"
    salvaged = salvage(raw)
    assert encode(salvaged.text, salvaged.charset) == b"MSH|^~\\&|\xff\xfe|F"
    assert salvaged.basis is Basis.SALVAGED
    wide = salvage(message("x").encode("utf-16") + b"\x00")
    assert wide.text.startswith("MSH|^~\\&|LIS")
    assert "PID" not in wide.text


def test_a_large_message_declares_and_is_detected_as_a_small_one() -> None:
    ballast = b"\rOBX|" + b"A" * 1_000_000
    raw = "MSH|^~\\&|東\rPID|葉".encode("gb18030") + ballast
    assert decode(raw).charset == "gb18030"
    assert decode(raw).text.startswith("MSH|^~\\&|東\r")


def test_a_large_message_that_is_not_valid_says_where() -> None:
    raw = b"MSH|^~\\&|\rPID|" + b"A" * 1_000_000 + b"\xff"
    with pytest.raises(UndecodableError) as raised:
        decode(raw, connection="UTF-8")
    assert raised.value.offset == len(raw) - 1


@pytest.mark.parametrize("setting", ["GB18030", "BIG-5", "8859/1", "Shift_JIS"])
@pytest.mark.parametrize(
    ("declared", "name"),
    [
        ("UNICODE UTF-8", "张三丰"),
        ("UNICODE UTF-8", "王"),
        ("", "张三丰男汉族"),
        ("GBK", "测试医院内科"),
    ],
)
def test_what_surely_is_utf_8_is_not_torn_by_a_site_s_setting(
    setting: str, declared: str, name: str
) -> None:
    text = f"MSH|^~\\&|LIS|H|||20260301||ORU^R01|1|P|2.5{'|' * 6}{declared}\rPID|1||1||{name}||1980"
    decoded = decode(text.encode(), connection=setting)
    assert (decoded.text, decoded.charset) == (text, "utf-8")
    assert "charset-otherwise" in decoded.doubts


@pytest.mark.parametrize("declared", ["", "UNICODE UTF-8"])
def test_what_may_be_utf_8_is_read_as_the_site_says(declared: str) -> None:
    raw = message("模", declared).encode("gb18030")  # valid UTF-8, of two octets
    assert raw.decode() != message("模", declared)
    assert decode(raw, connection="GB18030").text == message("模", declared)


@pytest.mark.parametrize("name", ["UNICODE UTF-8", "UNICODE", "CHS"])
def test_what_is_not_of_its_set_is_told_with_the_one_that_it_is_of(name: str) -> None:
    message = f"MSH|^~\\&|LIS|A|||20260301||ORU^R01|1|P|2.4||||||{name}\rPID|1||7||王小明"
    with pytest.raises(UndecodableError, match="text of gb18030: if it is sent, set that"):
        decode(message.encode("gb18030"))
    with pytest.raises(UndecodableError) as fault:
        decode(message.encode("gb18030")[:-1] + b"\xff\xff")
    assert "gb18030" not in str(fault.value)
