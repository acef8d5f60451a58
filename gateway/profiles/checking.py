"""A site profile in; what in it can have no effect, or not the one that is meant, out.

What is wrong is a `TableError` when the profile is read. What stands here is right as the language
goes, and yet most likely not what its author wanted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from gateway.profiles.misreading import misreadings
from gateway.profiles.remarks import Remark
from gateway.profiles.slips import mentioned, nodes, slips
from mappings.dictionary import LAYERS, read, wanted
from mappings.language.lexer import Line, lines
from mappings.language.names import NAME_LISTS
from mappings.language.near import near
from mappings.language.nested import flat
from mappings.language.omissions import LEFT_OUT
from mappings.language.snapshots import listed_whole
from mappings.language.tree import Map, Row, Tables, Where
from mappings.profile import find_profile, read_tables

_LINES = frozenset({"drop", "erase", "ignore", "key"})  # of a map, that are no rows


def check(profile: str) -> list[Remark]:
    """Return what can have no effect, by line.

    Raises
    ------
    TableError
        The profile cannot be read. That its rows fit FHIR is for the compiler to say.
    """
    path = find_profile(profile)
    text = read_tables(path, str(path))
    base, whole = read(wanted(LAYERS, profile), None), read(LAYERS, profile)
    checker = _Checker(path, text, base, whole)
    found = {remark for look in (checker.doubles, checker.repeated, checker.in_vain)
             for remark in look()}  # fmt: skip
    found |= {*misreadings(str(path), base, whole)}
    return sorted({*found, *slips(str(path), path.stem, text, base, whole)})


def same(one: Any, other: Any) -> bool:
    """Tell whether two parts of tables say the same, wherever they are written."""
    return bool(plain(one) == plain(other))


def plain(part: Any) -> Any:
    """Return a part of tables without where it is written."""
    if isinstance(part, Where):
        return None
    if is_dataclass(part):
        return type(part), tuple(plain(getattr(part, one.name)) for one in fields(part))
    if isinstance(part, tuple):
        return tuple(map(plain, part))
    return part


class _Checker:
    def __init__(self, path: Path, text: str, base: Tables, whole: Tables) -> None:
        self._file = str(path)
        self._blocks = _blocks(list(lines(text, self._file, path.stem)))
        self._base, self._whole = base, whole
        self._mine = [table for table in whole.maps.values() if any(map(self._own, _wheres(table)))]

    def doubles(self) -> Iterator[Remark]:
        """Yield names, codes, settings and rows that the profile itself says twice."""
        seen: dict[tuple[str, ...], tuple[Line, Line]] = {}
        for head, rows in self._blocks:
            for row, sign in _signs(head, rows):
                first, within = seen.get(sign, (row, head))
                if first is not row and (within is not head or "->" not in head.words[1:2]):
                    text = f"{sign[-1]} is said in line {first.where.line} already; this counts"
                    yield Remark(row.where, text)
                seen[sign] = row, head
        for table in self._mine:
            yield from self._doubled_rows(table)

    def _doubled_rows(self, table: Map) -> Iterator[Remark]:
        seen: dict[Any, Row] = {}
        for row in filter(lambda row: self._own(row.where), table.rows):
            sign = (row.sources, row.target)
            first = seen.get(sign)
            appends = any(step.mark == "" for step in row.target)
            if (
                first
                and first.when is None
                and not first.default
                and row.by is None
                and not appends
            ):
                line = first.where.line
                yield Remark(
                    row.where, f"never applies: line {line} fills this from the same field"
                )
            seen.setdefault(sign, row)

    def repeated(self) -> Iterator[Remark]:
        """Yield what the standard's or the country's tables say already."""
        for head, rows in self._blocks:
            kind = head.words[0]
            for row in rows:
                word, known = row.words[0], self._base.names.get(kind, {})
                if kind in NAME_LISTS and row.words[1:] == [known.get(word)]:
                    yield Remark(row.where, f"{word} is known without this row")
                elif word == "snapshots" and set(row.words[1:]) == listed_whole(self._base):
                    yield Remark(row.where, "these are lists in full without this row")
                elif kind == "codes" and head.words[1] in self._base.codes:
                    yield from self._repeated_codes(head.words[1], row)
        for table in self._mine:
            old = self._base.maps.get(table.name)
            for entry in table.rows if old else ():
                twin = next((one for one in old.rows if same(one, entry)), None) if old else None
                if twin and self._own(entry.where):
                    yield Remark(entry.where, f"changes nothing: {twin.where} says the same")

    def _repeated_codes(self, name: str, row: Line) -> Iterator[Remark]:
        old, new = self._base.codes[name].codes, self._whole.codes[name].codes
        for word in _said(row, "codes"):
            known = old.get(word)
            if known and self._own(new[word].where) and same(known, new[word]):
                yield Remark(row.where, f"{word} means this without this row ({known.where})")

    def in_vain(self) -> Iterator[Remark]:
        """Yield tables that nothing uses, and rows that are never reached."""
        rows = [row for table in self._whole.maps.values() for row in flat(table.rows)]
        called = {row.convert for row in rows} | set(self._whole.names.get("aliases", {}).values())
        named = {row.codes for row in rows}
        marks = {step.mark for row in rows for step in row.target}
        for head, entries in self._blocks:
            if head.words[0] == "codes" and not entries:
                yield Remark(head.where, "says nothing: no code stands in it")
            if head.words[0] == "codes" and head.words[1] not in named:
                yield Remark(head.where, self._of_no_row(head.words, named))
            for entry in entries if head.words == ["extensions"] else ():
                if entry.words[0] not in marks:
                    yield Remark(entry.where, f"no row uses the extension {entry.words[0]}")
        said = set(mentioned(self._whole))
        for table in self._mine:
            yield from self._map_in_vain(table, called, said)
            yield from self._ignored_in_vain(table)

    def _of_no_row(self, words: list[str], named: set[str]) -> str:
        """Say that no row uses a code table, and which ones the rows of its table use."""
        codes = self._base.codes
        used = sorted(name for name in named if name in codes and codes[name].table in words[2:3])
        rather = f": those of {words[2]} use {', '.join(used)}" if used else near(words[1], codes)
        return f"no row uses the code table {words[1]}{rather}"

    def _map_in_vain(self, table: Map, called: set[str], said: set[str]) -> Iterator[Remark]:
        """Yield a map that never applies, or reads nothing of what it is of."""
        read = list(_sources(table))
        segment = any(s.field and s.name == table.source for s in read)
        if segment and table.source in self._whole.ignored:
            yield Remark(table.where, f"never applies: {table.source} is ignored")
        elif table.name in said or table.name in self._base.maps:
            pass
        elif not segment and table.name not in called:
            strange = next((row for row in flat(table.rows) if row.sources[0].field), None)
            if strange is not None and all(s.name != table.source for s in read):
                text = f"{strange.sources[0]} is no field of {table.source}, nor any in this map"
                yield Remark(strange.where, text)
            else:
                yield Remark(table.where, f"never applies: no row says {table.name}")
        elif segment and (table.source in self._places() or "-" in table.name):
            yield Remark(table.where, f"never applies: no message structure says {table.name}")

    def _places(self) -> set[str]:
        """Return the segments of the message structures that the standard has."""
        return {node.name for one in self._base.structures.values() for node in nodes(one.nodes)}

    def _ignored_in_vain(self, table: Map) -> Iterator[Remark]:
        old = self._base.maps.get(table.name)
        before = {word for word, _ in old.ignored} if old else set()
        carrying = (row for row in flat(table.rows) if row.convert != LEFT_OUT)
        read = {str(source) for row in carrying for source in row.sources}
        for head, rows in self._blocks:
            if head.words[:3] != [table.source, "->", table.target]:
                continue
            for row in (row for row in rows if row.words[0] == "ignore"):
                end = row.words.index("when") if "when" in row.words else None
                for word in row.words[1:end]:
                    if word in before:
                        yield Remark(row.where, f"{word} is ignored without this row")
                    elif word in read and end is None:
                        yield Remark(row.where, f"{word} is not ignored: a row reads it (see drop)")

    def _own(self, where: Where) -> bool:
        return where.file == self._file


def _blocks(read: list[Line]) -> list[tuple[Line, list[Line]]]:
    blocks: list[tuple[Line, list[Line]]] = []
    for line in read:
        if line.indent == 0:
            blocks.append((line, []))
        else:
            blocks[-1][1].append(line)
    return blocks


def _signs(head: Line, rows: list[Line]) -> Iterator[tuple[Line, tuple[str, ...]]]:
    """Yield each row with what it speaks of: of its list, code table or map the same in any table.

    In one map rows of a field may have conditions; in another table of its name they replace.
    """
    kind, outer = head.words[0], min((row.indent for row in rows), default=0)
    for row in rows:
        words = [str(word) for word in row.words]
        if kind in NAME_LISTS or kind in {"site", "codes", "concepts"}:
            table = () if len(head.words) == 1 else (head.words[1], head.words[-1])
            yield from ((row, (kind, *table, word)) for word in _said(row, kind))
        elif head.words[1:2] == ["->"] and row.indent == outer and words[0] not in _LINES:
            yield row, (*_name(head), " ".join(words[:2]))


def _name(head: Line) -> tuple[str, ...]:
    """Return what tells a map from others: what it is called, else source and target."""
    words = [str(word) for word in head.words]
    return tuple(words[words.index("as") + 1 :][:1] if "as" in words else words[:3])


def _said(row: Line, kind: str) -> list[str]:
    """Return the names or codes that one row says something of."""
    words = [str(word) for word in row.words]
    if kind not in {"codes", "concepts"} or words[0] not in {"same", "none"} or len(words) == 1:
        return words[:1]
    return words[3:] if words[:2] == ["same", "in"] and len(words) > 3 else words[1:]


def _wheres(table: Map) -> Iterator[Where]:
    yield table.where
    yield from (row.where for row in table.rows)


def _sources(table: Map) -> Iterator[Any]:
    for row in flat(table.rows):
        yield from row.sources


def idle(profile: str, made: set[str]) -> list[Remark]:
    """Return the rows of a profile that made nothing; `made` are those that did (``file:line``)."""
    file = str(find_profile(profile))
    return [
        Remark(row.where, "made nothing of these messages")
        for table in read(LAYERS, profile).maps.values()
        for row in flat(table.rows)
        if row.where.file == file
        and not row.rows
        and str(row.where) not in made
        and row.convert != LEFT_OUT
    ]
