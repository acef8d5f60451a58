"""What one segment's map has of another's: a row ``like AL1`` in ``IAM -> AllergyIntolerance``.

Lines of a map in; out come its lines, with those of the map that it is like in that row's place, as
if they were written of its own segment: what is said of AL1-3 is said of IAM-3, and IAM[…]
stands for AL1[…].
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from mappings.language.lexer import Line, Quoted, below
from mappings.language.tree import TableError, Tables


def likeness(block: list[Line], known: Tables) -> list[Line]:
    """Return a map's lines, with those of the map that it is like.

    Its own rows for the same source and target stand instead of the other's, and its own keys;
    what it drops is left out.

    Raises
    ------
    TableError
        No map above makes the same of the other segment, or there is no row to drop.
    """
    head, *rows = block
    cut = next((n for n, line in enumerate(rows) if line.words[0] == "like"), None)
    if cut is None:
        return block
    read, _, made = head.words[:3]
    where, other = rows[cut].where, " ".join(rows[cut].words[1:])
    theirs = known.blocks.get(f"{other}[{made}]")
    if theirs is None or f"{read}[{made}]" in known.blocks:
        raise TableError(where, f"write first {other} -> {made}, then of {read}: like {other}")
    own = list(_moved([*rows[:cut], *rows[cut + 1 :]], other, read))
    alike = _without(list(_moved(theirs[1:], other, read)), own)
    kept = [line for line in own if line.words[0] != "drop"]
    above = sum(line.words[0] != "drop" for line in own[:cut])
    return [*_moved([head], other, read), *kept[:above], *alike, *kept[above:]]


def _without(alike: list[Line], own: list[Line]) -> list[Line]:
    """Leave out of the other's lines what a map says itself, or drops."""
    signs = {_sign(line) for line, _ in below(alike)}
    for line in own:
        if line.words[0] == "drop" and tuple(line.words[1:]) not in signs:
            raise TableError(line.where, f"there is no row {' '.join(line.words[1:])!r} to drop")
    said = {_sign(line) for line, _ in below(own)}
    said |= {tuple(line.words[1:]) for line in own if line.words[0] == "drop"}
    return list(
        chain.from_iterable(
            (line, *nested) for line, nested in below(alike) if _sign(line) not in said
        )
    )


def _sign(line: Line) -> tuple[str, ...]:
    """Return what tells a row: source and target; of a key, that it is one."""
    return ("key",) if line.words[0] == "key" else tuple(line.words[:2])


def _moved(lines: Iterable[Line], other: str, own: str) -> Iterator[Line]:
    """Yield lines with fields of the one segment in the place of the other's."""
    name = re.compile(rf"\b{other}(?=-\d|\[|$)")
    for line in lines:
        words = (w if isinstance(w, Quoted) else name.sub(own, w) for w in line.words)
        yield line._replace(words=list(words))
