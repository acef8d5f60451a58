"""The tutorial is run as it stands: its commands in one shell, its answers compared."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
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
    tutorial = blocks(DOCS / "tutorial.md")
    steps = [index for index, block in enumerate(tutorial) if block.language == "sh"]
    http, mllp = _free_port(), _free_port()
    script = "\n".join(_step(tutorial[index].text) for index in steps) + "\nkill $SERVER; wait\n"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("YIQIAO_")},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "CHECKOUT": str(ROOT),
        "YIQIAO_URL": f"http://127.0.0.1:{http}",
        "YIQIAO_SERVER__PORT": str(http),
        "YIQIAO_SERVER__BASE_URL": f"http://127.0.0.1:{http}",
        "YIQIAO_MLLP__PORT": str(mllp),
    }
    done = subprocess.run(
        ["bash", "-c", script.replace("2575", str(mllp)).replace("8080", str(http))],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    answers = done.stdout.split(f"{_MARK}\n")
    assert len(answers) == len(steps) + 1, done.stdout
    for index, answer in zip(steps, answers, strict=False):
        expected = _expected(tutorial, index)
        assert re.fullmatch(expected, answer), f"after\n{tutorial[index].text}came\n{answer}"


def _step(text: str) -> str:
    if text.strip() == "yiqiao serve":
        text = f"yiqiao serve 2>serve.log & SERVER=$!\n{_WAIT}\n"
    elif " send " in text or " replay " in text:
        text = f"{text}{_WAIT}\n"
    return f"{text}echo '{_MARK}'"


def _expected(tutorial: list[Block], index: int) -> str:
    """The answer that the page shows after a step, as a pattern: `…` is anything."""
    following = tutorial[index + 1] if index + 1 < len(tutorial) else Block("", "")
    if following.language != "text":
        return "(?:HTTP 2..\n)*"
    lines = (re.escape(line).replace("…", ".*") for line in following.text.splitlines())
    return "".join(f"{line}\n" for line in lines)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
