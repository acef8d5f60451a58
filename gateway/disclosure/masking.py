"""References to what is hidden: a visible body in, the body as if the hidden had never been, out.

An answer names no resource that its asker may not see: not in a reference, not in an address, not
in a list of results. The object that names one goes, whatever else it says (a display tells as much
as an id); so does what R4 lets not stand without it, upward: of a diagnosis without its condition
nothing stays. What a resource itself must have is replaced by a data-absent-reason, ``masked``; the
narrative, which nobody can read here, goes with the first thing that goes. Pure.
Source: http://hl7.org/fhir/R4/extension-data-absent-reason.html
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

from conformance.definitions import Element, definitions
from mappings import exact

# compartment + "." + what it is called there: the form of every stored resource's id. Of a Binary
# that is its document's id, and more: who may see the document may see that it has data.
_NAME = r"/([a-z0-9]{16}\.[a-z0-9]{16})(?:\.[a-z0-9]{16})?(?![A-Za-z0-9.-])"
_IDS = re.compile(_NAME.encode())
_IN_TEXT = re.compile(_NAME)
_TYPE = re.compile(rb"[A-Za-z]+\Z")
_LONGEST_TYPE = 64

_REASON: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
MASKED: Final = {"extension": [{"url": _REASON, "valueCode": "masked"}]}


def named(bodies: Iterable[bytes], known: AbstractSet[str]) -> set[tuple[str, str]]:
    """Return type and id of the resources that bodies refer to, without those of known ids."""
    text = b"\n".join(bodies)
    found = set()
    for id_ in set(b" ".join(set(_IDS.findall(text))).decode().split()) - known:
        name = f"/{id_}".encode()
        end = text.index(name)
        if text[end + len(name) : end + len(name) + 1] == b".":
            found.add(("DocumentReference", id_))
            continue
        type_ = _TYPE.search(text[max(0, end - _LONGEST_TYPE) : end])
        found.add((type_[0].decode() if type_ else "", id_))
    return found


def masked(body: bytes, hidden: Container[str]) -> bytes:
    """Return a resource without any trace of those hidden; the same bytes where it names none."""
    if not any(id_.decode() in hidden for id_ in _IDS.findall(body)):
        return body
    return exact.dumps(_Mask(hidden).resource(exact.loads(body)))


class _Mask:
    """Takes out of JSON what names a hidden resource; None is what nothing is left of.

    With `replacing`, an object that names one leaves a reason in its place.
    """

    def __init__(self, hidden: Container[str], *, replacing: bool = False) -> None:
        self._hidden = hidden
        self._replacing = replacing

    def resource(self, resource: dict[str, Any]) -> dict[str, Any]:
        """Return a resource, which stands whatever it named."""
        elements = definitions().elements(resource["resourceType"])
        left = {}
        for name, child in resource.items():
            element = elements.get(name)
            kept = self.member(name, child, elements)
            if kept is None and element is not None and element.required:
                kept = _Mask(self._hidden, replacing=True).member(name, child, elements)
            if kept is not None:
                left[name] = kept
        if left != resource:
            left.pop("text", None)
        return left

    def _object(self, value: dict[str, Any], structure: str) -> dict[str, Any] | None:
        if "resourceType" in value:
            return self.resource(value)
        if any(self._names(child) for child in value.values()):
            return MASKED if self._replacing else None
        elements = definitions().elements(structure)
        left = {}
        for name, child in value.items():
            kept = self.member(name, child, elements)
            if kept is not None:
                left[name] = kept
            elif name in elements and elements[name].required:
                return None
        bare = {"id", "url"} if structure == "Extension" else {"id"}
        return left if left.keys() - bare else None

    def member(self, name: str, value: Any, elements: Mapping[str, Element]) -> Any:
        """Return what is left of one member of an object whose `elements` are given."""
        structure = elements[name].structure if name in elements else "Element"
        if isinstance(value, dict):
            return self._object(value, structure)
        if isinstance(value, list) and not all(isinstance(one, str) for one in value):
            kept = [self._object(one, structure) if one else one for one in value]
            if name.startswith("_"):  # beside a list of values: places count
                return kept if any(kept) else None
            return _each_once(one for one in kept if one is not None) or None
        return None if self._names(value) else value

    def _names(self, value: Any) -> bool:
        """Tell whether a text, or one of several, names a hidden resource."""
        texts = value if isinstance(value, list) else (value,)
        return any(
            id_ in self._hidden
            for text in texts
            if isinstance(text, str)
            for id_ in _IN_TEXT.findall(text)
        )


def _each_once(objects: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a list in which `MASKED` stands once: how many there were is not told."""
    left: list[dict[str, Any]] = []
    for one in objects:
        if one is not MASKED or MASKED not in left:
            left.append(one)
    return left
