"""What a translation lacked from its tables: a `Translation` in, what a site profile may add out.

The list is for the engineer who writes the profile, and is kept and shown without the message. So
it names vocabulary only, and of that only what has the shape of vocabulary: a sender may have put
a patient's name or number where a code belongs. What has another shape is counted without a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from mappings.dictionary import Dictionary
from mappings.language.tree import Map, Tables
from mappings.runtime.functions.authorities import OWN
from mappings.runtime.functions.coding import LOCAL
from mappings.runtime.text.surnames import SURNAMES
from mappings.runtime.types import JSON
from mappings.translate import Translation

#: Kinds of what may be lacking, with the sentence that an engineer reads.
KINDS = {
    "authority": "an assigning authority without an address in `authorities`",
    "code": "a code that a code table does not have",
    "component": "a component without a row",
    "field": "a field without a row",
    "local-code": "a local code without a standard one in `concepts`",
    "segment": "a segment without a table",
    "structure": "a message type without a structure",
    "system": "a coding system without an address in `systems`",
    "unit": "a unit without a UCUM code in `units`",
}
NO_SYSTEM = "-"  # the system of codes that name none, as `concepts - -> LN` writes it

_FOUND = {
    "unknown-segment": "segment",
    "unmapped-field": "field",
    "unmapped-component": "component",
    "no-structure": "structure",
}
_ORDINAL = re.compile(r"\[\d+\]")
# A Han word may be a name of two to four characters, if it begins with a surname.
_CODE = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9.:/+*%#^_-]{0,31}|[\u4e00-\u9fff]|[A-Za-z0-9]{0,4}"
    rf"(?![{''.join(sorted(SURNAMES))}][\u4e00-\u9fff]{{1,3}}$)[\u4e00-\u9fff]{{2,8}}"
)
_NAME = re.compile(r"(?![\u4e00-\u9fff·]{1,4}$)[^\W_][\w.:/&%()*-]{0,31}")  # no Han name
_OF_FIELD = re.compile(r"v2-\d{4}")  # a system that the field's row named: the sender named none
_UNIT = re.compile(r"[^\s\d][^\s]{0,15}|\d{1,3}[^\s\d][^\s]{0,11}")
# A telephone or identity number, or a date of birth.
_PERSONAL = re.compile(r"\d{11}|(?<!\d)(?:19|20)\d{6}(?!\d)|\d{17}")


class Want(NamedTuple):
    """One thing a profile may say.

    ``kind`` is one of `KINDS`; ``name`` the code table, coding system, authority, segment, field or
    unit, "" where it is not shown; ``code`` the code, "" where there is none or it is not shown;
    ``place`` the field (``PID-16``) or element (``Observation.code``).
    """

    kind: str
    name: str
    code: str = ""
    place: str = ""


def wants(result: Translation, dictionary: Dictionary) -> Iterator[Want]:
    """Yield what a message lacked, once for each time it did."""
    for one in result.unmapped:
        yield Want("code", one.table, _shown(_CODE, one.code), place(one.location))
    for finding in result.findings:
        kind = _FOUND.get(finding.code)
        if kind == "structure":
            yield Want(kind, _shown(_CODE, result.type), "", "MSH-9")
        elif kind is not None:
            yield Want(kind, place(finding.location))
    tables = {one.code for one in result.unmapped}
    for made in result.made:
        yield from _of_resource(made.resource, dictionary, tables)


def lacks(want: Want, tables: Tables) -> bool:
    """Tell whether tables still lack something, as far as they alone can tell."""
    names, name = tables.names, want.name
    match want.kind:
        case "authority":
            return name not in names.get("authorities", {})
        case "unit":
            return name not in names.get("units", {})
        case "system":
            return name not in names.get("systems", {})
        case "segment":
            known = {table.source for table in tables.maps.values()}
            return name not in known and name not in tables.ignored
        case "field":
            return not any(_says(table, name) for table in tables.maps.values())
        case "code":
            return name not in tables.codes or want.code not in tables.codes[name].codes
        case "local-code":
            lists = [one for key, one in tables.codes.items() if key.startswith("concepts ")]
            return not any(one.table == name and want.code in one.codes for one in lists)
        case _:
            return True


def _says(table: Map, name: str) -> bool:
    read = {f"{s.name}-{s.field}" for row in table.rows for s in row.sources}
    return name in read or any(word == name for word, _ in table.ignored)


def place(location: str) -> str:
    """``PID-3[2].4`` → ``PID-3.4``: the place in any message."""
    return _ORDINAL.sub("", location)


def _of_resource(resource: JSON, dictionary: Dictionary, tables: set[str]) -> Iterator[Want]:
    """Look at what stands at a resource's top: its codes, its identifiers, its quantity."""
    for name, value in resource.items():
        if type(value) is dict:
            if "coding" in value:
                if not _known(value["coding"], dictionary):
                    yield from _of_concept(value["coding"], resource, name, dictionary, tables)
            elif "unit" in value and "code" not in value:
                yield Want("unit", _shown(_UNIT, value["unit"]), "", _element(resource, name))
        elif type(value) is list and type(value[0]) is dict:
            for item in value:
                yield from _of_item(item, resource, name, dictionary, tables)


def _of_item(
    item: JSON, resource: JSON, name: str, dictionary: Dictionary, tables: set[str]
) -> Iterator[Want]:
    if name == "identifier":
        system = item.get("system", "")
        if system.startswith(OWN):
            yield Want("authority", _shown(_NAME, _tail(system)), "", _element(resource, name))
    elif "coding" in item and not _known(item["coding"], dictionary):
        yield from _of_concept(item["coding"], resource, name, dictionary, tables)


def _known(codings: list[JSON], dictionary: Dictionary) -> bool:
    """Tell whether a code speaks for itself, or a profile knows that none does."""
    for coding in codings:
        system = coding.get("system", "")
        if system and system not in dictionary.local and not system.startswith(LOCAL):
            return True
        if (system, coding.get("code")) in dictionary.site.concepts:
            return True
    return False


def _of_concept(
    codings: list[JSON], resource: JSON, name: str, dictionary: Dictionary, tables: set[str]
) -> Iterator[Want]:
    where = _element(resource, name)
    for coding in codings:
        code, system = coding.get("code", ""), coding.get("system", "")
        if code in tables:  # said of its code table already
            continue
        named = bool(system) and not _OF_FIELD.fullmatch(_tail(system))
        if named and system.startswith(LOCAL):
            yield Want("system", _shown(_NAME, _tail(system)), "", where)
        if code:
            called = dictionary.local.get(system) or _shown(_NAME, _tail(system))
            yield Want("local-code", called if named else NO_SYSTEM, _shown(_CODE, code), where)


def _element(resource: JSON, name: str) -> str:
    return f"{resource['resourceType']}.{name}"


@lru_cache(maxsize=1024)
def _tail(uri: str) -> str:
    return unquote(uri.rpartition("/")[2])


@lru_cache(maxsize=8192)  # a feed's vocabulary comes again and again
def _shown(shape: re.Pattern[str], text: str) -> str:
    return text if shape.fullmatch(text) and not _PERSONAL.search(text) else ""
