"""Conditions as HL7's maps write them in, expressions out; or nothing, where they are prose.

They are something between a language and prose: ``IF PV1-43 VALUED``, ``IF OBX-2 IN ("NA", "NM")``,
``If positive``, with slips of the pen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from conformance.conditions import Expression, head
from conformance.notation import Element, element

_TOKEN = re.compile(
    r'\s*(?:(?P<text>"[^"]*")|(?P<element>[A-Z][A-Z0-9]{1,2}(?:[-.]\d+(?:\.\d+)*)?(?=[\s()=]|$))'
    r"|(?P<word>[A-Za-z.]+|\d+)|(?P<sign>[(),=]|>|<))"
)
_WORDS = frozenset({
    "IF", "AND", "OR", "NOT", "IS", "IN", "DOES", "AREA", "ARE", "VALUED", "VALUE", "EXIST",
    "EMPTY", "EQUALS", "EQUAL", "COUNT", "LENGTH", "LST.COUNT", "GREATER", "LESS", "THAN",
})  # fmt: skip


def written(
    text: str, own: Element | None, base: Element | None, map_name: str
) -> Expression | None:
    """Read a published condition; None if it is prose.

    Parameters
    ----------
    text
        ``IF ORC-2 NOT VALUED``.
    own
        The element of its row, which ``IF NOT VALUED`` speaks of.
    base
        Of a row of a data type map: where the type is read; else None.
    map_name
        The name of the row's map.
    """
    try:
        return _Reader(text, own, base, map_name).read()
    except _ProseError:
        return None


class _ProseError(Exception):
    """What is written is not in the language."""


class _Reader:
    """Reads one condition from left to right."""

    def __init__(self, text: str, own: Element | None, base: Element | None, map_name: str) -> None:
        self._own, self._base, self._map = own, base, map_name
        self._last: list[Element] = [own] if own is not None else []
        self._tokens = list(_tokens(text))
        self._at = 0

    def read(self) -> Expression:
        if self._tokens[:1] != ["IF"]:
            raise _ProseError
        found = self._either()
        while self._next(")"):
            continue
        if self._at < len(self._tokens):
            raise _ProseError
        return found

    def _either(self) -> Expression:
        parts = [self._all()]
        while self._next("OR"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else ("or", *parts)

    def _all(self) -> Expression:
        parts = [self._one()]
        while self._next("AND"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else ("and", *parts)

    def _one(self) -> Expression:
        self._next("IF")
        if self._next("("):
            found = self._either()
            self._next(")")  # some are never closed
            return found
        joined, elements = self._elements()
        elements = elements or self._last
        if not elements:
            raise _ProseError
        self._last, start, parts = elements, self._at, []
        for each in elements:  # one predicate for them all
            self._at = start
            parts.append(self._said(each))
        return parts[0] if len(parts) == 1 else (joined, *parts)

    def _elements(self) -> tuple[str, list[Element]]:
        """Take ``A``, ``A AND B`` or ``A OR B`` before a predicate; return the word, and them."""
        found: list[Element] = []
        joined = "and"
        while isinstance(self._peek(), tuple):
            found.append(self._element(self._take()[0]))
            if self._peek() not in {"AND", "OR"} or not isinstance(self._peek(1), tuple):
                break
            joined = self._take().lower()
        return joined, found

    def _element(self, text: str) -> Element:
        found = element(text, self._map, self._base is not None)
        if found is None:
            raise _ProseError
        of_type = "-" not in text and found.name != self._map.partition("[")[0]
        within = self._base if not found.name else self._own if of_type else None
        if within is not None and found.numbers:
            found = Element(within.name, within.numbers + found.numbers)
        return head(found)

    def _said(self, about: Element) -> Expression:
        while self._next("IS") or self._next("AREA") or self._next("ARE") or self._next("DOES"):
            continue
        if self._next("NOT"):
            return ("not", self._said(about))
        word = self._take()
        match word:
            case "VALUED" | "VALUE" | "EXIST":
                return ("valued", about)
            case "EMPTY":
                return ("not", ("valued", about))
            case "IN":
                return ("in", about, self._list())
            case "EQUALS" | "EQUAL" | "=" if isinstance(self._peek(), str):
                return ("in", about, (self._text(self._take()),))
            case "COUNT" | "LST.COUNT" | "LENGTH":
                return self._number("length" if word == "LENGTH" else "count", about)
            case str() if word.startswith('"'):
                return ("in", about, (self._text(word),))
        raise _ProseError

    def _list(self) -> tuple[str, ...]:
        if not self._next("("):
            raise _ProseError
        found = [self._text(self._take())]
        while self._next(","):
            found.append(self._text(self._take()))
        self._next(")")
        return tuple(found)

    def _text(self, token: Any) -> str:
        if not isinstance(token, str) or not token.startswith('"'):
            raise _ProseError
        return token.strip('"').strip()

    def _number(self, kind: str, about: Element) -> Expression:
        """Read a comparison; that it is not above a number is the opposite of that it is."""
        words = ""
        while not (token := self._take()).isdigit():
            words += token
        number = int(token)
        match words:
            case "GREATERTHAN" | ">":
                return (kind, about, (">", str(number)))
            case "LESSTHANOREQUALS" | "=" | "EQUALS" if words[:4] == "LESS" or number == 1:
                return ("not", (kind, about, (">", str(number))))
        raise _ProseError

    def _peek(self, ahead: int = 0) -> Any:
        place = self._at + ahead
        return self._tokens[place] if place < len(self._tokens) else None

    def _take(self) -> Any:
        token = self._peek()
        if token is None:
            raise _ProseError
        self._at += 1
        return token

    def _next(self, word: str) -> bool:
        found: bool = self._peek() == word
        self._at += found
        return found


def _tokens(text: str) -> Iterator[Any]:
    """Yield words in capitals, texts with their quotation marks, elements as tuples of one."""
    text, at = text.strip().rstrip("."), 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            yield "?"
            return
        at = match.end()
        word = match["word"]
        if match["element"] and match["element"] not in _WORDS:
            yield (match["element"],)
        elif match["element"] or word:
            yield (match["element"] or word).upper()
        else:
            yield match["text"] or match["sign"]
