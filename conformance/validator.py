"""The judge of shape: a resource as parsed JSON in, whether R4 allows it and why not out.

A type's schema is built (`schema`) and compiled by `jsonschema_rs` when the first of its kind
comes, together with the types that came before it: in some 20 to 100 ms, once in a process.
Two schemas allow the same: the quick one (`shapes`) says whether, the other says what is wrong.
Resources inside others (contained, entries of a Bundle, Parameters) are judged by their own type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from threading import Lock
from typing import Any

from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError

from conformance.contained import contained_problems
from conformance.definitions import Definitions, definitions
from conformance.invariants import DATA_TYPES, FORMATS, RESOURCES
from conformance.problem import Problem
from conformance.schema import Schema, SchemaBuilder

Json = dict[str, Any]
Check = Callable[[Any], bool]
Compiled = tuple[Schema, Draft202012Validator]

_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    **FORMATS,
    **{key: check for each in DATA_TYPES.values() for key, (check, _) in each.items()},
}
_BY_KEYWORD = {  # what a keyword of JSON Schema says, where no rule says it better
    "additionalProperties": ("unknown-element", "R4 has no such element here"),
    "const": ("type", "another resource type"),
    "maximum": ("range", "above the type's range"),
    "minimum": ("range", "below the type's range"),
    "minItems": ("empty", "an array that is present holds something"),
    "minProperties": ("empty", "an object that is present holds something"),
}
CARRIERS = frozenset({"Bundle", "Parameters"})  # resources that carry others whole
_TOGETHER = 24  # types of one check: more would take too long to compile
_ASKING = CARRIERS | RESOURCES.keys()  # types of which a schema does not say everything
__all__ = ["Problem", "Validator"]


class _Invariant:
    """The schema keyword ``fhirInvariant``: a check of `invariants` by its key."""

    def __init__(self, parent: object, value: str, path: object) -> None:  # noqa: ARG002
        self._check = _CHECKS[value]

    def validate(self, instance: Any) -> None:
        if isinstance(instance, dict | str) and not self._check(instance):
            raise ValueError


class _Paired:
    """The schema keyword ``fhirPaired``: a repeating primitive and what stands beside it."""

    def __init__(self, parent: object, value: str, path: object) -> None:  # noqa: ARG002
        self._name = value

    def validate(self, instance: Any) -> None:
        beside = instance["_" + self._name]
        values = instance.get(self._name, [None] * len(beside))
        pairs = zip(values, beside, strict=True)  # of another length or no array: an error too
        if any(value is None and other is None for value, other in pairs):
            raise ValueError


class Validator:
    """Judges resources against R4; may be shared between threads.

    Parameters
    ----------
    types
        Resource types to compile now rather than at first sight.
    known
        The definitions; R4's own by default.
    """

    def __init__(self, types: Iterable[str] = (), known: Definitions | None = None) -> None:
        self._definitions = known or definitions()
        self._schemas = _of_r4() if known is None else _Schemas(known)
        self._schemas.prepare(types)

    def valid(self, resource: Json) -> bool:
        """Return whether R4 allows *resource*; stops at the first problem."""
        kind = resource.get("resourceType")
        if not isinstance(kind, str) or kind not in self._definitions.resource_types:
            return False
        if "contained" in resource:
            return not self.errors(resource)
        return self.all_valid({kind: [resource]})

    def all_valid(self, resources: Mapping[str, Sequence[Json]]) -> bool:
        """Return whether R4 allows all of these, sorted by their types; they contain none."""
        asked: dict[Check, dict[str, Sequence[Json]]] = {}
        checks = self._schemas.checks
        for kind, listed in resources.items():
            check = checks.get(kind) or self._schemas.prepare(resources)[kind]
            asked.setdefault(check, {})[kind] = listed
        return all(fits(some) for fits, some in asked.items()) and all(
            all(map(holds, resources[kind]))
            for kind in resources.keys() & _ASKING
            for holds in self._invariants(kind)
        )

    def errors(self, resource: Json) -> list[Problem]:
        """Return every problem of *resource*, in the order of their places."""
        kind = resource.get("resourceType")
        known = isinstance(kind, str) and kind in self._definitions.resource_types
        path = str(kind) if known else "Resource"
        try:
            return list(self._problems(resource, path, local="contained" in resource))
        except ValueError as fault:  # of jsonschema_rs, which says what is wrong in some 250 levels
            if "Recursion limit" not in str(fault):
                raise
            return [Problem(path, "depth", "what is wrong is nested too deeply to be told")]

    def _problems(self, resource: Json, path: str, *, local: bool) -> Iterator[Problem]:
        kind = resource.get("resourceType")
        if not isinstance(kind, str) or kind not in self._definitions.resource_types:
            yield Problem(path, "unknown-type", "resourceType is none of R4's")
            return
        schema, compiled = self._schemas.named(kind, local=local)
        errors = compiled.iter_errors({kind: resource})
        found = dict.fromkeys(_explain(schema, each, path) for each in errors)
        yield from found
        for key, (holds, detail) in RESOURCES.get(kind, {}).items():
            if not found and not holds(resource):
                yield Problem(path, key, detail)
        if isinstance(resource.get("contained"), list):
            yield from contained_problems(resource, path)
            for where, inner in _objects(resource, "contained", path):
                yield from self._problems(inner, where, local=True)
        if kind in CARRIERS:
            for where, inner in _inside(resource, path):
                yield from self._problems(inner, where, local="contained" in inner)

    def _invariants(self, kind: str) -> Iterator[Check]:
        """Yield what is asked of a resource that fits its schema."""
        yield from (holds for holds, _ in RESOURCES.get(kind, {}).values())
        if kind in CARRIERS:
            yield self._carries_valid

    def _carries_valid(self, resource: Json) -> bool:
        return all(self.valid(each) for _, each in _inside(resource, ""))


class _Schemas:
    """What was compiled of some definitions: all validators of R4 share it, in every thread."""

    def __init__(self, known: Definitions) -> None:
        self.checks: Mapping[str, Check] = {}
        self._naming = {x: SchemaBuilder(known, local=x) for x in (False, True)}
        self._quick = SchemaBuilder(known, local=False, quick=True)
        self._compiled: dict[tuple[str, bool], Compiled] = {}
        self._compiling = Lock()  # threads share the builders
        self._last: set[str] = set()  # types that the newest check is of

    def prepare(self, kinds: Iterable[str]) -> Mapping[str, Check]:
        """Make one check of the types seen last: to call it costs much of a small resource."""
        with self._compiling:
            new = {*kinds} - self.checks.keys()
            if not new:
                return self.checks
            full = len(self._last | new) > _TOGETHER
            self._last = new if full else self._last | new
            fits = _compile(self._quick.schema(self._last)).is_valid
            self.checks = {**self.checks, **dict.fromkeys(self._last, fits)}
            return self.checks

    def named(self, kind: str, *, local: bool) -> Compiled:
        """Return what names problems; *local* of a resource that is contained or contains."""
        if (kind, local) not in self._compiled:
            with self._compiling:
                schema = self._naming[local].schema([kind])
            self._compiled[kind, local] = schema, _compile(schema)
        return self._compiled[kind, local]


@cache
def _of_r4() -> _Schemas:
    return _Schemas(definitions())


def _compile(schema: Schema) -> Draft202012Validator:
    return Draft202012Validator(
        schema,
        keywords={"fhirInvariant": _Invariant, "fhirPaired": _Paired},
        pattern_options=RegexOptions(),
        mask="",
        offline=True,
    )


def _inside(resource: Json, path: str) -> Iterator[tuple[str, Json]]:
    """Yield the resources that a Bundle or Parameters carries, each with its path."""
    for where, entry in _objects(resource, "entry", path):
        yield from _resource(entry, "resource", where)
        response = entry.get("response")
        if isinstance(response, dict):
            yield from _resource(response, "outcome", f"{where}.response")
    for name in ("parameter", "part"):
        for where, parameter in _objects(resource, name, path):
            yield from _resource(parameter, "resource", where)
            yield from _inside({"part": parameter.get("part")}, where)


def _objects(node: Json, name: str, path: str) -> Iterator[tuple[str, Json]]:
    listed = node.get(name)
    for number, each in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(each, dict):
            yield f"{path}.{name}[{number}]", each


def _resource(node: Json, name: str, path: str) -> Iterator[tuple[str, Json]]:
    found = node.get(name)
    if isinstance(found, dict):
        yield f"{path}.{name}", found


def _explain(schema: Schema, error: ValidationError, path: str) -> Problem:
    """Return what a failed keyword means for FHIR, out of the schema alone."""
    where = path + "".join(
        f"[{each}]" if isinstance(each, int) else f".{each}" for each in error.instance_path[1:]
    )
    comment = ""
    node: Any = schema
    for step in error.schema_path:
        node = node[step]
        if isinstance(node, dict):
            comment = node.get("$comment", comment)
    keyword = error.schema_path[-1]
    if "allOf" not in error.schema_path:
        if keyword == "required":
            return Problem(f"{where}.{error.kind.as_dict()['property']}", "required", "missing")
        if keyword == "type":
            kinds = node if isinstance(node, list) else [node]
            return Problem(where, "type", f"JSON {' or '.join(kinds)} expected")
        if keyword in _BY_KEYWORD:
            return Problem(where, *_BY_KEYWORD[str(keyword)])
    code, _, detail = comment.partition(": ")
    return Problem(where, code, detail)
