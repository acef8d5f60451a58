"""Conditions after ``when``: words in, a condition tree out.

::

    PID-29 not valued            OBX-2 is NM            OBX-11 in (C, D, W)
    count OBX-5 > 1              length PID-7 > 8       XPN.1 is-a han
    PID-8 is not M               OBX-11 not in (C, D)   A and not (B or C)
    CWE.3 names ICD10-CN         CWE.3 names (ICD10-CN, I10)
    planned                      not planned (a name of the table ``conditions``)
"""

from __future__ import annotations

import re

from mappings.language.lexer import Quoted
from mappings.language.sources import source
from mappings.language.tree import Combined, Condition, TableError, Test, Where

_OPERATORS = {">", "<", ">=", "<=", "="}
#: Predicates usable after ``is-a``; `mappings.runtime.text.primitives` implements them.
SHAPES = frozenset(
    {
        "amount",
        "ascii",
        "base64",
        "comparator",
        "date",
        "date-time",
        "denial",
        "denial-of-all",
        "denial-of-drugs",
        "denial-of-environment",
        "denial-of-food",
        "doubtful",
        "email",
        "filler",
        "han",
        "gb2260",
        "gb3304",
        "icd10",
        "icd10-cn",
        "icd10-cn-x",
        "icd10-double",
        "icd10-list",
        "identity-number",
        "latin",
        "lowered",
        "masked",
        "measure",
        "money",
        "name",
        "number",
        "oid",
        "above-zero",
        "positive",
        "pressures",
        "raised",
        "range-from",
        "range-to",
        "rate",
        "telephone",
        "time-unit",
        "travel-permit",
        "word",
        "words",
        "zeros",
    }
)

MOST = 16  # conditions within one another
NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")  # of a set, or of a condition
#: Words that mean something in a condition, where one could be called so
KEYWORDS = frozenset({"not", "and", "or", "count", "length", "when"})


def condition(words: list[str], where: Where) -> Condition:
    """Parse the words after ``when``.

    Raises
    ------
    TableError
        Anything that is not a condition; the message says which word was not understood.
    """
    parser = _Parser(split_parentheses(words), where)
    result = parser.any_of()
    if parser.words:
        raise TableError(where, f"cannot read the condition from {parser.words[0]!r} on")
    return result


def split_parentheses(words: list[str]) -> list[str]:
    """Return words with parentheses and commas as words of their own."""
    result: list[str] = []
    for word in words:
        if isinstance(word, Quoted):
            result.append(word)
        else:
            result.extend(part for part in re.split(r"([(),])", word) if part)
    return result


def _is_name(word: str) -> bool:
    return bool(NAME.fullmatch(word)) and word not in KEYWORDS


def _joined(operator: str, parts: list[Condition]) -> Condition:
    """Combine conditions; those of one that is combined so itself are its own."""
    found: list[Condition] = []
    for part in parts:
        if isinstance(part, Combined) and part.operator == operator:
            found += part.parts
        else:
            found.append(part)
    return found[0] if len(found) == 1 else Combined(operator, tuple(found))


class _Parser:
    def __init__(self, words: list[str], where: Where) -> None:
        self.words = words
        self.where = where
        self.depth = 0

    def take(self, what: str) -> str:
        if not self.words:
            raise TableError(self.where, f"the condition ends where {what} was expected")
        return self.words.pop(0)

    def accept(self, word: str) -> bool:
        if self.words and self.words[0] == word and not isinstance(self.words[0], Quoted):
            self.words.pop(0)
            return True
        return False

    def any_of(self) -> Condition:
        parts = [self.all_of()]
        while self.accept("or"):
            parts.append(self.all_of())
        return _joined("or", parts)

    def all_of(self) -> Condition:
        parts = [self.one()]
        while self.accept("and"):
            parts.append(self.one())
        return _joined("and", parts)

    def one(self) -> Condition:
        self.depth += 1
        if self.depth > MOST:
            raise TableError(self.where, "too many parentheses, one in the other")
        found = self.inner()
        self.depth -= 1
        return found

    def inner(self) -> Condition:
        if self.accept("not"):
            following = self.words[0] if self.words else ""
            if following != "(" and not _is_name(following):
                raise TableError(self.where, "write not behind the field: PID-8 is not M")
            return Combined("not", (self.one(),))
        if self.accept("("):
            inner = self.any_of()
            if not self.accept(")"):
                raise TableError(self.where, "a parenthesis is not closed")
            return inner
        for kind in ("count", "length"):
            if self.accept(kind):
                return self.measure(kind)
        return self.test()

    def measure(self, kind: str) -> Condition:
        read = source(self.take("a field"), self.where)
        operator, number = self.take("a comparison"), self.take("a number")
        if operator not in _OPERATORS or not (number.isascii() and number.isdigit()):
            raise TableError(self.where, f"write: {kind} {read} > 1")
        if operator == "<=":
            return Combined("not", (Test(kind, read, (number,), ">"),))
        return Test(kind, read, (number,), operator)

    def test(self) -> Condition:
        word = self.take("a field")
        if _is_name(word):
            raise TableError(self.where, f"no condition above is called {word!r}")
        read = source(word, self.where)
        negated = self.accept("not")
        verb = self.take("'valued', 'is', 'in', 'names' or 'is-a'")
        if verb == "valued":
            result = Test("valued", read)
        elif verb == "is":
            negated = self.accept("not") or negated
            result = Test("in", read, (self.value("a value"),))
        elif verb == "in":
            result = Test("in", read, self.values())
        elif verb == "names":
            several = self.words[:1] == ["("]
            result = Test("names", read, self.values() if several else (self.take("a system"),))
        elif verb == "is-a":
            shape = self.take("a shape")
            if shape not in SHAPES:
                raise TableError(self.where, f"{shape!r} is none of {', '.join(sorted(SHAPES))}")
            result = Test("is-a", read, (shape,))
        else:
            raise TableError(
                self.where, f"{verb!r} is none of 'valued', 'is', 'in', 'names', 'is-a'"
            )
        return Combined("not", (result,)) if negated else result

    def value(self, wanted: str) -> str:
        word = self.take(wanted)
        if not word:
            raise TableError(self.where, 'write "not valued" of an empty field, not ""')
        return word

    def values(self) -> tuple[str, ...]:
        if not self.accept("("):
            raise TableError(self.where, "write: in (A, B), or the name of a set above: in NAME")
        values: list[str] = []
        while not self.accept(")"):
            word = self.value("')'")
            if word != ",":
                values.append(word)
        return tuple(values)
