"""Constants and code tables in, Python expressions out."""

from __future__ import annotations

import re

from mappings.compiler.types import Definitions, Element
from mappings.language.names import uri
from mappings.language.tree import Row, TableError, Tables, Where
from mappings.runtime.functions.coding import called, mapped
from mappings.runtime.types import JSON


def system_uri(tables: Tables, name: str, where: Where) -> str:
    """Return the URI of a coding system's short name; a URI stands for itself.

    Raises
    ------
    TableError
        It is no URI, and no system has that name.
    """
    if not name:
        return name
    if ":" in name:
        return uri(name, where)
    if name.startswith("v2-"):
        return v2_table(name[3:])
    known = tables.names.get("systems", {}).get(name)
    if known is None:
        raise TableError(where, f"no system is called {name!r}: add it to systems")
    return known


def v2_table(number: str) -> str:
    """``0004`` → the URI of HL7 table 0004."""
    return f"http://terminology.hl7.org/CodeSystem/v2-{number.zfill(4)}"


def table_name(codes: str) -> str:
    """Return the Python name of a code table."""
    return "T_" + re.sub(r"\W+", "_", codes)


def expression(
    tables: Tables,
    row: Row,
    element: Element,
    parameters: tuple[str, ...],
    definitions: Definitions | None = None,
) -> str:
    """Return the Python expression of a row's constant, in the shape of its element.

    A code is called what its system calls it, where definitions are given that know.
    """
    literal = row.literal
    assert literal is not None
    if literal.text.startswith("$"):
        name = literal.text[1:]
        if name not in parameters:
            raise TableError(row.where, f"the map has no parameter {name}")
        return _parameter(f"p_{name}", element, row)
    system = system_uri(tables, literal.system, row.where)
    coding = _coding(literal.text, system, definitions)
    match element.type:
        case "CodeableConcept":
            return repr({"coding": [coding]}) if system else repr({"text": literal.text})
        case "Coding" if system:
            return repr(coding)
        case "Coding":
            why = f"say whose code it is: SYSTEM#{literal.text}, as v3-ActCode#AMB"
            raise TableError(row.where, why)
        case "boolean" if literal.text in {"true", "false"}:
            return literal.text.capitalize()
        case "integer" | "positiveInt" | "unsignedInt" if literal.text.isdigit():
            return literal.text
        case "string" | "markdown" | "code":
            return repr(literal.text)
        case "uri" | "url" | "canonical":
            return repr(system_uri(tables, literal.text, row.where))
        case _:
            raise TableError(row.where, f"a {element.type} cannot be a constant")


def _coding(code: str, system: str, definitions: Definitions | None) -> JSON:
    known = definitions.code_system(system) if definitions is not None else None
    return mapped((code, called(known, code), system))


def _parameter(name: str, element: Element, row: Row) -> str:
    match element.type:
        case "CodeableConcept":
            return f'{{"coding": [mapped({name})]}}'
        case "Coding":
            return f"mapped({name})"
        case "code" | "string":
            return f"{name}[0]"
        case _:
            raise TableError(row.where, f"a {element.type} cannot be a parameter")
