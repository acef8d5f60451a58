"""Text in, the parts of it that HL7's separators divide out: components, first values, tests."""

from __future__ import annotations

from mappings.hl7v2.escapes import unescape

BLANK = "~^& "  # of a value that has none of these characters beside it, nothing is valued


def part(text: str, separator: str, number: int) -> str:
    """Component `number` (from 1) of `text`, or ""."""
    if separator not in text:
        return text if number == 1 else ""
    start = 0
    for _ in range(number - 1):  # not `split`, which would copy a whole PDF to look beside it
        start = text.find(separator, start) + 1
        if not start:
            return ""
    end = text.find(separator, start)
    return text[start:] if end < 0 else text[start:end]


def leaf(text: str) -> str:
    """Return a component's plain text, for conditions."""
    return unescape(text).strip() if "\\" in text else text


def head(value: str) -> str:
    """First component of the first repetition, as plain text; what follows may be a PDF."""
    if "~" in value:
        value = value[: value.index("~")]
    if "^" in value:
        value = value[: value.index("^")]
    return leaf(value)


def part_of(parts: list[str], component: int, subcomponent: int) -> str:
    """Component (and subcomponent) of a split value, for keys."""
    if component > len(parts):
        return ""
    value = parts[component - 1]
    return (part(value, "&", subcomponent) if subcomponent else value).strip()


def count(value: str) -> int:
    """How many repetitions a field has."""
    return value.count("~") + 1 if value else 0
