"""The table of sensitive codes (`sensitivity.tsv`) in; a look-up from coding to labels out.

A row is: system, codes, labels, what it is. Codes are separated by commas; A50-A64 is every
three-character stem in between. An ICD-10 stem stands for everything below it, in every edition; so
does a prefix in ATC and ICD-9-CM-3. Labels are v3-ActCode sensitivities, or R where the thing is
sensitive but no such code fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files

from consent.codes import ICD10, ICD10_FAMILY, icd10_stems

# Names used in the table, the systems they stand for, and how long the stems of a code can be;
# no lengths: codes are compared whole.
SYSTEMS: dict[str, tuple[frozenset[str], tuple[int, ...]]] = {
    "icd-10": (ICD10_FAMILY, ()),
    "icd-9-cm-3": (
        frozenset({"urn:oid:2.16.156.10011.2.3.3.12", "urn:oid:2.16.840.1.113883.6.104"}),
        (2, 4, 5),
    ),
    "loinc": (frozenset({"http://loinc.org", "urn:oid:2.16.840.1.113883.6.1"}), ()),
    "snomed": (frozenset({"http://snomed.info/sct", "urn:oid:2.16.840.1.113883.6.96"}), ()),
    "atc": (
        frozenset({"http://www.whocc.no/atc", "urn:oid:2.16.840.1.113883.6.73"}),
        (1, 3, 4, 5, 7),
    ),
}
_ALIAS = {uri: alias for alias, (uris, _) in SYSTEMS.items() for uri in uris}
_RANGE = re.compile(r"([A-Z])(\d\d)-([A-Z])(\d\d)", re.ASCII)
_LABELS = re.compile(r"[A-Z]+( [A-Z]+)*", re.ASCII)

Table = dict[tuple[str, str], frozenset[str]]


class SensitivityTableError(ValueError):
    """A row of the table that cannot be read; the text says which line and why."""


def read_table(text: str) -> Table:
    """Read the table.

    Raises
    ------
    SensitivityTableError
        A row has not four columns, or a system, a range or a label that is not one.
    """
    table: Table = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        columns = [column.strip() for column in line.split("\t")]
        if len(columns) != 4 or not all(columns):
            raise SensitivityTableError(f"line {number}: a row has four columns, none empty")
        system, codes, labels, _ = columns
        if system not in SYSTEMS:
            raise SensitivityTableError(f"line {number}: no such system: {system}")
        if not _LABELS.fullmatch(labels):
            raise SensitivityTableError(f"line {number}: labels are capitals, with spaces between")
        for code in _expand(codes, number):
            key = (system, code)
            table[key] = table.get(key, frozenset()) | frozenset(labels.split(" "))
    return table


def _expand(codes: str, number: int) -> Iterator[str]:
    for item in codes.split(","):
        code = item.strip()
        match = _RANGE.fullmatch(code)
        if match is None:
            yield code
            continue
        letter, first, other, last = match.groups()
        if letter != other or int(first) >= int(last):
            raise SensitivityTableError(f"line {number}: not a range: {code}")
        for stem in range(int(first), int(last) + 1):
            yield f"{letter}{stem:02d}"


@cache
def _table() -> Table:
    return read_table(files(__package__).joinpath("sensitivity.tsv").read_text("utf-8"))


@lru_cache(maxsize=65_536)
def sensitivity(system: str, code: str) -> frozenset[str] | None:
    """Return the labels a coding brings; None: the table does not know its system."""
    alias = _ALIAS.get(system)
    if alias is None:
        return None
    table = _table()
    return frozenset().union(*(table.get((alias, stem), ()) for stem in _stems(alias, code)))


def diagnosis_sensitivity(code: str) -> frozenset[str]:
    """Return the labels a diagnosis brings whose system is not known but which reads like ICD-10.

    Hospitals send national codes under names of their own; taking such a code for what it looks
    like can only add labels.
    """
    return sensitivity(ICD10, code) or frozenset()


def _stems(alias: str, code: str) -> tuple[str, ...]:
    if alias == "icd-10":
        return icd10_stems(code)
    lengths = SYSTEMS[alias][1]
    return tuple(code[:length] for length in lengths if length <= len(code)) if lengths else (code,)
