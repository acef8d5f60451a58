"""What the way out needs to know of identifiers: how they compare, and how they are looked up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol


class Identifiers(Protocol):
    """Knowledge of identifier systems."""

    def compared(self, system: str, value: str) -> tuple[str, str]:
        """Return the system and value by which an identifier equals its other spellings."""
        ...

    def tokens(self, system: str, value: str) -> Iterable[bytes]:
        """Return the keyed hashes under which an identifier may be found."""
        ...

    def strong(self, system: str, value: str) -> bytes | None:
        """Return the keyed hash of a valid resident identity number; None if it is none."""
        ...
