"""`yiqiao serve`, `send`, `quarantine`, `audit`, `demo`: beside a running gateway, as processes."""

from __future__ import annotations

import re
import signal
import socket
import time
from pathlib import Path

import pytest
from certificates import Authority
from cli_command import Yiqiao
from processes import Gateway, free_port

from gateway.demo.feed import report, reports


def test_send_prints_what_the_gateway_answers(
    yiqiao: Yiqiao, gateway: Gateway, tmp_path: Path
) -> None:
    (tmp_path / "good.hl7").write_text("".join(reports(2)), "utf-8", newline="")
    unknown = report(3).replace("TJH01", "NOBODY")
    (tmp_path / "unknown.hl7").write_text(unknown, "utf-8", newline="")
    (tmp_path / "many.hl7").write_text("".join(reports(60)), "utf-8", newline="")
    to = ("--to", f"mllp://127.0.0.1:{gateway.mllp_port}")
    with gateway:
        gateway.start()
        done = yiqiao(*["send", "good.hl7", "unknown.hl7", *to])
        many = yiqiao(*["send", "many.hl7", "--connections", "4", *to])
        gateway.settled()
        listed = yiqiao(*["quarantine", "list"]).text
        assert yiqiao(*["audit", "verify"]).code == 0
    lines = done.text.splitlines()
    assert done.code == 1
    assert lines[:2] == ["message 1: CA B000000000", "message 2: CA B000000001"]
    assert lines[2].startswith("message 3: CR B000000003 MSH-4 names no registered source")
    assert "2 of 3 messages accepted" in done.err
    assert (many.code, many.out) == (0, b"")
    assert "60 of 60 messages accepted" in many.err
    assert "unknown-source" in listed.splitlines()[1]
    assert "Traceback" not in gateway.log


def test_a_certificate_is_shown_refused_registered_and_then_taken(
    yiqiao: Yiqiao, gateway: Gateway, home: Path
) -> None:
    authority = Authority(home)
    authority.issue("gateway", "CN=gateway", ["localhost"])
    authority.issue("lis", "CN=lis,O=天津示范医院")
    (home / "one.hl7").write_text(report(1), "utf-8", newline="")
    settings = {
        "mllp__tls_certificate": str(home / "gateway.pem"),
        "mllp__tls_client_ca": str(authority.pem),
    }
    to = f"mllps://localhost:{gateway.mllp_port}"
    words = ("one.hl7", "--to", to, "--ca", authority.pem, "--certificate", "lis.pem")
    with gateway:
        assert yiqiao("source", "change", "tjh01", "--certificate", "dns:other.example").code == 0
        with gateway.serving("mllp", **settings):
            refused = yiqiao("send", *words)
        shown = yiqiao("quarantine", "show", "1").text
        (name,) = re.findall("  sender (subject:.*)", shown)
        assert yiqiao("source", "change", "tjh01", "--certificate", name).code == 0
        assert "1 messages wait again" in yiqiao("quarantine", "replay", "--all").text
        with gateway.serving("mllp", **settings):
            taken = yiqiao("send", *words, "--key", "lis.pem")
    assert name == "subject:CN=lis,O=天津示范医院"
    assert (refused.code, taken.code) == (1, 0)
    assert "CR B000000001 MSH-4 names a source that the sender's certificate" in refused.text
    assert "quarantined: wrong-sender" in shown


def test_send_where_nobody_listens(yiqiao: Yiqiao, home: Path) -> None:
    (home / "one.hl7").write_text(report(1), "utf-8", newline="")
    done = yiqiao("send", "one.hl7", "--to", f"mllp://127.0.0.1:{free_port()}")
    assert done.code == 1
    assert re.match(r"message 1: no acknowledgement: 127\.0\.0\.1:\d+: \[Errno", done.text)
    assert "0 of 1 messages accepted" in done.err


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("one.hl7", "--to", "http://127.0.0.1:1"), 2, "--to must be"),
        (("one.hl7", "--to", "mllp://127.0.0.1"), 2, "--to must be"),
        (("one.hl7", "--to", "mllp://127.0.0.1:99999"), 2, "--to must be"),
        (("one.hl7", "--to", "mllp://[::1"), 2, "--to must be"),
        (("one.hl7", "--to", "mllps://h:1", "--ca", "nosuch.pem"), 2, "nosuch.pem: No such file"),
        (("one.hl7", "--to", "mllps://h:1", "--ca", "one.hl7"), 2, "one.hl7: "),
        (("one.hl7", "--to", "mllps://h:1", "--certificate", "one.hl7"), 2, "one.hl7: "),
        (("nosuch.hl7", "--to", "mllp://127.0.0.1:1"), 2, "nosuch.hl7: No such file"),
        (("empty.hl7", "--to", "mllp://127.0.0.1:1"), 1, "empty.hl7: no message found"),
        (("one.hl7", "empty.hl7", "--to", "mllp://h:1"), 1, "empty.hl7: no message found"),
        (("wide.hl7", "--to", "mllp://h:1"), 1, "wide.hl7: octets not valid in utf-16-le"),
        (("one.hl7", "--to", "mllp://h:1", "--ca", "ca.pem"), 2, "--key are for mllps://"),
        (("one.hl7", "--to", "mllps://h:1", "--key", "lis.key"), 2, "--key goes with"),
    ],
)
def test_what_cannot_be_sent(
    yiqiao: Yiqiao, home: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    (home / "one.hl7").write_text(report(1), "utf-8", newline="")
    (home / "empty.hl7").write_bytes(b"")
    (home / "wide.hl7").write_bytes(b"\xff\xfeM")
    done = yiqiao("send", *words)
    assert (done.code, done.out) == (code, b"")
    assert told in done.err
    assert len(done.err.splitlines()) == 1


def test_a_quarantined_message_is_shown_mended_and_replayed(
    yiqiao: Yiqiao, gateway: Gateway, tmp_path: Path
) -> None:
    late = report(1).replace("TJH01", "LATE").replace("|CHN|UNICODE UTF-8", "")
    octets = late.encode("gb18030")
    with gateway:
        with gateway.serving():
            gateway.send(octets)
        (row,) = yiqiao(*["quarantine", "list"]).text.splitlines()[1:]
        number = row.split("\t")[0]
        shown = yiqiao(*["quarantine", "show", number]).text
        before = yiqiao("audit", "verify").text
        yiqiao("quarantine", "show", number)
        assert yiqiao("audit", "verify").text == before
        content = yiqiao(*["quarantine", "show", number, "--content"]).text
        assert yiqiao("audit", "verify").text != before  # whoever reads a message is recorded
        still = yiqiao(*["quarantine", "replay", number])
        stranger = yiqiao("quarantine", "list", "--source", "late")
        assert yiqiao(*["source", "add", "late", "--facility", "LATE"]).code == 0
        again = yiqiao(*["quarantine", "replay", "--all"])
        assert "unknown-source" not in yiqiao("quarantine", "show", number).text  # any more
        with gateway.serving("worker"):
            gateway.settled()
        assert gateway.quarantine() == []
        assert gateway.count("resource") > 0
    assert "error: MSH-4: unknown-source: MSH-4 names no registered source" in shown
    assert "测试" not in shown
    assert "||测试0^^^^^^L^I|" in content
    assert len(content.splitlines()) >= len(late.splitlines())
    assert (stranger.code, stranger.err) == (1, "yiqiao: there is no source late\n")
    assert "1 still cannot be read" in still.text
    assert "1 messages wait again" in again.text


def test_octets_that_are_no_text_are_shown_escaped(yiqiao: Yiqiao, gateway: Gateway) -> None:
    with gateway:
        with gateway.serving("mllp"):
            gateway.send(b"MSH|^~\\&|A|TJH01|C|D|20260101||ADT^A04|1|P|2.5\rPID|1||\xff\xff")
        done = yiqiao(*["quarantine", "show", "1", "--content"])
    told = (
        "the octets are not valid in their character set: octets not valid in gb18030 at offset 54"
    )
    assert f"  error: MSH-18: undecodable: {told}" in done.text.splitlines()
    assert "PID|1||\\xff\\xff" in done.text


def test_an_altered_audit_log_is_told(yiqiao: Yiqiao, gateway: Gateway) -> None:
    from sqlalchemy import text

    with gateway:
        with gateway.serving("api"), gateway.ask("tjh01-his") as asker:
            for _ in range(3):
                asker.get("Patient", name="nobody")
        kept = yiqiao(*["audit", "verify"])
        head = re.search(r"head (\S+)", kept.text)
        assert kept.code == 0
        assert head is not None
        assert yiqiao("audit", "verify", "--head", head[1]).code == 0
        with gateway.store.begin() as tx:
            tx.connection.execute(text("UPDATE audit SET recorded = recorded + 1 WHERE seq = 2"))
        broken = yiqiao(*["audit", "verify"])
    assert broken.code == 1
    assert "event 2" in broken.err


@pytest.mark.parametrize(
    ("settings", "code", "told"),
    [
        ({"SERVER__PORT": "taken"}, 1, "cannot listen on 127.0.0.1:"),
        ({"SERVER__HOST": "::1", "SERVER__PORT": "99999"}, 2, "YIQIAO_SERVER__PORT: server.port: "),
        ({"MLLP__PORT": "taken"}, 1, "cannot listen on 127.0.0.1:"),
        ({"MLLP__CHARSET": "klingon"}, 2, "mllp.charset: "),
        ({"MLLP__TLS_CERTIFICATE": "nosuch.pem"}, 2, "tls_certificate: nosuch.pem: No such file"),
        ({"KEYS__DIRECTORY": "elsewhere"}, 1, "elsewhere: not the keys that this database"),
        ({"MLLP__TLS_CLIENT_CA": "authority.pem"}, 2, "tls_client_ca need tls_certificate"),
        ({"CONFIG": "bad.toml"}, 2, "bad.toml"),
        ({"CONFIG": "no.toml"}, 2, "no.toml"),
        ({"DATABASE__URL": "postgresql://u:secret@127.0.0.1:1/x"}, 1, "database cannot be used"),
    ],
)
def test_serve_says_why_it_does_not_start(
    yiqiao: Yiqiao,
    gateway: Gateway,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, str],
    code: int,
    told: str,
) -> None:
    monkeypatch.setattr("gateway.serving.configure_logging", lambda _: None)
    monkeypatch.setenv("YIQIAO_SERVER__PORT", "0")
    monkeypatch.setenv("YIQIAO_MLLP__PORT", "0")
    (tmp_path / "bad.toml").write_text("[server]\nprot = 1\n")
    with gateway, socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for name, value in settings.items():
            monkeypatch.setenv(f"YIQIAO_{name}", port if value == "taken" else value)
        done = yiqiao(*["serve"])
    assert done.code == code, done.err
    (line,) = done.err.splitlines()
    assert line.startswith("yiqiao: ")
    assert told in line
    assert "secret" not in line


def test_serve_does_not_start_with_a_wrong_table_row(
    yiqiao: Yiqiao, gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site.map"
    site.write_text("")
    with gateway:
        words = ["source", "add", "x", "--facility", "X", "--profile", "site.map"]
        assert yiqiao(*words).code == 0
        site.write_text("\nPID -> Patient\n  PID-5  nonsense\n")
        monkeypatch.setattr("gateway.serving.configure_logging", lambda _: None)
        done = yiqiao(*["serve"])
    assert done.code == 2
    assert f"{site}:3: " in done.err
    assert len(done.err.splitlines()) == 1


def test_serve_ends_with_what_it_has_begun_when_told(gateway: Gateway) -> None:
    with gateway:
        process = gateway.start()
        gateway.send(*(text.encode() for text in reports(50)))
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
        assert gateway.count("spool") == 50
    assert '"stopping"' in gateway.log
    assert '"level": "error"' not in gateway.log


def test_the_demonstration_is_told_to_a_pipe(
    yiqiao: Yiqiao, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What this machine has set is not for the story.
    monkeypatch.setenv("YIQIAO_MLLP__ENABLED", "false")
    monkeypatch.setenv("YIQIAO_TENANT", "other")
    began = time.monotonic()
    done = yiqiao("demo")
    assert time.monotonic() - began < 60
    assert done.code == 0, done.err
    assert done.err == ""
    for chapter in range(1, 9):
        assert f"\n{chapter}. " in done.text
    assert "葉弢" in done.text
    assert "not-confirmed" in done.text
    assert "\x1b[" not in done.text


def test_a_demonstration_that_goes_wrong_says_so(
    yiqiao: Yiqiao, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.demo.story.Story.consent", lambda _: None)
    done = yiqiao("demo")
    assert done.code == 1
    assert "the demonstration went wrong" in done.err
