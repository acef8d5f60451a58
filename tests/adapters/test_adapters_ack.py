"""Acknowledgements, read back by python-hl7."""

from datetime import UTC, datetime, timedelta, timezone

import hl7
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.ack import (
    CONDITIONS,
    Err,
    Outcome,
    acknowledgement_code,
    build_ack,
    header_errors,
)
from adapters.header import Header, read_header

AT = datetime(2026, 3, 1, 8, 30, 15, tzinfo=timezone(timedelta(hours=8)))
ADT = (
    "MSH|^~\\&|HIS|TJH01|GATEWAY|HIE|20260301083015||ADT^A04^ADT_A01|H26030100001|P|{version}"
    "|||{accept}|{application}|CHN|UNICODE UTF-8\rPID|1||0000012345||张三\r"
)


def received(version: str = "2.5", accept: str = "", application: str = "") -> Header:
    header = read_header(ADT.format(version=version, accept=accept, application=application))
    assert header is not None
    return header


def answer(header: Header | None, code: str = "AE", *errors: Err) -> hl7.Message:
    return hl7.parse(build_ack(header, code, at=AT, control_id="G1", errors=errors))


def test_it_goes_back_where_the_message_came_from() -> None:
    text = build_ack(received(), "AA", at=AT, control_id="G1")
    assert text == (
        "MSH|^~\\&|GATEWAY|HIE|HIS|TJH01|20260301083015+0800||ACK^A04^ACK|G1|P|2.5"
        "||||||UNICODE UTF-8\rMSA|AA|H26030100001\r"
    )


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("2.1", "ACK"),
        ("2.3", "ACK^A04"),
        ("2.3.1", "ACK^A04^ACK"),
        ("2.4", "ACK^A04^ACK"),
        ("2.5.1^CHN", "ACK^A04^ACK"),
        ("2.9", "ACK^A04^ACK"),
        ("", "ACK^A04^ACK"),
        ("two", "ACK^A04^ACK"),
    ],
)
def test_the_type_follows_the_version(version: str, kind: str) -> None:
    reply = answer(received(version))
    assert str(reply.segment("MSH")[9]) == kind
    assert str(reply.segment("MSH")[12]) == (version or "2.5")


def test_errors_from_version_2_5() -> None:
    reply = answer(
        received("2.5"),
        "AE",
        Err.at("PID-3[2].4", 103, "no such authority | here", code="unmapped-code"),
        Err.at("OBX[3]-5.1.2", 102, "not a number", severity="W"),
        Err.at("message", 207, "later"),
    )
    assert str(reply.segment("MSA")[3]) == "no such authority \\F\\ here"
    assert [str(s) for s in reply.segments("ERR")] == [
        "ERR||PID^1^3^2^4|103^Table value not found^HL70357|E|unmapped-code|||"
        "no such authority \\F\\ here",
        "ERR||OBX^3^5^1^1^2|102^Data type error^HL70357|W||||not a number",
        "ERR|||207^Application internal error^HL70357|E||||later",
    ]


def test_errors_before_version_2_5() -> None:
    errors = (Err.at("PID-7", 102, "not a date"), Err.at("PV1", 101, "missing"), Err(207, "x"))
    reply = answer(received("2.3.1"), "AE", *errors)
    assert str(reply.segment("ERR")) == (
        "ERR|PID^1^7^102&Data type error&HL70357~PV1^1^^101&Required field missing&HL70357"
        "~^^^207&Application internal error&HL70357"
    )
    assert str(reply.segment("MSA")[3]) == "not a date"
    without = read_header("MSH|^~\\|A|B|C|D|||ADT|1|P|2.2\r")
    assert str(answer(without, "AE", errors[0]).segment("ERR")) == "ERR|PID^1^7^102"


def test_the_text_of_msa_is_short_and_withdrawn_in_2_7() -> None:
    long = Err(207, "x" * 200)
    said = str(answer(received("2.4"), "AE", long).segment("MSA")[3])
    assert len(said) == 80
    assert said.endswith("...")  # in any character set
    assert str(answer(received("2.7"), "AE", long).segment("MSA")) == "MSA|AE|H26030100001"


@pytest.mark.parametrize(
    ("accept", "application", "outcome", "code"),
    [
        ("", "", Outcome.ACCEPTED, "AA"),
        ("", "", Outcome.ERROR, "AE"),
        ("", "", Outcome.REJECTED, "AR"),
        ("AL", "NE", Outcome.ACCEPTED, "CA"),
        ("AL", "AL", Outcome.ERROR, "CE"),
        ("AL", "", Outcome.REJECTED, "CR"),
        ("NE", "AL", Outcome.ACCEPTED, "AA"),
        ("", "AL", Outcome.ACCEPTED, "AA"),
        ("NE", "NE", Outcome.ACCEPTED, None),
        ("NE", "NE", Outcome.REJECTED, None),
        ("ER", "NE", Outcome.ACCEPTED, None),
        ("ER", "NE", Outcome.REJECTED, "CR"),
        ("SU", "NE", Outcome.ACCEPTED, "CA"),
        ("SU", "NE", Outcome.ERROR, None),
        ("SU", "ER", Outcome.ERROR, "AE"),
        ("??", "NE", Outcome.ACCEPTED, "CA"),
    ],
)
def test_modes(accept: str, application: str, outcome: Outcome, code: str | None) -> None:
    header = received(accept=accept, application=application)
    assert acknowledgement_code(header, outcome) == code


def test_what_has_no_header_is_rejected_to_nobody() -> None:
    assert read_header("PID|1||1") is None
    assert read_header("MSHA|1") is None
    assert read_header("MSH") is None
    assert acknowledgement_code(None, Outcome.REJECTED) == "AR"
    reply = answer(None, "AR", *header_errors(None))
    assert str(reply.segment("MSA")) == "MSA|AR||The message does not begin with an MSH segment"
    assert str(reply.segment("ERR")[2]) == "MSH^1"
    assert str(reply.segment("MSH")[9]) == "ACK"


@pytest.mark.parametrize("text", [ADT[:n] for n in range(4, 78, 3)])
def test_half_a_header_is_answered(text: str) -> None:
    header = read_header(text)
    assert header is not None
    errors = header_errors(header)
    assert errors
    reply = answer(header, "AR", *errors)
    assert str(reply.segment("MSA")[1]) == "AR"
    assert len(reply.segments("ERR")) == len(errors)


def test_what_a_header_lacks() -> None:
    assert header_errors(received()) == ()
    header = read_header("MSH|^^^^|A|B\r")
    assert header is not None
    assert [(e.condition, e.field, e.severity) for e in header_errors(header)] == [
        (101, 9, "E"),
        (101, 10, "E"),
        (101, 12, "W"),
        (102, 2, "W"),
    ]
    assert header.separators == "|^~\\&"
    swapped = read_header("MSH^^A")
    assert swapped is not None
    assert swapped.separators == "^~\\&"


def test_other_separators_and_leading_blanks() -> None:
    header = read_header("\ufeff\r\nMSH$%*!@$HIS$F$G$H$$$ADT%A01$77$P$2.4\r")
    assert header is not None
    text = build_ack(header, "AE", at=AT, control_id="1", errors=[Err.at("PID-3", 101, "a$b%c!")])
    assert text.split("\r")[1:3] == [
        "MSA$AE$77$a!F!b!S!c!E!",
        "ERR$PID%1%3%101@Required field missing@HL70357",
    ]


def test_framing_octets_are_not_echoed() -> None:
    header = read_header("MSH|^~\\&|A|B|C|D|||ADT^A01|1\x1c2\x0b3|P|2.4\rPID")
    assert header is not None
    assert header.control_id == "123"


def test_patient_content_is_not_echoed() -> None:
    for separator in "\r\n":
        text = ADT.replace("\r", separator).format(version="2.4", accept="", application="")
        header = read_header(text)
        assert "张三" not in build_ack(header, "AA", at=AT, control_id="1")


def test_only_names_of_character_sets_are_echoed() -> None:
    ran_together = "MSH|^~\\&|A|B|C|D|||ADT^A04|1|P|2.4 PID|1||12||TEST^A|||{}|M|\r"
    for said, echoed in (("ASCII~ISO IR87", True), ("~ISO IR87", True), ("ZHANG", False)):
        header = read_header(ran_together.replace("|||{}", f"|{said}"))
        text = build_ack(header, "AE", at=AT, control_id="1")
        assert (said in text) is echoed
        assert "TEST" not in text


safe = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x9FFF, exclude_categories=["Cs", "Cc", "Zs"]),
    min_size=1,
)


@given(safe.filter(lambda t: not set(t) & set("|^~\\&")), safe, st.sampled_from(sorted(CONDITIONS)))
def test_control_ids_and_texts_survive(control_id: str, text: str, condition: int) -> None:
    header = read_header(f"MSH|^~\\&|A|B|C|D|||ADT^A01|{control_id}|P|2.5\r")
    reply = answer(header, "AE", Err(condition, text, "PID"))
    assert str(reply.segment("MSA")[2]) == control_id
    assert reply.unescape(str(reply.segment("ERR")[8])) == " ".join(text.split())


@given(st.text(max_size=60))
def test_anything_is_answered(rest: str) -> None:
    header = read_header("MSH" + rest)
    text = build_ack(
        header, "AR", at=datetime.now(UTC), control_id="1", errors=header_errors(header)
    )
    assert text.startswith("MSH")
    assert text.count("\r") >= 2
