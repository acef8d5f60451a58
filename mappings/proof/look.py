"""A translation and a path in, whether what is expected stands there out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import Any

from mappings.language.tree import Step
from mappings.proof.drafts import Follow
from mappings.proof.samples import Refers
from mappings.runtime.types import Made
from mappings.translate import Translation

Path = list[Step | Follow]
Expectation = tuple[Path, Any]


class View:
    """What a translation made, envelope and all."""

    def __init__(self, translation: Translation, extensions: Mapping[str, str]) -> None:
        self.made = [*translation.made, *translation.envelope]
        if translation.bundle is not None:
            self.made.append(Made(translation.bundle, "", "message", replace=False))
        self.extensions = extensions
        self.by_id = {f"{m.resource['resourceType']}/{m.resource['id']}": m for m in self.made}

    def shows(self, type_: str, steps: Path, expected: Any) -> bool:
        """Whether some resource of a type has at a path what is expected."""
        return self.count(type_, steps, expected) > 0

    def count(self, type_: str, steps: Path, expected: Any) -> int:
        """Count how often what is expected stands at a path, in resources of a type."""
        return sum(self.matches(v, expected) for v in self.values(type_, steps))

    def shows_together(self, type_: str, one: Expectation, other: Expectation) -> bool:
        """Whether one object has both what is expected at one path and at another."""
        common = sum(
            1
            for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one[0], other[0], strict=False))
        )
        return any(
            all(
                any(self.matches(v, expected) for v in self._walk(item, steps[common:]))
                for steps, expected in (one, other)
            )
            for item in self.values(type_, one[0][:common])
        )

    def values(self, type_: str, steps: Path) -> Iterator[Any]:
        """Yield what stands at a path, in every resource of a type."""
        for made in self.made:
            if made.resource["resourceType"] == type_:
                yield from self._walk(made.resource, steps)

    def weak(self, type_: str, name: str) -> bool:
        """Whether an element of a type of resource is an assumption."""
        return any(name in m.weak for m in self.made if m.resource["resourceType"] == type_)

    def _walk(self, value: Any, steps: Path) -> Iterator[Any]:
        if isinstance(value, list):
            for item in value:
                yield from self._walk(item, steps)
        elif not steps:
            yield value
        elif isinstance(value, dict):
            first, rest = steps[0], steps[1:]
            if isinstance(first, Follow):
                made = self.by_id.get(value.get("reference", ""))
                if made is not None and made.resource["resourceType"] == first.type:
                    yield from self._walk(made.resource, rest)
            elif first.name in value:
                yield from self._walk(self._items(value[first.name], first), rest)
            elif first.name == "data" and value.get("url") in self.by_id:  # of an attachment
                yield from self._walk(self.by_id[value["url"]].resource, steps)

    def _items(self, value: Any, step: Step) -> Any:
        """Return the items of a list that a step means: those of an extension, or the n-th."""
        if not step.mark or not isinstance(value, list):
            return value
        if step.name in {"extension", "modifierExtension"}:
            url = self.extensions.get(step.mark, step.mark)
            return [item for item in value if item["url"] == url]
        return value[int(step.mark) - 1 :][:1] if step.mark.isdigit() else value

    def matches(self, found: Any, expected: Any) -> bool:
        """Whether a value has everything that is expected of it."""
        if isinstance(expected, Refers):
            return found.get("reference") in self.by_id and found["reference"].startswith(
                f"{expected.type}/"
            )
        if isinstance(expected, dict):
            return isinstance(found, dict) and all(
                name in found and self.matches(found[name], value)
                for name, value in expected.items()
            )
        if isinstance(expected, list):
            return isinstance(found, list) and all(
                any(self.matches(item, value) for item in found) for value in expected
            )
        return bool(found == expected) and isinstance(found, bool) is isinstance(expected, bool)
