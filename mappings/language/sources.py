"""Sources and targets: the words ``PID-3.4`` and ``name[].given[]`` in, `Source` and `Step` out."""

from __future__ import annotations

import re

from mappings.language.tree import Source, Step, TableError, Where

_SEGMENT = re.compile(r"([A-Z][A-Z0-9]{2})-(\d{1,3})(?:\.(\d{1,2}))?(?:\.(\d{1,2}))?")
_TYPE = re.compile(r"([A-Z][A-Z0-9]{1,3})(?:\.(\d{1,2}))?(?:\.(\d{1,2}))?")
_NESTED = re.compile(r"\.(\d{1,2})?(?:\.(\d{1,2}))?")
_RESOURCE = re.compile(r"[A-Z][a-z][A-Za-z]+")
_STEP = re.compile(r"(\$this|_?[a-zA-Z]\w*)(?:\[([A-Za-z0-9-]*)\])?")


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
        return Source(match[1], *(int(n or 0) for n in match.groups()[1:]))
    if match := _NESTED.fullmatch(word):
        return Source("", 0, *(int(n or 0) for n in match.groups()))
    if _RESOURCE.fullmatch(word):
        return Source(f"@{word}")
    if match := _TYPE.fullmatch(word):
        return Source(match[1], 0, *(int(n or 0) for n in match.groups()[1:]))
    raise TableError(where, f"{word!r} is not a field (PID-3), a component (CX.4, .4), '.' or '-'")


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
        steps.append(Step(match[1], match[2]))
    return tuple(steps)
