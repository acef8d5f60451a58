"""One search parameter: its kind, modifier and text in, a test of a resource out.

A comma separates alternatives, a backslash escapes
(https://hl7.org/fhir/R4/search.html#escaping). A test reads resources that are visible already; it
never decides visibility.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import tzinfo
from typing import Any, NamedTuple

from gateway import dates
from gateway.disclosure.search import quantities
from gateway.disclosure.search.elements import leaves
from gateway.disclosure.search.parameters import Parameter
from gateway.disclosure.search.text import folded, strings_of

Test = Callable[[dict[str, Any]], bool]
Leaf = Callable[[Any], bool]

_SPLIT = {separator: re.compile(rf"((?:[^{separator}\\]|\\.)*)") for separator in ",|"}
_ESCAPED = re.compile(r"\\([\\,|$])")


class Reading(NamedTuple):
    """How values are read: zone of dates without one, our base URL, equal spellings of identifiers.

    `identity` takes an identifier's system and value and returns those by which it is compared.
    """

    zone: tzinfo
    base: str
    identity: Callable[[str, str], tuple[str, str]]


class MatchError(ValueError):
    """A value or modifier that the parameter's kind does not have."""


def split(text: str, separator: str) -> list[str]:
    """Split at unescaped separators; escapes stay."""
    parts, position = [], 0
    while True:
        found = _SPLIT[separator].match(text, position)
        end = found.end() if found else position
        if end < len(text) and text[end] == "\\":
            end = len(text)
        parts.append(text[position:end])
        if end >= len(text):
            return parts
        position = end + 1


def unescaped(text: str) -> str:
    """Return a value without its escapes."""
    return _ESCAPED.sub(r"\1", text)


def compile_test(parameter: Parameter, modifier: str | None, text: str, reading: Reading) -> Test:
    """Compile one occurrence of a parameter.

    Raises
    ------
    MatchError
        The modifier is not offered for the kind, or a value is not of the kind's form.
    """
    if modifier == "missing":
        return _missing(parameter, text)
    if not text:
        raise MatchError("has no value")
    alternatives = [
        _KINDS[parameter.kind](value, modifier, reading) for value in split(text, ",") if value
    ]
    if not alternatives:
        raise MatchError("has no value")
    paths = parameter.paths

    def test(resource: dict[str, Any]) -> bool:
        return any(
            matches(leaf)
            for path in paths
            for leaf in leaves(resource, path)
            for matches in alternatives
        )

    if parameter.kind == "token" and modifier == "not":
        return lambda resource: not test(resource)
    return test


def _missing(parameter: Parameter, text: str) -> Test:
    if text not in ("true", "false"):
        raise MatchError(":missing takes true or false")
    wanted = text == "true"

    def test(resource: dict[str, Any]) -> bool:
        present = any(True for path in parameter.paths for _ in leaves(resource, path))
        return present is not wanted

    return test


def token_parts(text: str) -> tuple[str | None, str]:
    """Return (system, code): system None where any will do, code empty where any will do."""
    parts = split(text, "|")
    if len(parts) > 2:
        raise MatchError("a token is code, system|code, |code or system|")
    if len(parts) == 1:
        return None, unescaped(parts[0])
    return unescaped(parts[0]), unescaped(parts[1])


def _token(text: str, modifier: str | None, reading: Reading) -> Leaf:
    if modifier not in (None, "not"):
        raise MatchError("modifiers of a token are :not and :missing")
    system, code = token_parts(text)
    plain = code
    if system:
        system, code = reading.identity(system, code)

    def same(theirs: str | None, value: str) -> bool:
        if theirs is None:
            return value == plain
        if theirs and system:
            theirs, value = reading.identity(theirs, value)
        return system in (None, theirs) and code in ("", value)

    def matches(leaf: Any) -> bool:
        return any(same(*token) for token in _tokens_of(leaf))

    return matches


def _tokens_of(leaf: Any) -> Iterator[tuple[str | None, str]]:
    """Yield (system, code); system is "" where there is none, None where the element implies it."""
    if isinstance(leaf, bool):
        yield None, "true" if leaf else "false"
    elif isinstance(leaf, str):
        yield None, leaf
    elif isinstance(leaf, dict):
        for coding in leaf.get("coding", (leaf,)):
            value = coding.get("code", coding.get("value"))
            if isinstance(value, str):
                yield coding.get("system", ""), value


def _string(text: str, modifier: str | None, _reading: Reading) -> Leaf:
    wanted = unescaped(text)
    if modifier == "exact":
        return lambda leaf: wanted in strings_of(leaf)
    wanted = folded(wanted)
    if modifier == "contains":
        return lambda leaf: any(wanted in folded(one) for one in strings_of(leaf))
    if modifier is not None:
        raise MatchError("modifiers of a string are :exact, :contains and :missing")
    return lambda leaf: any(folded(one).startswith(wanted) for one in strings_of(leaf))


def _date(text: str, modifier: str | None, reading: Reading) -> Leaf:
    if modifier is not None:
        raise MatchError("the modifier of a date is :missing")
    try:
        within = dates.search_value(unescaped(text), reading.zone)
    except dates.DateError as fault:
        raise MatchError(str(fault)) from fault

    def matches(leaf: Any) -> bool:
        found = dates.element_range(leaf, reading.zone)
        return found is not None and within(found)

    return matches


def _quantity(text: str, modifier: str | None, _reading: Reading) -> Leaf:
    if modifier is not None:
        raise MatchError("the modifier of a quantity is :missing")
    try:
        return quantities.search_value([unescaped(part) for part in split(text, "|")])
    except quantities.QuantityError as fault:
        raise MatchError(str(fault)) from fault


def local_reference(text: str, base: str) -> str:
    """Return a reference as it is stored: without our base URL and without a version."""
    return text.removeprefix(f"{base}/").partition("/_history/")[0]


def _reference(text: str, modifier: str | None, reading: Reading) -> Leaf:
    wanted = local_reference(unescaped(text), reading.base)
    if modifier is not None:
        if not modifier[:1].isupper() or "/" in wanted:
            raise MatchError("modifiers of a reference are :[type] and :missing")
        wanted = f"{modifier}/{wanted}"

    def matches(leaf: Any) -> bool:
        reference = leaf.get("reference") if isinstance(leaf, dict) else None
        if not isinstance(reference, str):
            return False
        return reference == wanted or ("/" not in wanted and reference.partition("/")[2] == wanted)

    return matches


_KINDS: dict[str, Callable[[str, str | None, Reading], Leaf]] = {
    "token": _token,
    "string": _string,
    "date": _date,
    "quantity": _quantity,
    "reference": _reference,
}
