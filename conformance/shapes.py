"""Usual shapes of an object: an object's schema in, one that allows the same at less cost out.

Which elements an object has settles most rules about it (R4's choices, required elements, many
invariants), and most objects have a usual set of them. So those rules are settled here, once, for
the usual sets: an object that has one is asked nothing else, any other rule by rule.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import product
from typing import Any

Schema = dict[str, Any]
Names = frozenset[str]
Rule = Callable[[Names, Names], bool | None]  # of what is present and what is absent

_OPEN = 20  # a choice of more types than this is open, as an Extension's value[x] is
_USUAL = 3  # R4 lists the types of a choice with the usual ones first


def quickened(schema: Schema, required: Names, choices: Collection[list[str]]) -> Schema:
    """Return a schema that allows just what *schema* does.

    Parameters
    ----------
    schema
        Of an object that may have no other properties than those named.
    required
        The properties that R4 requires, primitives (whose ``_name`` would do) among them.
    choices
        For each choice of types, the property of each type.
    """
    properties: dict[str, Schema] = schema["properties"]
    asked = [each for each in schema.get("allOf", ()) if _asks_names(each)]
    kept = [each for each in schema.get("allOf", ()) if not _asks_names(each)]
    rules = [_rule(each) for each in asked]
    found = dict(schema)
    if "required" in schema or _refuse(rules, Names(), Names(properties)):
        found.pop("minProperties", None)  # something has to be there anyway
    if len(asked) < 2:  # a single rule is quick enough
        return found
    if any(len(each) > _OPEN for each in choices):
        alone = _one_more(rules, Names(properties), required)
        return found | {"allOf": [{"anyOf": [alone, {"allOf": asked}]}, *kept]}
    body: Schema = {"properties": properties, "additionalProperties": False, "allOf": asked}
    names = Names(properties).intersection(*map(_names, [{"allOf": asked}]))
    settled = list(_settled(rules, names, required, choices))
    if not settled:  # no set of names is sure to be right
        return found
    for present, refused in reversed(settled):
        left = {name: each for name, each in properties.items() if name not in refused}
        body = {
            "if": {"required": sorted(present)},
            "then": {"properties": left, "additionalProperties": False},
            "else": body,
        }
    for keyword in ("properties", "additionalProperties", "allOf"):
        del found[keyword]
    return found | ({"allOf": kept} if kept else {}) | body


def _settled(
    rules: list[Rule], asked: Names, required: Names, choices: Collection[list[str]]
) -> Iterator[tuple[Names, Names]]:
    """Yield usual sets of names, each with those that *rules* refuse beside it.

    Only sets beside which *rules* refuse nothing else.
    """
    ordered = sorted(choices, key=len, reverse=True)
    for picked in product(*(x[: 1 if number else _USUAL] for number, x in enumerate(ordered))):
        present = required.union(picked)
        refused = Names(each for each in asked if _refuse(rules, present | {each}, Names()))
        if _allow(rules, present, refused):
            yield present, refused


def _one_more(rules: list[Rule], properties: Names, required: Names) -> Schema:
    """Return the schema of what is required with one more property that *rules* allow beside it."""
    allowed = {
        each
        for each in properties - required
        if _allow(rules, required | {each}, properties - required - {each})
    }
    size = len(required) + 1
    return {
        "required": sorted(required),
        "properties": dict.fromkeys(sorted(properties - required - allowed), False),
        "minProperties": size,
        "maxProperties": size,
    }


def _allow(rules: Iterable[Rule], present: Names, absent: Names) -> bool:
    return all(rule(present, absent) for rule in rules)


def _refuse(rules: Iterable[Rule], present: Names, absent: Names) -> bool:
    return any(rule(present, absent) is False for rule in rules)


# --- rules about names, asked of an object of which some is known: True, False, None for either --


def _rule(schema: Schema) -> Rule:
    """Return what *schema* says of an object by the names it has and lacks."""
    if any_of := _any_of(schema):
        return lambda present, absent: (
            True if any_of & present else False if any_of <= absent else None
        )
    return _joined(_all, [_SAYS[keyword](said) for keyword, said in schema.items()])


def _any_of(schema: Schema) -> Names:
    """Return the names of which *schema* asks for one; none if that is not what it asks."""
    match schema:
        case {"required": [str(name)], **rest} if rest.keys() <= {"$comment"}:
            return Names([name])
        case {"anyOf": [*listed], **rest} if rest.keys() <= {"$comment"}:
            names = [_any_of(each) for each in listed]
            return Names().union(*names) if all(names) else Names()
    return Names()


def _asks_names(schema: Schema) -> bool:
    """Return whether nothing but the names in an object decides *schema*."""
    return schema.keys() <= _SAYS.keys() and all(map(_asks_names, _below(schema)))


def _names(schema: Schema) -> Names:
    """Return every name that *schema* asks for."""
    own = Names(schema.get("required", ())).union(schema.get("dependentSchemas", ()))
    return own.union(*map(_names, _below(schema)))


def _below(schema: Schema) -> Iterator[Schema]:
    if "not" in schema:
        yield schema["not"]
    for keyword in ("allOf", "anyOf", "oneOf"):
        yield from schema.get(keyword, ())
    yield from schema.get("dependentSchemas", {}).values()


def _joined(join: Callable[[list[bool | None]], bool | None], rules: list[Rule]) -> Rule:
    return lambda present, absent: join([each(present, absent) for each in rules])


def _negated(rule: Rule) -> Rule:
    return _joined(lambda said: None if said == [None] else said == [False], [rule])


def _all(said: list[bool | None]) -> bool | None:
    return False if False in said else None if None in said else True


def _any(said: list[bool | None]) -> bool | None:
    return True if True in said else None if None in said else False


def _one(said: list[bool | None]) -> bool | None:
    return False if said.count(True) > 1 else None if None in said else True in said


def _dependent(schemas: Mapping[str, Schema]) -> Rule:
    return _joined(
        _all,
        [
            _joined(_any, [_negated(_rule({"required": [name]})), _rule(schema)])
            for name, schema in schemas.items()
        ],
    )


_SAYS: Mapping[str, Callable[[Any], Rule]] = {
    "$comment": lambda _: lambda _, __: True,
    "required": lambda names: _joined(_all, [_rule({"required": [each]}) for each in names]),
    "not": lambda schema: _negated(_rule(schema)),
    "allOf": lambda schemas: _joined(_all, [_rule(each) for each in schemas]),
    "anyOf": lambda schemas: _joined(_any, [_rule(each) for each in schemas]),
    "oneOf": lambda schemas: _joined(_one, [_rule(each) for each in schemas]),
    "dependentSchemas": _dependent,
}
