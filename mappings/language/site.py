"""The settings of one site: rows of a `site` table in, checked settings out.

A profile's settings say how a hospital writes, before any row of a table is looked at: ingest
reads them alone (`site_settings`), translation with the tables.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from mappings.language.lexer import Line, lines
from mappings.language.tree import Setting, TableError


class _Kind(NamedTuple):
    pattern: re.Pattern[str]
    example: str


#: Every setting, what it may be, and an example for who wrote it wrongly.
SETTINGS = {
    "charset": _Kind(re.compile(r"\S.*"), "charset GB18030, or charset MSH-17"),
    "timezone": _Kind(re.compile(r"[+-](?:0\d|1[0-4]):[0-5]\d"), "timezone +08:00"),
    "authority": _Kind(re.compile(r"\S+"), "authority TJH01"),
    "currency": _Kind(re.compile(r"[A-Z]{3}"), "currency CNY"),
    "snapshots": _Kind(
        re.compile(r"none|[A-Z][A-Z0-9]{2}(?: [A-Z][A-Z0-9]{2})*"),
        "snapshots none, or the segments that are lists in full: snapshots DG1 IN1",
    ),
}


def setting(line: Line) -> tuple[str, Setting]:
    """Read one row of a `site` table.

    Raises
    ------
    TableError
        There is no such setting, or it cannot be this.
    """
    name, value = line.words[0], " ".join(line.words[1:])
    kind = SETTINGS.get(name)
    if kind is None:
        raise TableError(line.where, f"{name!r} is no setting: it is one of {', '.join(SETTINGS)}")
    if not kind.pattern.fullmatch(value):
        raise TableError(line.where, f"write: {kind.example}")
    return name, Setting(line.where, value)


def site_settings(text: str, file: str) -> dict[str, Setting]:
    """Read the settings of a profile, and nothing else of it.

    Raises
    ------
    TableError
        A setting is wrong, or a line cannot be read.
    """
    found: dict[str, Setting] = {}
    within = False
    for line in lines(text, file, file):
        if line.indent == 0:
            within = line.words == ["site"]
        elif within:
            name, value = setting(line)
            found[name] = value
    return found
