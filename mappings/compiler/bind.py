"""Generated code in, a `Compiled` dictionary out: its functions in the place of their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from types import CodeType
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

from mappings.compiler.groups import alike
from mappings.compiler.modules import Code, defined, mentioned
from mappings.compiler.types import Definitions
from mappings.runtime import types
from mappings.runtime.functions import alternates, assumed, coding, numbered, registry
from mappings.runtime.plan import Compiled, Fillable, Listed, Plan, Tie, Values
from mappings.runtime.state import elements, erasing, losses, memory
from mappings.runtime.text import pieces, primitives, shapes
from mappings.runtime.walk import items


class Generated(NamedTuple):
    """Tables checked and written as Python: what `bound` makes functions of.

    ``code`` is that of ``source``, a function each; plans name their functions, and ``memos`` is
    what the functions call what they remember.
    """

    source: Sequence[str]
    code: Code
    structures: Mapping[str, Plan]
    events: Mapping[str, str]
    segments: Mapping[str, Plan]
    links: Mapping[str, tuple[Tie, ...]]
    rows: int
    memos: Sequence[str]
    reads: Mapping[str, set[int]]
    codes: Mapping[str, coding.CodeTable]
    lists: Mapping[str, tuple[Listed, ...]] = {}
    fillers: Mapping[str, tuple[Fillable, ...]] = {}


_tables: WeakValueDictionary[tuple[Any, ...], coding.CodeTable] = WeakValueDictionary()


def bound(made: Generated, definitions: Definitions, below: Compiled | None = None) -> Compiled:
    """Make functions of what was generated, ready to run.

    Those that are alike in `below`, and ask for nothing that is other there, are those of `below`:
    Python runs code the faster the fewer namespaces it is run in.
    """
    known: Mapping[str, Any] = below.names if below else {}
    namespace = _namespace(made.codes, definitions)
    memos = below.memos if below else 0
    for memo in made.memos:
        namespace[memo] = known.get(memo, memos)
        memos += namespace[memo] == memos
    code = {defined(one): one for one in made.code.values()}
    other = {name for name, value in namespace.items() if known.get(name) != value}
    other |= code.keys() - known.keys()
    if below:
        lower = {defined(one): one for one in below.code.values()}
        other |= {name for name, one in code.items() if lower.get(name) is not one}
    own = _asking(code, other)
    for name, one in code.items():
        if name in own:
            exec(one, namespace)  # noqa: S102 - our own generated code
        else:
            namespace[name] = known[name]
    return Compiled(
        {n: _bind(p, namespace, made.reads) for n, p in made.structures.items()},
        made.events,
        {n: _bind(p, namespace, made.reads) for n, p in made.segments.items()},
        made.links,
        made.rows,
        memos,
        {},
        {name: _listed(lists, namespace) for name, lists in made.lists.items()},
        made.fillers,
        made.code,
        namespace,
    )


def _asking(code: Mapping[str, CodeType], other: set[str]) -> set[str]:
    """Return the names of what is other, and of code that asks for it, at whatever distance."""
    asked = {name: mentioned(one) for name, one in code.items()}
    found = set(other)
    while more := {n for n, names in asked.items() if n not in found and names & found}:
        found |= more
    return found


def _listed(lists: tuple[Listed, ...], namespace: dict[str, Any]) -> tuple[Listed, ...]:
    return tuple(
        one._replace(when=namespace[one.when] if isinstance(one.when, str) else None)
        for one in lists
    )


def _namespace(codes: Mapping[str, coding.CodeTable], definitions: Definitions) -> dict[str, Any]:
    names: dict[str, Any] = {
        name: getattr(room, name)
        for room, called in (
            (alternates, ("one_code", "one_coding")),
            (assumed, ("assume", "outdo")),
            (coding, ("coded", "counterpart", "in_table", "local_concepts", "map_code", "mapped",
                      "meant")),
            (elements, ("add", "extension", "fill", "fresh", "in_order", "nth",
                        "period_end", "told")),
            (erasing, ("erase",)),
            (items, ("Way", "assumed", "in_a_row", "item", "item_of", "next_item", "of_all")),
            (losses, ("lost",)),
            (memory, ("copied", "remember", "share", "unshared")),
            (numbered, ("cnn_key", "cwe_key", "cx_key", "ei_key", "xcn_key", "xon_key")),
            (pieces, ("count", "head", "leaf", "part", "part_of")),
            (types, ("NOTHING", "NO_FIELDS", "UNKNOWN")),
        )
        for name in called
    }  # fmt: skip
    names |= {convert.__name__: convert for convert, _ in primitives.CONVERTERS.values()}
    names |= {shape.__name__: shape for shape in shapes.SHAPES.values()}
    names |= {name[:-2]: f.call for name, f in registry.FUNCTIONS.items() if name != "text()"}
    names["text_lines"] = registry.text
    names["own_codes"] = coding.OwnCodes(definitions.code_system)
    for name, table in codes.items():
        names[name] = own = _table(table, definitions)
        names[f"{name}_plain"] = own.plain
    return names


def _table(table: coding.CodeTable, definitions: Definitions) -> coding.CodeTable:
    """Complete a code table: the one that all stacks have which say the same."""
    said = definitions, table.name, table.v2_system
    key = (*said, tuple(table.codes.items()), tuple(table.rows.items()))
    found = _tables.get(key)
    if found is None:
        plain = {code: means[0] for code, means in table.codes.items() if means[0]}
        known = definitions.code_system(table.v2_system)
        found = _tables[key] = replace(table, known=known, plain=plain)
    return found


def _width(plan: Plan, reads: Mapping[str, set[int]]) -> int:
    """Return how many fields generated code may index without asking."""
    used = {n for m in plan.mentions for n in m.facts.used} | reads.get(plan.name, set()) | {4}
    return 1 + max(used)


def _values(numbers: Sequence[int]) -> Values | None:
    """Return what takes the values of fields, to ask of all at once whether there are any."""
    return itemgetter(*numbers, numbers[0]) if numbers else None  # a tuple of a single one, too


def _bind(plan: Plan, namespace: dict[str, Any], reads: Mapping[str, set[int]]) -> Plan:
    """Put the compiled functions in the place of their names."""
    members = alike(tuple(_bind(p, namespace, reads) for p in plan.members))
    paths: dict[str, tuple[Plan, ...]] = {}
    for member in members:
        if member.segment:
            paths[member.name] = (member,)
    for member in members:
        for name, path in member.paths.items():
            paths.setdefault(name, (member, *path))
    width = _width(plan, reads)
    return replace(
        plan,
        when=namespace[plan.when] if isinstance(plan.when, str) else None,
        mentions=tuple(
            replace(
                m,
                build=namespace[m.build],  # type: ignore[index]
                key=namespace[m.key],  # type: ignore[index]
                when=namespace[m.when] if isinstance(m.when, str) else None,
                lone=_values(m.alone),
            )
            for m in plan.mentions
        ),
        members=members,
        width=width,
        unread=_values([n for n in (*plan.watch, *(n for n, _ in plan.lent)) if n < width]),
        paths=paths,
    )
