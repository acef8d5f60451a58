"""Code tables: lines of ``codes`` and ``concepts`` tables in, `Codes` out."""

from __future__ import annotations

from mappings.language.lexer import Line, Quoted, around_arrow
from mappings.language.sources import literal, refuse_unseen
from mappings.language.tree import Code, Codes, Literal, TableError


def read_codes(empty: Codes, rows: list[Line], tables: dict[str, Codes], key: str) -> None:
    """Add rows to the code table called `key`, which may be in `tables` already.

    Raises
    ------
    TableError
        A row that is none; a table of another system, or of another list, by the same name.
    """
    codes = tables.setdefault(key, empty)
    if empty.system != codes.system:
        raise TableError(empty.where, f"{empty.name} maps to {codes.system} in {codes.where}")
    if empty.table != codes.table:
        raise TableError(empty.where, f"{empty.name} maps {codes.table} in {codes.where}")
    for line in rows:
        for code in _code_row(line):
            codes.codes[code.code] = code


def _code_row(line: Line) -> list[Code]:
    """``M male "Male"``, ``A B -> system#x``; ``same A B``: themselves; ``none C D``: no target."""
    where, (code, *rest) = line.where, line.words
    if code == "same" and rest[:1] not in ([], ["->"]):
        system = ""
        if rest[0] == "in" and len(rest) > 2:
            _, system, *rest = rest
        return [Code(where, str(word), str(word), system=system) for word in rest]
    if code == "none" and rest[:1] not in ([], ["->"]):
        return [Code(where, str(word), "") for word in rest]
    codes, rest = around_arrow(line)
    if not codes or not rest or rest[2:] or not all(isinstance(w, Quoted) for w in rest[1:]):
        why = 'write: CODE TARGET "display", CODE CODE … -> TARGET, same CODE …, or none CODE …'
        raise TableError(where, why)
    target = Literal("") if rest[0] == "-" else literal(rest[0])
    display = str(rest[1]) if len(rest) == 2 else ""
    for word in filter(None, (target.text, display)):
        refuse_unseen(word, where)
    return [Code(where, str(each), target.text, display, target.system) for each in codes]
