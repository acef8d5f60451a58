"""`yiqiao translate`: what a person or a pipe gets for files good and bad."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import orjson
import pytest
from cli_command import Yiqiao

from conformance.validator import Validator
from gateway.demo.feed import report
from mappings.profile import find_profile

COLLIDING = "葉弢"  # in GB 18030 their second octets are '~' and '|'
UNKNOWN = b"MSH|^~\\&|A|B|C|D|20260101||ZZZ^Z99|U1|P|2.5\r"
UNDECODABLE = b"MSH|^~\\&|A|B|C|D|20260101||ADT^A04|X1|P|2.5|||||||UNICODE UTF-8\rPID|1||\xff\xfe\r"


def admission(control: str = "A1", name: str = COLLIDING) -> bytes:
    return (
        f"MSH|^~\\&|HIS|TJH01|GW|HIE|20260301083015||ADT^A04^ADT_A01|{control}|P|2.4\r"
        f"EVN|A04|20260301083015\rPID|1||0000012345^^^TJH01^MR||{name}||19000101|M\r"
        "PV1|1|O|||||||||||||||||OP26030100001\rZPI|1|2|首诊\r"
    ).encode()


def references(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node["reference"]] if isinstance(node.get("reference"), str) else []
        return own + [r for value in node.values() for r in references(value)]
    return [r for value in node for r in references(value)] if isinstance(node, list) else []


def test_each_message_is_one_line_in_input_order(yiqiao: Yiqiao, home: Path) -> None:
    (home / "one.hl7").write_bytes(admission("A1") + UNDECODABLE + admission("A2"))
    (home / "two.hl7").write_bytes(UNKNOWN)
    done = yiqiao("translate", "one.hl7", "two.hl7", "-", stdin=admission("A3"))
    assert done.code == 1
    assert [line["resourceType"] for line in done.lines] == [
        "Bundle", "OperationOutcome", "Bundle", "OperationOutcome", "Bundle",
    ]  # fmt: skip
    assert "message 2: error: message: undecodable" in done.err
    assert "message 4 (U1): error: MSH-9: unsupported-message" in done.err
    assert "2 of 5 messages rejected" in done.err
    issue = done.lines[1]["issue"][0]
    assert (issue["severity"], issue["code"]) == ("error", "structure")
    assert all(Validator().errors(line) == [] for line in done.lines)


@pytest.mark.parametrize("facility", ["St Mary", "天津/一"])
def test_a_source_is_called_what_msh_4_says(yiqiao: Yiqiao, facility: str) -> None:
    message = f"MSH|^~\\&|HIS|{facility}|||20260301||ADT^A01|C1|P|2.5.1\rPID|1||100^^^^MR\r"
    done = yiqiao("translate", "--charset", "UTF-8", stdin=message.encode())
    (line,) = done.lines
    patient = line["entry"][0]["resource"]
    name = quote(facility, safe="")
    assert patient["identifier"][0]["system"].endswith(f"/authority/{name}/{name}")
    assert Validator().errors(line) == []
    done = yiqiao("translate", "--source", facility, stdin=message.encode())
    assert (done.code, done.out) == (2, b"")
    assert "is no name" in done.err


def test_findings_go_to_standard_error_without_content(yiqiao: Yiqiao) -> None:
    done = yiqiao("translate", stdin=admission())
    assert done.code == 0
    assert "message 1 (A1): warning: ZPI: unknown-segment" in done.err
    assert "首诊" not in done.err
    assert COLLIDING not in done.err


@pytest.mark.parametrize("kind", ["transaction", "message"])
def test_a_bundle_is_valid_and_closed(yiqiao: Yiqiao, kind: str) -> None:
    stdin = admission() + report(7, results=3).encode()
    done = yiqiao("translate", "--as", kind, stdin=stdin)
    assert done.code == 0, done.err
    for bundle in done.lines:
        assert bundle["type"] == kind
        assert Validator().errors(bundle) == []
        resources = [entry["resource"] for entry in bundle["entry"]]
        assert [p for r in resources for p in Validator().errors(r)] == []
        urls = {entry["fullUrl"] for entry in bundle["entry"]}
        assert len(urls) == len(resources)
        assert set(references(resources)) <= urls
        if kind == "message":
            assert resources[0]["resourceType"] == "MessageHeader"
            assert not any("request" in entry for entry in bundle["entry"])
        else:
            for entry, resource in zip(bundle["entry"], resources, strict=True):
                url = f"{resource['resourceType']}/{resource['id']}"
                assert entry["request"] == {"method": "PUT", "url": url}


def test_a_message_bundle_without_sender_or_event_is_valid_too(yiqiao: Yiqiao) -> None:
    stdin = b"MSH|^~\\&||||||||ADT||P\rPID|1||5^^^B||x^y\r"
    done = yiqiao("translate", "--as", "message", stdin=stdin)
    assert Validator().errors(done.lines[0]) == []


def test_two_segments_that_speak_of_one_resource_make_one_entry(yiqiao: Yiqiao) -> None:
    text = report(1).replace("|LIS|TJH01|", "|LIS|TJH01^urn:x^ISO|").rstrip("\r")
    stdin = f"{text}||||||||TJH01^^^^^^^^^TJH01\r".encode()
    done = yiqiao("translate", stdin=stdin)
    urls = [entry["fullUrl"] for entry in done.lines[0]["entry"]]
    assert len(urls) == len(set(urls))


def test_explain_names_field_row_and_element(yiqiao: Yiqiao) -> None:
    done = yiqiao("translate", "--explain", stdin=admission())
    assert done.code == 0
    assert any(
        line.split()[0] == "PID-8" and "Patient.gender" in line and ".map:" in line
        for line in done.err.splitlines()
    ), done.err
    assert len(done.lines) == 1


def test_a_profile_by_name_or_path_says_what_a_site_means(yiqiao: Yiqiao, home: Path) -> None:
    (home / "mine.map").write_text(find_profile("tjh01").read_text("utf-8"), "utf-8")
    plain = yiqiao("translate", stdin=admission())
    named = yiqiao("translate", "--profile", "tjh01", stdin=admission())
    by_path = yiqiao("translate", "-p", "mine.map", stdin=admission())
    assert (named.code, by_path.code) == (0, 0)
    assert named.out == by_path.out
    assert "ZPI" in plain.err
    assert "ZPI: unknown-segment" not in named.err


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (None, "there is no such site profile"),
        ("x ->\n", "site.map:1: "),
        ("\nPID -> Patient\n  PID-5  name.nonsense  XPN.1\n", "site.map:3: "),
    ],
)
def test_a_wrong_profile_is_told_with_file_and_line(
    yiqiao: Yiqiao, home: Path, table: str | None, told: str
) -> None:
    if table is not None:
        (home / "site.map").write_text(table)
    done = yiqiao("translate", "--profile", home / "site.map", stdin=admission())
    assert (done.code, done.out) == (2, b"")
    assert told in done.err
    assert len(done.err.splitlines()) == 1


def test_character_sets(yiqiao: Yiqiao) -> None:
    def name(done: object) -> str:
        entries = done.lines[0]["entry"]  # type: ignore[attr-defined]
        patient = next(e["resource"] for e in entries if e["resource"]["resourceType"] == "Patient")
        return str(patient["name"][0]["text"])

    chinese = admission().decode()
    assert name(yiqiao("translate", stdin=chinese.encode())) == COLLIDING
    assert name(yiqiao("translate", stdin=chinese.encode("gb18030"))) == COLLIDING
    big5 = admission(name="彭許功").decode().replace("首诊", "").encode("big5")
    assert name(yiqiao("translate", "--charset", "BIG-5", stdin=big5)) == "彭許功"
    wide = chinese.encode("utf-16")
    assert name(yiqiao("translate", stdin=wide)) == COLLIDING
    refused = yiqiao("translate", "--charset", "klingon", stdin=big5)
    assert (refused.code, refused.out) == (2, b"")


def test_a_file_that_is_no_valid_utf_16_is_rejected(yiqiao: Yiqiao, home: Path) -> None:
    (home / "bad.hl7").write_bytes(b"\xff\xfeM\0S\0\0\xd8A")
    done = yiqiao("translate", "bad.hl7", "-", stdin=admission())
    assert done.code == 1
    assert [line["resourceType"] for line in done.lines] == ["OperationOutcome", "Bundle"]


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda m: b"".join(b"\x0b" + one + b"\x1c\r" for one in m),
        lambda m: b"FHS|^~\\&|A\rBHS|^~\\&|A\r" + b"".join(m) + b"BTS|3\rFTS|1\r",
        lambda m: b"".join(m).replace(b"\r", b"\n"),
        lambda m: b"".join(m).replace(b"\r", b"\r\n"),
        lambda m: b"2026-03-01 INFO received\n" + b"\n\n".join(m),
    ],
    ids=["mllp", "batch", "lf", "crlf", "log"],
)
def test_a_file_may_hold_messages_in_many_ways(yiqiao: Yiqiao, wrapped: object) -> None:
    stdin = wrapped([admission("A1"), admission("A2"), admission("A3")])  # type: ignore[operator]
    done = yiqiao("translate", stdin=stdin)
    assert done.code == 0, done.err
    assert [line["resourceType"] for line in done.lines] == ["Bundle"] * 3


def test_input_without_a_message(yiqiao: Yiqiao, home: Path) -> None:
    empty = yiqiao("translate")
    assert (empty.code, empty.out) == (1, b"")
    assert "no message found" in empty.err
    headless = yiqiao("translate", stdin=b"PID|1||5^^^B||x^y\r")
    assert headless.code == 1
    assert headless.lines[0]["issue"][0]["diagnostics"] == "message: missing-msh"
    absent = yiqiao("translate", "nosuch.hl7")
    assert (absent.code, absent.out) == (2, b"")
    assert "nosuch.hl7" in absent.err


def test_the_same_input_gives_the_same_octets(yiqiao: Yiqiao) -> None:
    first = yiqiao("translate", "--source", "x", stdin=admission())
    again = yiqiao("translate", "--source", "x", stdin=admission())
    other = yiqiao("translate", "--source", "y", stdin=admission())
    assert first.out == again.out != other.out


def process(*words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", "from gateway.cli import main; main()", "translate", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_a_pipe_gets_lines_as_they_come_and_may_hang_up(home: Path) -> None:
    with process("-") as run:
        assert run.stdin is not None
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdin.write(admission("A1") + b"\n" + UNKNOWN)
        run.stdin.flush()
        assert orjson.loads(run.stdout.readline())["resourceType"] == "Bundle"
        run.stdout.close()
        os.set_blocking(run.stdin.fileno(), False)
        deadline = time.monotonic() + 20
        while run.poll() is None and time.monotonic() < deadline:
            try:
                os.write(run.stdin.fileno(), admission("A2") * 20)
            except BlockingIOError:
                time.sleep(0.05)
            except BrokenPipeError:
                break
        errors = run.stderr.read().decode()
        run.wait(10)
    assert "Traceback" not in errors
    assert "Exception ignored" not in errors


_MEASURED = """
import atexit, pathlib, re, sys
peak = lambda: print(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1], file=sys.stderr)
status = pathlib.Path("/proc/self/status")
atexit.register(peak)
from gateway.cli import main
main()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_does_not_grow_with_the_input(home: Path) -> None:
    one = (report(1).rstrip("\r") + "\rOBX|2|TX|N||" + "x" * 1_000_000 + "||||||F\r").encode()
    peaks = []
    for count in (2, 40):
        with (home / "big.hl7").open("wb") as file:
            file.writelines([one] * count)
        done = subprocess.run(
            [sys.executable, "-c", _MEASURED, "translate", "big.hl7"],
            capture_output=True,
            check=True,
        )
        assert done.stdout.count(b"\n") == count
        peaks.append(int(done.stderr.split()[-1]))
    assert peaks[1] - peaks[0] < 16 * 1024  # KiB


@pytest.mark.parametrize(
    ("says", "header", "encoding"),
    [
        ("BIG-5", "", "big5hkscs"),
        ("MSH-17", "|||||BIG-5", "big5hkscs"),
        ("MSH-17", "", "utf-8"),
    ],
)
def test_the_profile_says_the_character_set(
    yiqiao: Yiqiao, home: Path, says: str, header: str, encoding: str
) -> None:
    (home / "site.map").write_text(f"site\n  charset {says}\n")
    text = f"MSH|^~\\&|HIS|A|GW|HIE|20260301||ADT^A08|1|P|2.4{header}\rPID|1||7^^^A^MR||彭^測試\r"
    done = yiqiao("translate", "--profile", "site.map", stdin=text.encode(encoding))
    assert done.code == 0, done.err
    assert "彭測試".encode() in done.out
    (home / "other.map").write_text("site\n  charset UNICODE UTF-8\n")
    assert yiqiao("translate", "-p", "other.map", stdin=text.encode("big5hkscs")).code == 1
