"""Python functions, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Writer:
    """Collects functions; of the one being written, its lines.

    What is written of a function depends on nothing that was written before it: tables that say
    the same of a map share its code (`mappings.compiler.modules`).
    """

    def __init__(self) -> None:
        self.functions: list[str] = []
        self.lines: list[str] = []
        self.depth = 0
        self._count = 0

    @contextmanager
    def function(self, head: str) -> Iterator[None]:
        """Begin a function: its name and parameters; what is written inside is its body."""
        self.lines, self._count = [], 0
        self.line(f"def {head}:")
        with self.block():
            yield
        self.functions.append("\n".join(self.lines))

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
        """Return a local name that no other line of the function uses."""
        self._count += 1
        return f"{prefix}{self._count}"
