"""The settings of one site: rows of a `site` table in, checked settings out.

A profile's settings say how a hospital writes, before any row of a table is looked at: ingest
reads them alone (`site_settings`), translation with the tables.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from mappings.language.lexer import Line, lines
from mappings.language.tree import Setting, TableError
from mappings.runtime.text.currencies import CURRENCIES
from mappings.runtime.text.zones import zone_named


class _Kind(NamedTuple):
    fits: Callable[[str], Any]  # None: a value that it cannot be
    example: str


#: Every setting, what it may be, and an example for who wrote it wrongly.
SETTINGS = {
    "charset": _Kind(re.compile(r"\S.*").fullmatch, "charset GB18030, or charset MSH-17"),
    "timezone": _Kind(zone_named, "timezone +08:00, or timezone Europe/Berlin"),
    "authority": _Kind(re.compile(r"\S+").fullmatch, "authority TJH01"),
    "currency": _Kind({code: code for code in CURRENCIES}.get, "currency CNY (ISO 4217)"),
    "processing": _Kind(
        re.compile(r"[TD]|T D|D T").fullmatch,
        "processing T, of a feed whose training messages are taken",
    ),
    "layers": _Kind(
        re.compile(r"base(?: cn)?").fullmatch, "layers base, to do without the country's tables"
    ),
    "snapshots": _Kind(
        re.compile(r"none|[A-Z][A-Z0-9]{2}(?: [A-Z][A-Z0-9]{2})*").fullmatch,
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
    if kind.fits(value) is None:
        wrong = f"{value!r} cannot be; " if value else ""
        raise TableError(line.where, f"{wrong}write: {kind.example}")
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
