"""What one segment's map has of another's: ``IAM -> AllergyIntolerance  like AL1``.

Lines of a map in; out come its lines, and those of the map that it is like, as if they were written
of its own segment: what is said of AL1-3 is said of IAM-3.
"""

from __future__ import annotations

import re
from functools import partial

from mappings.language.lexer import Line, Quoted
from mappings.language.tree import TableError, Tables


def likeness(block: list[Line], known: Tables) -> tuple[list[Line], list[Line]]:
    """Return a map's lines without ``like``, and the rows of the map that it is like.

    Raises
    ------
    TableError
        No map above makes the same of the other segment.
    """
    head, *rows = block
    read, _, made, *options = head.words
    if options[:1] != ["like"]:
        return block, []
    other = options[1] if options[1:] else ""
    theirs = known.blocks.get(f"{other}[{made}]")
    if theirs is None or f"{read}[{made}]" in known.blocks:
        raise TableError(head.where, f"write first {other} -> {made}, then {read} like {other}")
    move = partial(_moved, other=other, own=read)
    head = head._replace(words=[read, "->", made, *options[2:]])
    return [move(line) for line in (head, *rows)], [move(line) for line in theirs[1:]]


def _moved(line: Line, other: str, own: str) -> Line:
    """Return a line with fields of the one segment in the place of the other's."""
    field = re.compile(rf"\b{other}-(?=\d)")
    words = [
        word if isinstance(word, Quoted) else field.sub(f"{own}-", word) for word in line.words
    ]
    return line._replace(words=words)
