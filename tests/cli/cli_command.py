"""What a test of the command gives and gets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode()

    @property
    def rows(self) -> list[dict[str, str]]:
        """A table, as a pipe gets it."""
        head, *rows = (line.split("\t") for line in self.text.splitlines())
        return [dict(zip(head, row, strict=True)) for row in rows]

    @property
    def lines(self) -> list[dict[str, Any]]:
        """NDJSON."""
        assert not self.out or self.out.endswith(b"\n")
        return [orjson.loads(line) for line in self.out.splitlines()]


Yiqiao = Callable[..., Done]
