"""Lists of names: rows of ``systems``, ``units`` … in, names and what they stand for out.

What a name stands for goes into resources as it is. So it is judged here, where its row is known: a
wrong address or unit would else be refused in every message, or stand in every resource.
"""

from __future__ import annotations

from mappings.language.lexer import Line, around_arrow
from mappings.language.tree import TableError, Tables, Where
from mappings.language.ucum import is_ucum, no_ucum
from mappings.runtime.text.uris import is_absolute

NAME_LISTS = ("systems", "extensions", "authorities", "units", "aliases")

#: What a name stands for, where that is no URI.
_MEANINGS = {"aliases": "MAP", "units": "UCUM-CODE"}


def names(kind: str, rows: list[Line], into: Tables) -> None:
    """Add the rows of a list to `into`.

    Raises
    ------
    TableError
        A row is not a name and what it stands for; the name is empty; that is no URI, or no UCUM
        code.
    """
    known = into.names.setdefault(kind, {})
    for line in rows:
        for name, meant in _meanings(kind, line):
            if not name.strip():
                raise TableError(line.where, "an empty name stands for nothing")
            if kind == "units" and not is_ucum(meant):
                raise TableError(line.where, no_ucum(meant))
            if kind not in {"units", "aliases"}:
                uri(meant, line.where)
            known[name] = meant
            into.named[kind, name] = line.where


def _meanings(kind: str, line: Line) -> list[tuple[str, str]]:
    """``g gm -> g``: both are; ``same mol K``: itself; ``same in urn:x: a``: ``urn:x:a``."""
    match line.words:
        case ["same", "in", below, *several] if several:
            return [(str(name), f"{below}{name}") for name in several]
        case ["same", *several] if several and several[0] != "->":
            return [(str(name), str(name)) for name in several]
    several, meant = around_arrow(line)
    if not several or len(meant) != 1:
        of = _MEANINGS.get(kind, "URI")
        why = f'write: NAME {of}, or NAME NAME … -> {of} (a name of several words in "…")'
        raise TableError(line.where, why)
    return [(str(name), str(meant[0])) for name in several]


def uri(text: str, where: Where) -> str:
    """Return an absolute URI (RFC 3986), as FHIR asks it of a system or an extension.

    Raises
    ------
    TableError
        It is none: it has no scheme, an OID is wrong, a sign is not allowed in it.
    """
    if not is_absolute(text):
        raise TableError(
            where, f"{text!r} is no URI: write https://… or urn:oid:…, other letters as %E5%8C%BB"
        )
    return text
