"""The command in this process: words and standard input in, exit code and output out."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from cli_command import Done, Yiqiao
from processes import Gateway

from gateway.cli import main
from gateway.keys import Keys
from gateway.store import Store


@pytest.fixture
def home(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working directory with settings of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("YIQIAO_CONFIG", raising=False)
    monkeypatch.setenv("YIQIAO_DATABASE__URL", sqlite_url)
    monkeypatch.setenv("YIQIAO_KEYS__DIRECTORY", str(tmp_path / "keys"))
    return tmp_path


@pytest.fixture
def yiqiao(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Yiqiao]:
    """Return the command `yiqiao`; how it logs is forgotten afterwards."""

    def run(*words: object, stdin: bytes = b"") -> Done:
        out, err = io.BytesIO(), io.BytesIO()
        streams = [io.TextIOWrapper(s, "utf-8", write_through=True) for s in (out, err)]
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["yiqiao", *map(str, words)])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
            patch.setattr(sys, "stdout", streams[0])
            patch.setattr(sys, "stderr", streams[1])
            with pytest.raises(SystemExit) as stopped:
                main()
        code = stopped.value.code
        assert isinstance(code, int | None)
        return Done(code or 0, out.getvalue(), err.getvalue().decode())

    yield run
    structlog.reset_defaults()


@pytest.fixture
def store(sqlite_url: str, home: Path) -> Iterator[Store]:
    """Return the store that the command works on."""
    opened = Store.open(sqlite_url, Keys(home / "keys"))
    yield opened
    opened.close()


@pytest.fixture
def gateway(sqlite_url: str, tmp_path: Path) -> Gateway:
    """Return an installation with the demonstration's participants, to be entered."""
    return Gateway(sqlite_url, tmp_path)
