"""A site profile in; what in it is most likely a slip out: of the pen, of the editor, of the mind.

The language has no objection, and a code, a letter or a resource is not what its author meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from conformance.definitions import definitions
from gateway.profiles.remarks import Remark
from mappings.compiler.known import GROWING, named_codes
from mappings.compiler.literals import system_uri
from mappings.language.lexer import lines
from mappings.language.nested import flat
from mappings.language.outline import Node
from mappings.language.tree import Map, Row, Tables, Where

LOINC = "http://loinc.org"
#: Letters whose two octets in UTF-8 are one Han character in GBK: Cyrillic to N'Ko
_ELSEWHERE = re.compile("[\u0400-\u07ff]+")
_HAN = re.compile("[\u4e00-\u9fff]")
_CODE = re.compile(r"[A-Z0-9][A-Z0-9_.-]*")


def slips(file: str, layer: str, text: str, base: Tables, whole: Tables) -> Iterator[Remark]:
    """Yield what is most likely not what is meant.

    Parameters
    ----------
    file, layer, text
        The profile.
    base, whole
        The tables below it, and with it.
    """
    if not any(lines(text, file, layer)):
        yield Remark(Where(file, 1, layer), "says nothing: no table stands in this file")
    if "cn" in {row.where.layer for table in base.maps.values() for row in table.rows}:
        yield from _garbled(file, layer, text)
    yield from _mistyped(file, whole)
    yield from _unknown(file, base, whole)
    yield from _unnamed(file, whole)
    yield from _unfit(file, whole)


def _garbled(file: str, layer: str, text: str) -> Iterator[Remark]:
    """Yield letters that nobody in China writes, and that a file in GBK happens to have."""
    if _HAN.search(text):
        return
    for number, line in enumerate(text.splitlines(), 1):
        for word in _ELSEWHERE.findall(line):
            meant = word.encode().decode("gb18030", "replace")
            why = f"{word!r} would be {meant!r} in GBK: was this file saved as UTF-8?"
            yield Remark(Where(file, number, layer), why)


def _mistyped(file: str, whole: Tables) -> Iterator[Remark]:
    """Yield LOINC codes whose check digit is wrong."""
    systems = whole.names.get("systems", {})
    for table in whole.codes.values():
        for code in table.codes.values():
            system = code.system or table.system
            is_loinc = systems.get(system, system) == LOINC
            if is_loinc and code.target and code.where.file == file and not _loinc(code.target):
                yield Remark(code.where, f"{code.target} is no LOINC code: its check digit")


def _unknown(file: str, base: Tables, whole: Tables) -> Iterator[Remark]:
    """Yield codes of HL7's version 2 tables that neither R4's edition has nor the standard's rows.

    The tables grow: a later version may have the code, so it is not refused.
    """
    known = {
        (system_uri(base, system, named), code) for system, code, _, named in named_codes(base)
    }
    for system, code, where, named in named_codes(whole):
        uri = system_uri(whole, system, named)
        if where.file != file or not code or not uri.startswith(GROWING) or (uri, code) in known:
            continue
        codes = definitions().code_system(uri)
        if codes is not None and code not in codes:
            yield Remark(where, f"{uri} has no code {code}, as R4 has the table")


def _unnamed(file: str, whole: Tables) -> Iterator[Remark]:
    """Yield constants that look like a code, and without its system become a text."""
    for table in whole.maps.values():
        type_, _, start = table.target.partition(".")
        for row, path in _placed(table.rows, start):
            literal = row.literal
            if literal is None or literal.system or row.where.file != file:
                continue
            element = definitions().element(type_, path)
            if element and element.type == "CodeableConcept" and _CODE.fullmatch(literal.text):
                code = literal.text
                why = f"{code} becomes a text: a code needs its system, SYSTEM#{code}"
                yield Remark(row.where, why)


def _placed(rows: Iterable[Row], above: str) -> Iterator[tuple[Row, str]]:
    """Yield rows and those nested in them, with the path that each fills."""
    for row in rows:
        path = ".".join(filter(None, (above, row.path)))
        yield row, path
        yield from _placed(row.rows, path)


def _unfit(file: str, whole: Tables) -> Iterator[Remark]:
    """Yield maps of a hospital's own segments that make no resource, or one that R4 refuses."""
    known = set(mentioned(whole))
    for table in whole.maps.values():
        own = any(where.file == file for where in (table.where, *(r.where for r in table.rows)))
        if table.name in known or not own or not _is_of_segment(table):
            continue
        missing = _missing(table, whole)
        if table.keys and missing:
            lacks = ", ".join(sorted(missing))
            yield Remark(table.where, f"makes {table.target} without {lacks}, which R4 wants")
        elif not table.keys and missing is not None and not missing:
            text = f"makes no {table.target} of its own without a key: it adds to the nearest"
            yield Remark(table.where, text)


def _missing(table: Map, whole: Tables) -> set[str] | None:
    """Return what a resource must have and no row gives; None if it must have nothing."""
    elements = definitions().elements(table.target) if "." not in table.target else {}
    asked = {element.choice or name for name, element in elements.items() if element.required}
    if not asked or any(not row.target for row in table.rows):  # what is poured may be all of it
        return None
    names = {row.target[0].name for row in flat(table.rows) if row.target}
    names |= {link.path[0].name for link in whole.links if link.holder == table.target}
    given = {elements[name].choice or name for name in names if name in elements}
    return asked - given


def mentioned(tables: Tables) -> Iterator[str]:
    """Yield the maps that message structures name."""
    for structure in tables.structures.values():
        for node in nodes(structure.nodes):
            for resource in node.resources:
                name = resource.rpartition(" ")[2].lstrip("+")
                yield name if name in tables.maps else f"{node.name}[{name}]"


def nodes(some: tuple[Node, ...]) -> Iterator[Node]:
    """Yield the segments and groups of a message structure, and those in them."""
    for node in some:
        yield node
        yield from nodes(node.children)


def _is_of_segment(table: Map) -> bool:
    return any(source.field for row in flat(table.rows) for source in row.sources)


def _loinc(code: str) -> bool:
    """Tell whether a LOINC code's check digit (mod 10) is right."""
    digits, _, check = code.partition("-")
    if not (digits.isascii() and digits.isdigit() and check.isdigit()):
        return code.startswith(("LP", "LA", "LL"))
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 - place % 2)
        total += doubled // 10 + doubled % 10
    return (-total) % 10 == int(check)
