"""Data inside a large message is set aside while the message is read, and nothing of it is lost."""

import hashlib
import random
from base64 import b64decode, b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.charset import UndecodableError, decode
from conformance.definitions import definitions
from mappings.dictionary import load
from mappings.hl7v2.encapsulated import LARGE, Content, put_back, set_aside
from mappings.translate import Translation
from tests.mappings.golden_pairs import ReadableIds

PDF = b"%PDF-1.7\n" + random.Random(1).randbytes(LARGE)
DATA = b64encode(PDF).decode()
#: Ways to write data: its lines ended by this, every 76 characters
ENDS = ["", "\n", "\r\n", "\r", "\\.br\\", "\\X0D0A\\", "\\x0a\\", " "]


def message(data: str, *, type_: str = "ED", encoding: str = "Base64", word: str = "报告") -> str:
    value = f"LIS^application^pdf^{encoding}^{data}"
    return "\r".join([
        "MSH|^~\\&|LIS|TJH01|||20260301||ORU^R01|1|P|2.5.1",
        "PID|1||S1^^^TJH01^MR||测试",
        "OBR|1||F1^LIS|R^报告^L|||20260301",
        f"OBX|1|{type_}|R^{word}^L||{value}||||||F",
        "OBX|2|NM|GLU^葡萄糖^L||5.1|mmol/L|||||F",
    ])  # fmt: skip


def lines(data: str, end: str) -> str:
    return end.join(data[at : at + 76] for at in range(0, len(data), 76))


def translated(content: str | Content) -> Translation:
    return load(definitions()).translate(content, ReadableIds(), source="hospital")


def binaries(made: Translation) -> list[bytes]:
    found = [one.resource for one in made.made if one.resource["resourceType"] == "Binary"]
    return [b64decode(one["data"], validate=True) for one in found]


def numbers(made: Translation) -> list[float]:
    resources = [one.resource for one in made.made]
    return [one["valueQuantity"]["value"] for one in resources if "valueQuantity" in one]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("encoding", ["Base64", "BASE-64", "b64"])
def test_a_pdf_comes_out_as_it_went_in_however_its_lines_end(end: str, encoding: str) -> None:
    content = decode(message(lines(DATA, end), encoding=encoding).encode()).content
    assert len(content.text) < 1000
    made = translated(content)
    assert binaries(made) == [PDF]
    assert numbers(made) == [5.1]
    assert [one.code for one in made.findings] == []


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "big5hkscs"])
@pytest.mark.parametrize("delimiters", ["|^~\\&", "|^~\\&#", "#!*?%"])
def test_in_any_character_set_and_with_any_delimiters(codec: str, delimiters: str) -> None:
    text = message(DATA, word="報告").replace("测试", "陳葉").replace("葡萄糖", "血糖")
    text = text.replace("报告", "報告")
    text = text.translate(str.maketrans("|^", delimiters[:2])).replace("~\\&", delimiters[2:], 1)
    content = decode(text.encode(codec), connection=codec).content
    assert content.data
    assert binaries(translated(content)) == [PDF]


def test_two_documents_and_one_that_is_sent_twice() -> None:
    other = b64encode(PDF[::-1]).decode()
    document = "OBX|{}|ED|D{}^图像^L||^image^tiff^Base64^{}||||||F"
    more = [document.format(n, n, data) for n, data in ((3, other), (4, DATA))]
    text = "\r".join([message(DATA), *more])
    content = decode(text.encode()).content
    assert len(content.data) == 2
    assert content.whole == text
    assert sorted(binaries(translated(content))) == sorted([PDF, PDF[::-1], PDF])


@pytest.mark.parametrize(
    "text",
    [
        message(DATA, type_="TX"),  # a text, whatever it looks like
        message(DATA, type_=""),
        message(DATA[:-2] + "=A="),  # not Base64
        message(DATA + "!"),
        message("=" + DATA),
        message(DATA) + "\rADD|AAAA",
        message(f"{DATA}~LIS^application^pdf^Base64^{DATA[:400]}"),
    ],
    ids=["text", "no-type", "padding", "sign", "begins", "goes-on", "repeats"],
)
def test_whatever_becomes_of_it_is_what_becomes_of_the_whole_message(text: str) -> None:
    content = decode(text.encode()).content
    assert content.data
    aside, whole = translated(content), translated(text)
    assert [one.resource for one in aside.made] == [one.resource for one in whole.made]
    assert aside.findings == whole.findings


def test_no_character_of_two_octets_is_torn() -> None:
    raw = f"base64丄{DATA}".encode("gb18030")  # 丄 is 81 41, and 41 an A
    assert set_aside(raw) == (raw, {})


def test_what_is_not_said_to_be_base64_or_is_small_stays_where_it_is() -> None:
    assert not decode(message(DATA, encoding="Hex").encode()).content.data
    assert not decode(message(DATA[:1000]).encode()).content.data
    assert not decode(message(f"^{DATA}").encode()).content.data
    small, data = set_aside(message(DATA[: LARGE // 4]).encode())
    assert (len(small) > LARGE // 4, data) == (True, {})


def test_a_segment_that_begins_behind_the_data_is_no_part_of_it() -> None:
    text = (
        message(lines(DATA, "\r"))
        .replace("||||||F\rOBX|2", "\rOBX|2")
        .replace("\rOBX|2", "\r\nobx|2")
    )
    light, data = set_aside(text.encode())
    assert light.decode().endswith("\r\nobx|2|NM|GLU^葡萄糖^L||5.1|mmol/L|||||F")
    assert [hashlib.sha256(b64decode(one.in_one_line())).digest() for one in data.values()] == [
        hashlib.sha256(PDF).digest()
    ]


def test_octets_that_are_not_valid_are_told_where_they_came() -> None:
    raw = message(DATA).encode() + b"|\xff"
    with pytest.raises(UndecodableError) as raised:
        decode(raw, connection="UTF-8")
    assert raised.value.offset == len(raw) - 1


@given(
    before=st.text(max_size=20),
    end=st.sampled_from(ENDS),
    extra=st.sampled_from(["", "=", "==", "A", "\r", "\\.br", "^", "|", "\n\nPID|"]),
    after=st.text(max_size=20),
)
def test_the_whole_is_always_the_message_as_it_was_sent(
    before: str, end: str, extra: str, after: str
) -> None:
    text = f"{before}^Base64^{lines(DATA, end)}{extra}{after}"
    raw = text.encode("utf-8", "surrogatepass")
    light, data = set_aside(raw)
    assert len(data) == 1
    assert put_back(light.decode("utf-8", "surrogatepass"), data) == text
