"""Tables in, a `Compiled` dictionary out: functions, codes and structures, ready to run."""

from __future__ import annotations

from mappings.compiler import literals
from mappings.compiler.assuming import first_counts
from mappings.compiler.bind import Generated, bound
from mappings.compiler.expand import expand
from mappings.compiler.fillers import fillable
from mappings.compiler.function import numbered_lists
from mappings.compiler.generate import Generator
from mappings.compiler.known import refuse_unknown
from mappings.compiler.linker import Linker, by_holder
from mappings.compiler.lists import listed
from mappings.compiler.modules import compiled
from mappings.compiler.types import Checker, Definitions
from mappings.language.tree import Codes, Row, Tables
from mappings.runtime.functions import coding
from mappings.runtime.plan import ANY, Compiled, leaves


def build(tables: Tables, definitions: Definitions, *, explain: bool = False) -> Compiled:
    """Check and compile tables; raises as `generate`."""
    return bound(generate(tables, definitions, explain=explain), definitions)


def generate(tables: Tables, definitions: Definitions, *, explain: bool = False) -> Generated:
    """Check tables and write them as Python.

    Raises
    ------
    TableError
        The first row that FHIR has no room for, with file and line.
    """
    fillers = fillable(tables)
    tables = first_counts(expand(tables))
    refuse_unknown(tables, definitions)
    checker = Checker(definitions)
    numbered = numbered_lists(tables.maps.values())
    weak = frozenset(
        f"{m.target}.{r.target[0].name}"
        for m in tables.maps.values() for r in m.rows
        if r.default and (m.target, r.target[0].name) not in numbered
    )  # fmt: skip
    generator = Generator(tables, checker, weak, explain)
    facts = {name: generator.map_functions(table) for name, table in tables.maps.items()}
    linker = Linker(tables, checker, generator, facts)
    structures = {name: linker.structure(s.nodes) for name, s in tables.structures.items()}
    segments = {s: linker.segment_plan(s) for s in linker.by_segment}
    if ANY in structures:
        segments |= {plan.name: plan for plan in leaves(structures[ANY])}
    for link in tables.links:
        linker.check_link(link)
    lists = {
        name: listed(s, tables, linker.when, lambda one: facts[one].erases, checker)
        for name, s in tables.structures.items()
    }
    constants = [f"{name} = {text}" for text, name in generator.constants.items()]
    functions = tuple(dict.fromkeys([*constants, *generator.out.functions]))
    events = {e: name for name, s in tables.structures.items() for e in s.events}
    rows = sum(_count(m.rows) for m in tables.maps.values())
    rows += sum(len(c.codes) for c in tables.codes.values())
    return Generated(
        functions, compiled(functions), structures, events, segments,
        by_holder(tables.links, checker), rows, generator.memos, linker.indexed,
        _code_tables(tables, definitions, explain=explain), lists, fillers,
    )  # fmt: skip


def _count(rows: tuple[Row, ...]) -> int:
    return sum(1 + _count(r.rows) for r in rows)


def _code_tables(
    tables: Tables, definitions: Definitions, *, explain: bool = False
) -> dict[str, coding.CodeTable]:
    """Return every code table by its name in generated code."""
    found = {}
    for key, table in tables.codes.items():
        codes = {}
        names = {(c.system, c.target): c.display for c in table.codes.values() if c.display}
        for c in table.codes.values():
            system, where = (c.system, c.where) if c.system else (table.system, table.where)
            uri = literals.system_uri(tables, system, where)
            known = definitions.code_system(uri)
            name = c.display or names.get((c.system, c.target)) or coding.called(known, c.target)
            codes[c.code] = c.target, name, uri
        rows = {c.code: f"{c.where}@{c.where.layer}" for c in table.codes.values() if explain}
        own = _own_system(tables, table)
        found[literals.table_name(key)] = coding.CodeTable(codes, own, key, rows=rows)
    return found


def _own_system(tables: Tables, table: Codes) -> str:
    """Return the system of a table's left column: of an HL7 table, or by its short name."""
    if table.table.isdigit():
        return literals.v2_table(table.table)
    return "" if table.table == "-" else literals.system_uri(tables, table.table, table.where)
