"""Codings in a resource or a provision; out, keys that are equal where one means the other.

A provision that names E11 reaches E11.9 and the Chinese clinical edition's E11.900x001 too: a
resource has a key for each stem of its ICD-10 codes, in the WHO's own system, and a provision that
names a stem asks for that key. Everything else is compared as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator
from functools import lru_cache
from typing import Any, TypeVar

K = TypeVar("K", bound=Hashable)

ICD10 = "http://hl7.org/fhir/sid/icd-10"
ICD10_FAMILY = frozenset(
    {
        ICD10,
        "http://hl7.org/fhir/sid/icd-10-cm",
        "urn:oid:2.16.840.1.113883.6.3",
        "urn:oid:2.16.156.10011.2.3.3.11",  # national clinical edition
    }
)
_ICD10_CODE = re.compile(r"([A-Z]\d\d)(?:\.?([0-9X])?.*)?", re.ASCII | re.IGNORECASE | re.DOTALL)
_APART = re.compile(r"[\s;,+/；，、]+")
_UNITS = "http://unitsofmeasure.org"


def codings(resource: dict[str, Any]) -> list[tuple[str, str]]:
    """Return (system, code) of every coding anywhere in a resource, save in its own meta.

    Contained resources, components and extensions count; units of measure do not. A coding without
    a system has the system "".
    """
    found = []
    stack: list[Any] = [value for name, value in resource.items() if name != "meta"]
    pop, push = stack.pop, stack.append
    while stack:
        node = pop()
        if node.__class__ is dict:
            code = node.get("code")
            if code.__class__ is str:
                system = node.get("system", "")
                if system != _UNITS:
                    found.append((system, code))
            for value in node.values():
                if value.__class__ is dict or value.__class__ is list:
                    push(value)
        elif node.__class__ is list:
            stack.extend(node)
    return found


@lru_cache(maxsize=65_536)
def icd10_stems(code: str) -> tuple[str, ...]:
    """Return the three- and four-character stems of an ICD-10 code: E11.900x001 → E11, E11.9.

    Of several in one text (``E11.900;F32.900``), and of both parts of a double code, those of each.
    """
    found = []
    for part in _APART.split(code.strip()):
        if match := _ICD10_CODE.fullmatch(part):
            three, fourth = match.group(1).upper(), match.group(2)
            found.append(three)
            if fourth and fourth not in "Xx":
                found.append(f"{three}.{fourth}")
    return tuple(dict.fromkeys(found))


def code_keys(resource: dict[str, Any], code_key: Callable[[str, str], K]) -> frozenset[K]:
    """Return the keys of everything coded in a resource, for `Facts.codes`.

    Parameters
    ----------
    code_key
        Makes a key of system and code; the same one that `parse` is given.
    """
    return frozenset(code_key(*pair) for coding in codings(resource) for pair in _meanings(*coding))


def criterion_key(system: str, code: str, code_key: Callable[[str, str], K]) -> K:
    """Return the key that a code named in a provision asks for."""
    if system in ICD10_FAMILY:
        stems = icd10_stems(code)
        if stems and _plain(code) in stems:
            return code_key(ICD10, _plain(code))
    return code_key(system, code)


def _plain(code: str) -> str:
    """Return an ICD-10 code without the filler that stands for "no fourth character"."""
    stem = re.sub(r"\.?X0*$", "", code.strip().upper())
    return f"{stem[:3]}.{stem[3:]}" if len(stem) == 4 and "." not in stem else stem


def _meanings(system: str, code: str) -> Iterator[tuple[str, str]]:
    yield system, code
    if system in ICD10_FAMILY:
        for stem in icd10_stems(code):
            yield ICD10, stem
