"""What somebody else wrote, on an operator's terminal: shown, and never obeyed."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_command import Yiqiao
from processes import Gateway

from gateway.cli.common import write_any_text

HOSTILE = "[/b]:x:\x1b[31m\x9b2JM1[bold]"
SHOWN = r"[/b]:x:\x1b[31m\x9b2JM1[bold]"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("COLUMNS", "40")


@pytest.mark.usefixtures("terminal")
def test_what_a_stranger_sent_is_listed_and_shown_on_a_terminal(
    yiqiao: Yiqiao, gateway: Gateway
) -> None:
    message = f"MSH|^~\\&|A|X|C|D|20260101||ADT^A04|{HOSTILE}|P|2.5\rPID|1||[/i]\x1b[2J"
    with gateway:
        with gateway.serving("mllp"):
            gateway.send(message.encode())
        listed = yiqiao("quarantine", "list")
        shown = yiqiao("quarantine", "show", 1, "--content")
    assert (listed.code, listed.err, shown.code, shown.err) == (0, "", 0, "")
    for text in (listed.text, shown.text):
        assert SHOWN in text
        assert "\x1b[31m" not in text
        assert "\x9b" not in text
    assert r"PID|1||[/i]\x1b[2J" in shown.text
    assert "unknown-source" in listed.text.splitlines()[1]  # nothing is cut off, or folded


def test_what_a_stranger_sent_is_one_line_of_a_pipe_and_content_as_it_came(
    yiqiao: Yiqiao, gateway: Gateway
) -> None:
    with gateway:
        with gateway.serving("mllp"):
            gateway.send(b"MSH|^~\\&|A|X|C|D|20260101||ADT^A04|a\tb\x1b|P|2.5\rPID|1||\x1b[2J")
        (row,) = yiqiao("quarantine", "list").rows
        shown = yiqiao("quarantine", "show", 1, "--content")
    assert row["control id"] == r"a b\x1b"
    assert "PID|1||\x1b[2J\n" in shown.text


@pytest.mark.parametrize("name", ["[/b]", "[bold]", ":cat:"])
@pytest.mark.usefixtures("terminal")
def test_a_file_may_have_any_name(yiqiao: Yiqiao, home: Path, name: str) -> None:
    (home / f"{name.replace('/', '_')}.hl7").write_bytes(b"noise")
    done = yiqiao("translate", f"{name.replace('/', '_')}.hl7")
    assert done.code == 1
    assert f"{name.replace('/', '_')}.hl7: 5 octets that belong to no message" in done.err
    assert f"{name}: No such file" in yiqiao("translate", name).err


@pytest.mark.usefixtures("terminal")
def test_a_title_is_shown_as_it_was_given(yiqiao: Yiqiao) -> None:
    yiqiao("source", "add", "a", "--facility", "A", "--title", "一院[/b]" + "院" * 40)
    assert "一院[/b]" + "院" * 40 in yiqiao("source", "list").text


def test_a_pipe_gets_utf_8_whatever_the_locale_is(home: Path) -> None:
    command = [sys.executable, "-c", "from gateway.cli import main; main()"]
    locale = {**os.environ, "PYTHONIOENCODING": "ascii"}
    for words in (["--help"], ["source", "add", "a", "--facility", "一院𠮷"]):
        done = subprocess.run([*command, *words], env=locale, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
    assert "一院𠮷" in done.stdout.decode()


def test_a_terminal_is_shown_what_its_character_set_lacks_as_escapes() -> None:
    class Terminal(io.TextIOWrapper):
        def isatty(self) -> bool:
            return True

    octets = io.BytesIO()
    stream = Terminal(octets, "gbk", write_through=True)
    write_any_text(stream)
    stream.write("一院𠮷")
    assert octets.getvalue() == "一院".encode("gbk") + rb"\U00020bb7"
