"""How HL7's v2-to-FHIR maps write elements and paths: their words in, comparable forms out.

The published maps write ``[4].location(Location.physicalType.coding.code)``,
``extension[1]:group.url``, ``$this`` and more, not always consistently. What is compared is the
element as numbers (``PID-3.4`` → PID, 3, 4) and the path as the FHIR elements that are gone
through, without indices and without the types of referenced resources; an extension step carries
the last part of its URL.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

_ELEMENT = re.compile(r"([A-Za-z][A-Z0-9a-z]{1,3})?[-.]?(\d+)?(?:\.(\d+))?(?:\.(\d+))?")
_INDEX = re.compile(r"\[([^\[\].{}()]*)[\]}]?")
_HOP = re.compile(r"([^()]*)\((?:\[\d*\])?([A-Z]\w+)")
_STEP = re.compile(r"(\w+)(?:\(([^)]*)\))?")
ANY = "*"


class Element(NamedTuple):
    """A v2 element: ``PID-3.4`` is ('PID', (3, 4)); of a data type's map the name is ''."""

    name: str
    numbers: tuple[int, ...]

    def covers(self, other: Element) -> bool:
        """Whether the one is the other, or a part of it, or the whole of it."""
        length = min(len(self.numbers), len(other.numbers))
        return self.name == other.name and self.numbers[:length] == other.numbers[:length]


@cache
def element(text: str, map_name: str, data_type: bool) -> Element | None:
    """Read ``PID-3.4``, ``CX.4``, ``HD-3``; None for no element (a constant).

    Within the map of a data type the type's own name says nothing: a CE is mapped as a CWE.
    """
    match = _ELEMENT.fullmatch(text.strip())
    if match is None or not text.strip():
        return None
    name, *numbers = match.groups()
    own = data_type and ("-" not in text or name == map_name.partition("[")[0])
    return Element("" if own else name or "", tuple(int(n) for n in numbers if n))


class Path(NamedTuple):
    """Steps in lower case; an extension is ``extension(last part of its url)``."""

    steps: tuple[str, ...]

    def leads_to(self, other: Path) -> bool:
        """Whether `other` is this path, or below it; ``extension(*)`` is any extension."""
        if len(other.steps) < len(self.steps):
            return False
        return all(_same(a, b) for a, b in zip(self.steps, other.steps, strict=False))


NOWHERE = Path(())


def _same(one: str, other: str) -> bool:
    if one == other:
        return True
    return ANY in one + other and one.startswith("ext") and other.startswith("ext")


@cache
def our_path(text: str) -> Path:
    """Read ``name.extension(http://…/humanname-order).valueCode``."""
    steps = []
    for name, url in _STEP.findall(text):
        step = name.lstrip("_").lower()
        steps.append(f"{step}({tail(url)})" if url else step)
    return Path(tuple(steps))


def published_steps(text: str) -> list[str]:
    """Split a published path; an extension keeps its index for the time being."""
    clean = _INDEX.sub(r"[\1]", re.sub(r"\s", "", text))
    steps: list[str] = []
    for word in re.split(r"[.()]|:(?=[a-z])", clean):
        name = re.sub(r"\[.*", "", word)
        if name.startswith("extension?"):  # its URL is left open, and so is what it holds
            return [*steps, f"extension({ANY})"]
        if name in {"extension", "modifierExtension"}:
            steps.append(word)
        elif name.startswith("extension-"):
            steps.append(f"extension({tail(name)})")
        elif name[:1].isupper():
            if steps and steps[-1] == "value":
                steps[-1] = f"value{name}"
        elif steps and steps[-1].startswith("extension[") and ":" in clean and name in _PARTS:
            steps.append(f"extension({name})")
        elif name and name not in {"reference", "$this", "$value"}:
            steps.append(name)
    if len(steps) > 1 and steps[-1] == "uri" and steps[-2].startswith("extension"):
        steps[-1] = "url"
    return steps


def referenced(text: str) -> tuple[str, int]:
    """Find the innermost resource a published path goes through, and how many steps lie in it.

    ``diagnosis.condition(Condition.code.text)`` → Condition, 2.
    """
    found = re.search(
        r"\((?:\[\d*\])?([A-Z]\w+)(?:\[[^\]]*\])?([^()]*)\)*$", re.sub(r"\s", "", text)
    )
    if found is None:
        return "", 0
    inside = published_steps(found[2])
    return found[1], len(inside) - (inside[-1:] == ["url"])


def hops(text: str) -> list[tuple[int, str]]:
    """List what a published path refers to on its way, with how many steps lead to each.

    ``requester(PractitionerRole.organization(Organization.name))`` → (1, PractitionerRole),
    (1, Organization).
    """
    clean = re.sub(r"\s", "", text)
    return [(len(published_steps(hop[1])), hop[2]) for hop in _HOP.finditer(clean)]


_PARTS = frozenset({"group", "identifier", "sequence", "orginal-sub-identiier"})


def tail(url: str) -> str:
    """Return the last part of a URL, without ``extension-`` and ``.html``."""
    name = url.strip().strip('"').rstrip("/").rpartition("/")[2]
    return name.removeprefix("extension-").removesuffix(".html").lower()
