"""Tables in; the first code refused that its own code system does not have.

Of most code systems that FHIR and HL7 version 3 keep, the definitions know every code. The tables
of HL7 version 2 grow with its versions, and hospitals add to them: their codes are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from mappings.compiler.literals import system_uri
from mappings.compiler.types import Definitions
from mappings.language.near import instead
from mappings.language.nested import flat
from mappings.language.tree import TableError, Tables, Where
from mappings.language.ucum import UCUM, is_ucum, no_ucum

#: Systems whose codes are not judged: their tables grow
GROWING = "http://terminology.hl7.org/CodeSystem/v2-"


def refuse_unknown(tables: Tables, definitions: Definitions) -> None:
    """Check every code that a table or a row names with its system.

    Raises
    ------
    TableError
        A system that is known does not have the code.
    """
    for system, code, where, named in named_codes(tables):
        uri = system_uri(tables, system, named)
        if not code or code.startswith("$") or uri.startswith(GROWING):
            continue
        if uri == UCUM and not is_ucum(code):
            raise TableError(where, no_ucum(code))
        codes = definitions.code_system(uri)
        if codes is not None and code not in codes:
            raise TableError(where, f"{uri} has no code {code}{instead(code, codes)}")


def named_codes(tables: Tables) -> Iterator[tuple[str, str, Where, Where]]:
    """Yield each system and code, where the code stands, and where the system does."""
    for table in tables.codes.values():
        for code in table.codes.values():
            named = code.where if code.system else table.where
            yield code.system or table.system, code.target, code.where, named
    for map_ in tables.maps.values():
        for row in flat(map_.rows):
            for literal in (row.literal, *row.arguments):
                if literal is not None and literal.system:
                    yield literal.system, literal.text, row.where, row.where
