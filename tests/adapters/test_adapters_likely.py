"""Octets that are not of the set they are said to be in: the right text, or it is said."""

from collections import Counter
from random import Random

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from adapters.charset import Basis, UndecodableError, decode
from adapters.latin import is_accented
from adapters.likely import OTHERWISE, STRANGE, UNCERTAIN, likely

DECLARED = {
    "": None,
    "ASCII": None,
    "UNICODE UTF-8": "utf-8",
    "GB 18030-2000": "gb18030",
    "GBK": "gb18030",
    "BIG-5": "big5hkscs",
    "UNICODE UTF-16": "utf-16",
    "8859/1": "iso8859_1",
}
#: Frequent characters of names: in both halves of the alphabet of GB 2312, in Big5, in both.
SIMPLIFIED = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕伟"
    "芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉婷鑫梓涵轩浩宇欣怡毛模石钱志诺"
)
TRADITIONAL = (
    "王李張劉陳楊趙黃周吳徐孫胡朱高林何郭馬羅梁宋鄭謝韓唐馮董蕭程曹袁鄧許傅沈"
    "曾彭呂偉芳娜秀英敏靜麗強磊軍洋勇傑娟濤明超蘭霞平剛桂文輝許功蓋育葉東玲"
)
CODECS = {
    "utf-8": SIMPLIFIED + TRADITIONAL + "·䶮",
    "gb18030": SIMPLIFIED,
    "gbk": SIMPLIFIED,
    "big5hkscs": TRADITIONAL,
    "utf-16": SIMPLIFIED + TRADITIONAL,
}


def message(name: str, declared: str = "") -> str:
    return (
        "MSH|^~\\&|LIS|TJH01|GATEWAY|HIE|20260301103000||ORU^R01|L1|P|2.3.1||||||"
        f"{declared}\rPID|1||0000012345||{name}||19000101|M\r"
    )


def has_long_utf8(octets: bytes) -> bool:
    """Whether octets are, by a chance of one in ten thousand, UTF-8 of three octets as well."""
    try:
        return any(ord(character) > 0x7FF for character in octets.decode())
    except UnicodeDecodeError:
        return False


@given(st.data(), st.sampled_from(sorted(CODECS)), st.sampled_from(sorted(DECLARED)))
def test_no_name_is_read_wrongly_in_silence(data: st.DataObject, codec: str, said: str) -> None:
    name = data.draw(st.text(CODECS[codec], min_size=1, max_size=4))
    assume(any(map(str.isalpha, name)))  # of signs alone nobody can tell
    raw = message(name, said).encode(codec)
    assume(codec in {"utf-8", "utf-16"} or not has_long_utf8(raw))
    try:
        decoded = decode(raw)
    except UndecodableError:
        return
    assert decoded.text == message(name, said) or decoded.doubts


@given(st.data(), st.sampled_from(sorted(CODECS)))
@example(None, "gb18030")
def test_what_is_declared_rightly_is_read_rightly(data: st.DataObject | None, codec: str) -> None:
    name = data.draw(st.text(CODECS[codec], min_size=1, max_size=4)) if data else "盧飛"
    names = {"gbk": "GBK", "gb18030": "GB 18030-2000", "big5hkscs": "BIG-5"}
    text = message(name, names.get(codec, "UNICODE UTF-8"))
    raw = text.encode(codec)
    assume(codec not in names or not has_long_utf8(raw))
    assert decode(raw).text == text


@pytest.mark.parametrize(
    ("codec", "said", "doubted", "misread"),
    [
        ("gb18030", "GB 18030-2000", 0.03, 0),
        ("gb18030", "", 0.03, 0.02),  # which is UTF-8, too
        ("big5hkscs", "BIG-5", 0.04, 0),
        ("big5hkscs", "GBK", 0, 0.15),
        ("big5hkscs", "", 0, 0.15),
    ],
)
def test_few_names_are_doubted_and_fewer_misread(
    codec: str, said: str, doubted: float, misread: float
) -> None:
    """Of names of two and three frequent characters, which no longer text stands beside."""
    draw, names, found = Random(8), 2000, Counter[str]()
    for _ in range(names):
        text = message("".join(draw.choices(CODECS[codec], k=draw.choice((2, 3, 3, 3)))), said)
        decoded = decode(text.encode(codec))
        found["silent" if not decoded.doubts else "found"] += decoded.text != text
        found["doubted"] += decoded.text == text and decoded.doubts == (UNCERTAIN,)
    assert found["silent"] <= names / 1000  # 谢孝 of GB 18030 is UTF-8 as well
    assert found["found"] <= misread * names
    assert found["doubted"] <= doubted * names


@given(st.sampled_from(["Müller", "LÜ", "José^María", "Hämeenpää", "Größe", "Zoë", "T 37.5 °C"]))
def test_latin_names_are_never_chinese(name: str) -> None:
    for said in ("", "ASCII", "GBK", "BIG-5", "8859/1"):
        decoded = decode(message(name, said).encode("latin-1"))
        assert decoded.text == message(name, said)
        assert decoded.charset == "iso8859_1"
        assert decoded.doubts == (() if said == "8859/1" else (OTHERWISE,))


@pytest.mark.parametrize(
    "name",
    [
        "D’Arcy^Zoë", "O’Brien", "Müller^Anne–Marie", "L’Écuyer", "“Zoë”^Jo", "Zoë – Jo", "Zoë €",
        "Strauß^Müller’s", "“Jo” 37 °C",
    ],
)  # fmt: skip
def test_windows_signs_in_latin_words_are_never_chinese(name: str) -> None:
    for said in ("", "ASCII", "GBK", "BIG-5", "8859/1", "WINDOWS-1252"):
        decoded = decode(message(name, said).encode("cp1252"))
        assert (decoded.charset, decoded.text) == ("cp1252", message(name, said))
        assert decoded.doubts == (() if said == "WINDOWS-1252" else (OTHERWISE,))


@pytest.mark.parametrize(
    "name", ["東", "T東", "CT掃描", "A東B", "態", "揚abc", "CT態", "揚 擴", "X抔", "揚東"]
)
def test_han_whose_octets_are_windows_signs_is_han(name: str) -> None:
    decoded = decode(message(name).encode("gb18030"))
    assert (decoded.charset, decoded.text) == ("gb18030", message(name))


#: All Han of which an octet of GB 18030 is one of Windows' signs.
OF_SIGNS = {
    chr(point)
    for point in range(0x4E00, 0x9FA6)
    if not set(b"\x92\x93\x96\x97").isdisjoint(chr(point).encode("gb18030"))
}


@given(
    st.text(sorted(OF_SIGNS), min_size=1, max_size=4),
    st.sampled_from(["{}", "{}^Jo", "CT{}", "{} CT", "Jo {}", "({})", "1{}2"]),
)
def test_no_name_of_han_is_taken_for_windows_signs(name: str, among: str) -> None:
    raw = message(among.format(name)).encode("gb18030")
    assert decode(raw).charset != "cp1252"


@pytest.mark.parametrize(
    ("name", "codec", "said", "charset", "doubts"),
    [
        ("张三", "gbk", "8859/1", "gb18030", (OTHERWISE,)),
        ("葉弢", "gbk", "8859/1", "gb18030", (OTHERWISE,)),  # torn by delimiters
        ("林志玲", "big5", "8859/1", "big5hkscs", (OTHERWISE,)),
        ("周可", "big5", "8859/1", "big5hkscs", (OTHERWISE,)),
        ("林志玲", "big5", "", "big5hkscs", (OTHERWISE,)),
        ("林志玲", "big5", "GBK", "big5hkscs", (OTHERWISE,)),
        ("张晓明", "gbk", "BIG-5", "gb18030", (OTHERWISE,)),
        ("李明", "gbk", "GBK", "gb18030", ()),
        ("敖鸥", "gbk", "GBK", "gb18030", (UNCERTAIN,)),
        ("李明", "gbk", "8859/1", "gb18030", (OTHERWISE,)),
        ("王璇發", "big5", "GBK", "big5hkscs", (OTHERWISE,)),  # one rare character among three
        ("陳祐珣", "big5", "", "big5hkscs", (OTHERWISE,)),
        ("阿依古丽·买买提", "utf-8", "GBK", "utf-8", (OTHERWISE,)),
        ("测试", "utf-8", "BIG-5", "utf-8", (OTHERWISE,)),
        ("测试", "utf-8", "8859/1", "utf-8", (OTHERWISE,)),
        ("O’Brien", "cp1252", "8859/1", "cp1252", (OTHERWISE,)),
        ("Ö", "latin-1", "8859/1", "iso8859_1", (UNCERTAIN,)),
        ("模", "gbk", "UNICODE UTF-8", "utf-8", (UNCERTAIN,)),
        ("Иванов", "utf-8", "UNICODE UTF-8", "utf-8", ()),
        ("Иванов", "iso8859_5", "8859/5", "iso8859_5", ()),
        ("홍길동", "euc_kr", "KS X 1001", "cp949", ()),
        ("測\ue000", "gbk", "GBK", "gb18030", (STRANGE,)),
        ("a\x92", "utf-8", "UNICODE UTF-8", "utf-8", (STRANGE,)),
        ("nǐ好", "utf-8", "GBK", "utf-8", (OTHERWISE,)),
        ("婧", "utf-8", "", "utf-8", ()),
    ],
)
def test_what_is_made_of_a_declaration(
    name: str, codec: str, said: str, charset: str, doubts: tuple[str, ...]
) -> None:
    decoded = decode(message(name, said).encode("gb18030" if codec == "gbk" else codec))
    assert (decoded.charset, decoded.doubts) == (charset, doubts)
    assert decoded.basis in (Basis.MSH_18, Basis.DETECTED)
    assert (decoded.text == message(name, said)) is ((name, doubts) != ("模", (UNCERTAIN,)))


@pytest.mark.parametrize(
    ("name", "codec"), [("敖鸥", "gbk"), ("模", "gbk"), ("\x85\xff", "latin-1")]
)
def test_what_may_be_of_several_sets_and_not_of_its_own_is_an_error(name: str, codec: str) -> None:
    with pytest.raises(UndecodableError) as fault:
        decode(message(name, "8859/1").encode(codec))
    assert fault.value.charset == "iso8859_1"
    assert fault.value.offset == message("@", "8859/1").index("@")


def test_a_connections_setting_is_not_questioned() -> None:
    decoded = decode(message("张三", "").encode("gbk"), connection="8859/1")
    assert (decoded.charset, decoded.basis, decoded.doubts) == (
        "iso8859_1",
        Basis.CONNECTION,
        (),
    )


def test_much_text_leaves_no_doubt() -> None:
    report = "患者主诉口渴多饮半年,空腹血糖升高,给予二甲双胍口服,定期复查糖化血红蛋白。"
    for said, codec in (("GBK", "gbk"), ("", "gbk"), ("", "utf-8"), ("UNICODE UTF-8", "utf-8")):
        assert decode(message(report, said).encode(codec)).doubts == ()
    report = "病人主訴口渴多飲半年,空腹血糖升高,給予二甲雙胍口服,定期複查糖化血紅蛋白。"
    assert decode(message(report, "BIG-5").encode("big5")).doubts == ()
    assert decode(message(report).encode("big5")).charset == "big5hkscs"


def test_a_large_message_is_judged_as_a_small_one() -> None:
    ballast = b"OBX|" + b"A" * (1 << 20)
    decoded = decode(message("张三", "8859/1").encode("gbk") + ballast)
    assert (decoded.charset, decoded.doubts) == ("gb18030", (OTHERWISE,))
    decoded = decode(message("測\ue000", "GBK").encode("gb18030") + ballast)
    assert decoded.doubts == (STRANGE,)


@given(st.binary(min_size=1, max_size=60), st.sampled_from([c for c in DECLARED.values() if c]))
def test_any_octets_are_judged(raw: bytes, said: str) -> None:
    charset, doubt = likely(raw, said)
    assert doubt in {"", OTHERWISE, UNCERTAIN}
    if charset not in {None, said}:
        raw.decode(str(charset))  # another set is never guessed in which they are not valid
        assert doubt == OTHERWISE


@pytest.mark.parametrize(
    ("codec", "said", "words"),
    [
        ("latin-1", "8859/1", "Óñez Ñúñez Þóráð Müller"),
        ("iso8859_2", "8859/2", "Źdźbło Łódź Zółć Gżegżółka Šťastný"),
        ("iso8859_9", "8859/9", "Ğülşah Öğüt Şükrü"),
        ("iso8859_15", "8859/15", "Zoë Œuvre"),
        ("cp1252", "8859/1", "“Jo” it’s €"),
    ],
)
def test_accents_side_by_side_are_of_the_set_that_is_declared(
    codec: str, said: str, words: str
) -> None:
    for word in words.split():
        assert decode(message(word, said).encode(codec)).text == message(word, said)


def test_one_character_is_no_russian_word() -> None:
    decoded = decode(message("谢").encode("gb18030"))
    assert decoded.doubts == (UNCERTAIN,)
    assert decode(message("Пётр").encode()).doubts == ()


@pytest.mark.parametrize(
    "name", ["Äöü", "ÅÄÖ", "åäö", "Ñáé", "Äöü^Jo", "Äöü^Éèê", "Äöü~Jo^Éé", "Äöü^Müller", "Üöä^Jö"]
)
def test_accented_letters_alone_are_of_the_set_that_is_declared(name: str) -> None:
    decoded = decode(message(name, "8859/1").encode("latin-1"))
    assert (decoded.text, decoded.doubts) == (message(name, "8859/1"), (UNCERTAIN,))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("PID|1||7||", "|||M"),  # nothing is there that would be out of its place
        ("PID|1||7||", "|||19000101|M"),  # as if 鼃 had taken a delimiter
        ("OBX|1|ST|K||", "||"), ("PID|1||7||ß", "||19000101|M"), ("PID|1||7||", "鈥||19000101|M"),
    ],
)  # fmt: skip
def test_accented_letters_alone_are_refused_where_nothing_shows_what_they_are(
    before: str, after: str
) -> None:
    header = message("", "8859/1").partition("PID")[0].encode()
    with pytest.raises(UndecodableError):
        decode(header + before.encode("latin-1") + "Äöü".encode("latin-1") + after.encode("gbk"))


def test_no_name_of_han_is_taken_for_accented_letters() -> None:
    """Of surnames and all characters whose second octet is a delimiter, and at random."""
    octets = range(0x40, 0xFF)
    han = {lead: [bytes((lead, o)).decode("gb18030", "ignore") for o in octets if o != 0x7F]
           for lead in range(0xC0, 0xF8)}  # fmt: skip
    torn = [bytes((lead, o)).decode("gb18030") for lead in range(0xC0, 0xFF) for o in b"^|~\\"]
    draw = Random(4)
    names = [draw.choice(SIMPLIFIED) + one + more for one in torn for more in ("", "^Li", "~Li")]
    names += (one + draw.choice(SIMPLIFIED) for one in torn)
    names += (
        "".join(draw.choice(han[draw.randrange(0xC0, 0xF8)]) for _ in "123") for _ in range(2000)
    )
    for name in names:
        for codec in ("gb18030", "big5"):
            raw = message(name, "8859/1").encode(codec, "ignore")
            if not raw.isascii():
                assert not is_accented(raw), name
    for first in TRADITIONAL:
        for second in TRADITIONAL:  # 嚴麗 of Big5 is ÄYÄR
            assert not is_accented(message(first + second, "8859/1").encode("big5"))
