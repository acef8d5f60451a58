"""JSON nodes in; their parts out in the shape FHIR gives them, or a `ConsentError` that says where.

The gateway checks Consents against the R4 schema before they come here. These readers make the
judge safe on its own: a shape that is not FHIR is an error, never a criterion quietly left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

ELEMENT = frozenset({"id", "extension"})


class ConsentError(ValueError):
    """A Consent that cannot be kept. Its text never carries what the Consent says.

    Attributes
    ----------
    expression
        Where, as in OperationOutcome.issue.expression: Consent.provision.provision[1].type
    code
        OperationOutcome.issue.code: structure, required, value, invariant, business-rule.
    detail
        What is wrong, for the one who wrote it.
    """

    def __init__(self, expression: str, code: str, detail: str) -> None:
        super().__init__(f"{expression}: {detail}")
        self.expression = expression
        self.code = code
        self.detail = detail


def text(node: dict[str, Any], name: str, path: str) -> str | None:
    """Return a string element; None where it is absent."""
    value = node.get(name)
    if value is not None and not isinstance(value, str):
        raise ConsentError(f"{path}.{name}", "structure", "a string is expected here")
    return value


def child(node: dict[str, Any], name: str, path: str) -> dict[str, Any] | None:
    """Return an element that is an object; None where it is absent."""
    value = node.get(name)
    if value is not None and not isinstance(value, dict):
        raise ConsentError(f"{path}.{name}", "structure", "an object is expected here")
    return value


def children(node: dict[str, Any], name: str, path: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield each object of a repeating element, and where it is."""
    values = node.get(name)
    if values is None:
        return
    if not isinstance(values, list):
        raise ConsentError(f"{path}.{name}", "structure", "an array is expected here")
    for position, value in enumerate(values):
        where = f"{path}.{name}[{position}]"
        if not isinstance(value, dict):
            raise ConsentError(where, "structure", "an object is expected here")
        yield value, where


def pair(coding: dict[str, Any], path: str) -> tuple[str, str]:
    """Return system and code of a Coding, "" for what is absent."""
    return text(coding, "system", path) or "", text(coding, "code", path) or ""


def concept(node: dict[str, Any], name: str, path: str) -> list[tuple[str, str]]:
    """Return (system, code) of each coding of a CodeableConcept."""
    value = child(node, name, path)
    if value is None:
        return []
    return [pair(coding, where) for coding, where in children(value, "coding", f"{path}.{name}")]


def strange(node: dict[str, Any], known: frozenset[str]) -> bool:
    """Say whether an element holds anything that may change its meaning and is not known.

    An extension may be ignored (R4 Extensibility); a modifierExtension, an element that R4 does not
    define, or a primitive that has an extension in place of its value may not.
    """
    return any(
        name not in known
        and name not in ELEMENT
        and not (name[:1] == "_" and name[1:] in known and name[1:] in node)
        for name in node
    )
