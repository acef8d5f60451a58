"""A word that nobody knows and those that are known in, what to write instead out."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

_ALIKE = 0.7  # of 1, what is the same in both
_FEW = 12  # words that an error can name


def near(word: str, known: Collection[str]) -> str:
    """Return ``: did you mean when?`` for ``wehn``; "" where no known word is like it."""
    words = {each.lower(): each for each in sorted(known, reverse=True)}
    lower = word.lower()
    alike = [lower] if lower in words else get_close_matches(lower, words, 1, _ALIKE)
    longer = sorted((each for each in words if lower and each.startswith(lower)), key=len)
    best = next(iter([*alike, *longer]), "")
    return f": did you mean {words[best]}?" if best else ""


def instead(word: str, known: Collection[str]) -> str:
    """As `near`; where no word is like it, all that are known, if they are few."""
    few = f": it has {', '.join(sorted(known))}" if 0 < len(known) <= _FEW else ""
    return near(word, known) or few
