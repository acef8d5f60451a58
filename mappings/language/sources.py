"""The words of rows: ``PID-3.4``, ``name[].given[]``, ``SCT#1`` in; what they stand for out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from mappings.language.lexer import Quoted
from mappings.language.tree import EXTENSIONS, Literal, Source, Step, TableError, Where

FIELDS = 79  # of a segment, that tables may speak of (IN2 has 72)
_NUMBERS = r"(?:\.(\d{1,2}))?(?:\.(\d{1,2}))?"
_SEGMENT = re.compile(rf"([A-Z][A-Z0-9]{{2}})-(\d{{1,3}}){_NUMBERS}", re.ASCII)
_TYPE = re.compile(rf"([A-Z][A-Z0-9]{{1,3}}){_NUMBERS}", re.ASCII)
_NESTED = re.compile(r"\.(\d{1,2})?(?:\.(\d{1,2}))?", re.ASCII)
_RESOURCE = re.compile(r"[A-Z][a-z][A-Za-z]+")
_PARAMETER = re.compile(r"\$[A-Za-z]\w*", re.ASCII)
_STEP = re.compile(r"(\$this|_?[a-zA-Z]\w*)(?:\[([A-Za-z0-9-]*|\*)\](\[\])?)?")


def source(word: str, where: Where) -> Source:
    """Read one source.

    Raises
    ------
    TableError
        The word is not a field, a component, ``.`` or ``-``.
    """
    if word == "-":
        return Source("-")
    if match := _SEGMENT.fullmatch(word):
        return Source(match[1], *_numbers(match.groups()[1:], word, where))
    if match := _NESTED.fullmatch(word):
        return Source("", 0, *_numbers(match.groups(), word, where))
    if _RESOURCE.fullmatch(word):
        return Source(f"@{word}")
    if _PARAMETER.fullmatch(word):
        return Source(word)
    if match := _TYPE.fullmatch(word):
        return Source(match[1], 0, *_numbers(match.groups()[1:], word, where))
    plain = unicodedata.normalize("NFKC", word).upper()
    meant = f": write {plain}" if plain != word and _SEGMENT.fullmatch(plain) else ""
    why = f"{word!r} is not a field (PID-3), a component (CX.4, .4), '.' or '-'{meant}"
    raise TableError(where, why)


def _numbers(written: Iterable[str | None], word: str, where: Where) -> list[int]:
    numbers = [int(number) if number else 0 for number in written]
    if any(number == "0" * len(number) for number in written if number) or max(numbers) > FIELDS:
        raise TableError(where, f"{word!r}: fields and components are numbered from 1 to {FIELDS}")
    return numbers


def sources(word: str, where: Where) -> tuple[Source, ...]:
    """Read ``ORC-2|OBR-2``: alternatives, the first valued one is used."""
    return tuple(source(part, where) for part in word.split("|"))


def target(word: str, where: Where) -> tuple[Step, ...]:
    """Read a FHIR path; ``.`` is the object being built itself.

    Raises
    ------
    TableError
        The word is not a path.
    """
    if word == ".":
        return ()
    steps = []
    for part in re.split(r"\.(?![^\[]*\])", word):
        match = _STEP.fullmatch(part)
        if match is None:
            raise TableError(where, f"{word!r} is not a FHIR path")
        if match[2] and not match[2].strip("0"):
            raise TableError(where, f"{word!r}: items are numbered from 1")
        if match[3] and (match[1] not in EXTENSIONS or not match[2]):
            raise TableError(where, f"{word!r}: name[][] is for extensions: extension[race][]")
        steps.append(Step(match[1], match[2], bool(match[3])))
    if any(step.another for step in steps[:-1]):
        raise TableError(where, f"{word!r}: rows below extension[…][] say what each holds")
    return tuple(steps)


def literal(word: str) -> Literal:
    """Read a constant: a quoted text, ``system#code``, or a word."""
    if isinstance(word, Quoted):
        return Literal(str(word))
    system, mark, code = word.partition("#")
    return Literal(code, system) if mark and code else Literal(word)


def refuse_unseen(text: str, where: Where) -> None:
    """Refuse a constant that is no FHIR string: one with nothing to see, or control characters.

    Raises
    ------
    TableError
        It is one.
    """
    if not text.strip() or text != text.strip() or not text.isprintable():
        raise TableError(where, f"{text!r} is no text to be said: spaces around it, or nothing")
