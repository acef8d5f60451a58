"""Condition trees in, Python boolean expressions out."""

from __future__ import annotations

from mappings.compiler.reading import Reader, Value
from mappings.language.tree import Combined, Condition, Source
from mappings.runtime.text.shapes import SHAPES


def boolean(condition: Condition, reader: Reader, own: Value | None) -> str:
    """Return the expression for a condition."""
    if isinstance(condition, Combined):
        if condition.operator == "not":
            return f"not {boolean(condition.parts[0], reader, own)}"
        joined = f" {condition.operator} ".join(boolean(p, reader, own) for p in condition.parts)
        return f"({joined})"
    source = condition.source
    if condition.kind == "valued":
        return reader.expression(source, own)
    if condition.kind == "in":
        return f"({reader.text(source, own)} in {condition.values!r})"
    if condition.kind == "is-a":
        return f"{SHAPES[condition.values[0]].__name__}({reader.text(source, own)})"
    operator = "==" if condition.operator == "=" else condition.operator
    number = condition.values[0]
    if condition.kind == "count" and not (source.field or source.component):
        return f"({reader.in_a_row(source)} {operator} {number})"
    if condition.kind == "count" and (operator, number) == ("==", "1"):
        expression = reader.expression(source, own)
        return f"({expression} and '~' not in {expression})"
    if condition.kind == "count":
        if (operator, number) == (">", "1"):
            return f"('~' in {reader.expression(source, own)})"
        return f"(count({reader.expression(source, own)}) {operator} {number})"
    return f"(len({reader.text(source, own)}) {operator} {number})"


def sources_of(condition: Condition) -> set[Source]:
    """Every source a condition reads."""
    if isinstance(condition, Combined):
        return set().union(*(sources_of(p) for p in condition.parts))
    return {condition.source}
