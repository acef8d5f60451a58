"""Lines of Python source, indented."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Writer:
    """Collects source lines; `fresh` gives names that no other line uses."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.depth = 0
        self._count = 0

    def line(self, text: str) -> None:
        """Write one line at the present depth."""
        self.lines.append("    " * self.depth + text)

    @contextmanager
    def block(self) -> Iterator[None]:
        """Indent what is written inside."""
        self.depth += 1
        before = len(self.lines)
        yield
        if all(line.lstrip().startswith("#") for line in self.lines[before:]):
            self.line("pass")
        self.depth -= 1

    def fresh(self, prefix: str) -> str:
        """Return a new local name."""
        self._count += 1
        return f"{prefix}{self._count}"
