"""Pages that tell commands to try are run as they stand: in one shell, their answers compared."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from docs_pages import DOCS, ROOT, Block, blocks

_MARK = "@@ end of block"
_WAIT = """python - <<'WAIT'
import json, time, urllib.request
for _ in range(150):
    try:
        with urllib.request.urlopen("http://127.0.0.1:8080/readyz") as answer:
            if not json.load(answer)["spool"]["pending"]:
                break
    except OSError:
        pass
    time.sleep(0.1)
WAIT"""


def test_the_tutorial_holds(tmp_path: Path) -> None:
    _run(blocks(DOCS / "tutorial.md"), tmp_path, strict=True)


def test_a_feed_is_connected_as_the_readme_says(tmp_path: Path) -> None:
    message = ROOT / "gateway" / "demo" / "data" / "1-tjh01-registration.hl7"
    shutil.copy(message, tmp_path / "feed.hl7")
    shutil.copytree(DOCS / "examples", tmp_path / "docs" / "examples")
    answer = _run(blocks(ROOT / "README.md"), tmp_path, strict=False)
    assert "message 1: CA H1" in answer
    assert '"total": 1,' in answer
    assert "葉弢" in answer


def _run(page: list[Block], folder: Path, *, strict: bool) -> str:
    """Run a page's `sh` blocks in a folder, hold answers to its `text` blocks; return all.

    `strict`: where the page shows no answer, none comes.
    """
    steps = [index for index, block in enumerate(page) if block.language == "sh"]
    http, mllp = _free_port(), _free_port()
    script = "\n".join(_step(page[index].text) for index in steps) + "\nkill $SERVER; wait\n"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("YIQIAO_")},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "CHECKOUT": str(ROOT),
        "YIQIAO_URL": f"http://127.0.0.1:{http}",
        "YIQIAO_SERVER__PORT": str(http),
        "YIQIAO_SERVER__BASE_URL": f"http://127.0.0.1:{http}",
        "YIQIAO_MLLP__PORT": str(mllp),
    }
    shell = subprocess.Popen(
        ["bash", "-c", script.replace("2575", str(mllp)).replace("8080", str(http))],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = shell.communicate(timeout=300)
    finally:
        with suppress(ProcessLookupError):  # the gateway too, if the shell did not get to stop it
            os.killpg(shell.pid, signal.SIGKILL)
    answers = output.split(f"{_MARK}\n")
    assert len(answers) == len(steps) + 1, output
    for index, answer in zip(steps, answers, strict=False):
        told = page[index + 1 :][:1]
        if told and told[0].language == "text":
            assert re.fullmatch(_pattern(told[0].text), answer), f"{page[index].text}\n{answer}"
        elif strict:
            assert answer in {"", "HTTP 200\n"}, f"{page[index].text}\n{answer}"
    return output


def _step(text: str) -> str:
    if text.strip() == "yiqiao serve":
        text = f"yiqiao serve 2>serve.log & SERVER=$!\n{_WAIT}\n"
    elif " send " in text or " replay " in text:
        text = f"{text}{_WAIT}\n"
    return f"{text}echo '{_MARK}'"


def _pattern(text: str) -> str:
    """The answer that a page shows, as a pattern: `…` is anything on its line."""
    lines = (re.escape(line).replace("…", ".*") for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
