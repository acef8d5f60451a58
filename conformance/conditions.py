"""Two conditions in, whether both say the same out.

They are the same if no message tells them apart: every combination of values that they name, of
another value and of none is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any

from conformance.notation import Element

#: ``("valued", element)``, ``("in", element, texts)``, ``("count", element, texts)`` and the like,
#: of which nothing is known but that they are the same or not; ``("not", e)``, ``("and", e, …)``,
#: ``("or", e, …)``; ``("and",)`` always holds.
Expression = tuple[Any, ...]
ALWAYS: Expression = ("and",)

_TRIALS = 20_000  # combinations of values that are tried at most
_OTHER = "\x00"  # a value that neither names


def plainly(condition: tuple[Any, ...], read: Callable[[str], Element | None]) -> Expression:
    """Return one of our conditions with its elements; `read` says which element is meant."""
    kind, *parts = condition or ALWAYS
    if kind in {"and", "or", "not"}:
        return (kind, *(plainly(part, read) for part in parts))
    return (kind, head(read(parts[0]) or Element(parts[0], ())), *parts[1:])


def same(one: Expression, other: Expression, valued: Element | None) -> bool:
    """Whether no message tells two expressions apart, in which the row's own element is valued."""
    names = [*dict.fromkeys([*_atoms(one), *_atoms(other)])]
    domains: list[tuple[Any, ...]] = []
    for kind, about in names:
        if kind:
            domains.append((False, True))
            continue
        texts = {t for e in (one, other) for t in _texts(e, about)}
        sure = valued is not None and _above(about, head(valued))
        domains.append((*sorted(texts), _OTHER, *(() if sure else (None,))))
    number = 1
    for domain in domains:
        number *= len(domain)
    if number > _TRIALS:
        return False
    return all(
        _holds(one, state) is _holds(other, state)
        for values in product(*domains)
        for state in (dict(zip(names, values, strict=True)),)
    )


def fields(expression: Expression) -> set[Element]:
    """Return the fields (of a data type, the components) that an expression speaks of."""
    if expression[0] in {"and", "or", "not"}:
        return {found for part in expression[1:] for found in fields(part)}
    about: Element = expression[1]
    return {Element(about.name, about.numbers[:1])}


def gives_way(expression: Expression, about: Element) -> bool:
    """Whether an expression asks, among others, that an element has no value."""
    kind, *parts = expression
    if kind == "and":
        return any(gives_way(part, about) for part in parts)
    return kind == "not" and head(about) in _valued(parts[0])


def _valued(expression: Expression) -> Iterator[Element]:
    kind, *parts = expression
    if kind in {"and", "or"}:
        for part in parts:
            yield from _valued(part)
    elif kind == "valued":
        yield parts[0]


def head(about: Element) -> Element:
    """Return an element without the first component, which is what a field of one part says."""
    numbers = about.numbers
    return Element(about.name, numbers[:-1]) if len(numbers) > 1 and numbers[-1] == 1 else about


def _above(one: Element, other: Element) -> bool:
    return one.name == other.name and one.numbers == other.numbers[: len(one.numbers)]


def _atoms(expression: Expression) -> Iterator[tuple[Any, Any]]:
    """Yield what an expression depends on: a value (''), or whether something holds."""
    kind, *parts = expression
    if kind in {"and", "or", "not"}:
        for part in parts:
            yield from _atoms(part)
    elif kind in {"valued", "in"}:
        yield "", parts[0]
    else:
        yield kind, tuple(parts)


def _texts(expression: Expression, about: Element) -> Iterator[str]:
    kind, *parts = expression
    if kind in {"and", "or", "not"}:
        for part in parts:
            yield from _texts(part, about)
    elif kind == "in" and parts[0] == about:
        yield from parts[1]


def _holds(expression: Expression, state: Mapping[tuple[Any, Any], Any]) -> bool:
    kind, *parts = expression
    match kind:
        case "not":
            return not _holds(parts[0], state)
        case "and":
            return all(_holds(part, state) for part in parts)
        case "or":
            return any(_holds(part, state) for part in parts)
        case "valued":
            return state["", parts[0]] is not None
        case "in":
            return bool(state["", parts[0]] in parts[1])
        case _:
            return bool(state[kind, tuple(parts)])
