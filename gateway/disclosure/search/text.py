"""Names as people search them: text in, a folded form to compare out.

Width, case, Latin accents, spaces and the dots between parts of a transcribed name do not tell
names apart, so 山田太郎 equals 山田　太郎. Marks that make another letter (が from か) stay.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

_LATIN_MARKS = re.compile("[\u0300-\u036f]")
_BETWEEN = re.compile(r"[\s\u00b7\u2027\u2022\u30fb]+")


def folded(text: str) -> str:
    """Return the form in which two texts that a person would call equal are equal."""
    apart = _LATIN_MARKS.sub("", unicodedata.normalize("NFKD", text))
    return _BETWEEN.sub("", unicodedata.normalize("NFC", apart).casefold())


def strings_of(value: Any) -> Iterator[str]:
    """Yield what a string search looks at in an element: its text, its parts, its parts joined.

    Covers string, HumanName and Address (https://hl7.org/fhir/R4/search.html#string).
    """
    if isinstance(value, str):
        yield value
        return
    parts = {key: _listed(value.get(key)) for key in _PARTS}
    for texts in parts.values():
        yield from texts
    given = "".join(parts["given"])
    for family in parts["family"]:
        yield family + given
        yield given + family


_PARTS = (
    "text", "family", "given", "prefix", "suffix",
    "line", "city", "district", "state", "postalCode", "country",
)  # fmt: skip


def _listed(value: Any) -> list[str]:
    if value is None:
        return []
    return [part for part in value if part] if isinstance(value, list) else [value]
