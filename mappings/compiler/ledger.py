"""Tables in, the account of every map out: what it reads, carries, uses, and need not carry."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from mappings.compiler.account import Account, Flag, ignored
from mappings.compiler.conditions import sources_of
from mappings.compiler.neighbours import adding, lendings
from mappings.compiler.nulls import Nulls
from mappings.compiler.reading import is_segment
from mappings.compiler.reads import Reading, Reads, chosen, path, repeats, used
from mappings.compiler.rivals import At, Rivals
from mappings.compiler.types import Checker
from mappings.language.nested import flat
from mappings.language.omissions import LEFT_OUT
from mappings.language.sources import source as written
from mappings.language.tree import Map, Row, Source, Tables, Where
from mappings.runtime.state.carrying import Facts

#: Fields that say how to read the message, and which it is.
HEADER = {"MSH": frozenset({(1,), (2,), (9,), (10,)}), "EVN": frozenset({(1,)})}


class Entry(NamedTuple):
    """One map's account."""

    account: Account
    rivals: Rivals
    at: At
    flags: list[Flag]
    used: list[Source]  # in keys and conditions, or left out
    again: bool  # whether the map may be run more than once on the same resource
    kin: list[Map]  # the other segment maps that build the same

    def of(self, rows: Iterable[Row]) -> list[Flag]:
        """Return the flags of values that some of the rows may carry."""
        among = {id(each) for each in flat(tuple(rows))}
        return [flag for flag in self.flags if not among.isdisjoint(self.readers(flag))]

    def readers(self, flag: Flag) -> set[int]:
        """Return the rows that may carry the value of a flag, constants apart."""
        rows = (row for row, _ in self.account.carriers(flag.source))
        told = flag.source in self.account.told
        return {id(row) for row in rows if told or row.literal is None}

    def repeating(self, segment: str) -> dict[int, str]:
        """Return the fields that rows under conditions take whole: the flag that says if one did.

        A row that did takes all repetitions, or finds those that it leaves.
        """
        readers = {s: known for s, known in self.account.readers.items() if known}
        parts = {source.field for source in readers if len(path(source)) > 1}
        flagged = [flag.source for flag in self.flags]
        named = {f.source: f.name for f in self.flags if flagged.count(f.source) == 1}
        return {
            source.field: named[source] for source, known in readers.items()
            if source.name == segment and source in named and source.field not in parts
            and any(repeats(each.row) for each in known)
            and all(each.row.literal is None for each in known)
        }  # fmt: skip


class Ledger:
    """Keeps the accounts of all maps."""

    def __init__(self, tables: Tables, checker: Checker) -> None:
        self.reading = Reading(tables.maps)
        self._tables, self._checker = tables, checker
        self._adding = adding(tables)
        self.lendings = lendings(tables.maps.values(), self.reading)
        self._nulls = Nulls(tables, checker)
        self._entries: dict[str, Entry] = {}
        self._facts: dict[str, Facts] = {}
        self._same: dict[Any, Any] = {}

    def of(self, table: Map) -> Entry:
        """Return the account of a map."""
        entry = self._entries.get(table.name)
        if entry is None:
            entry = self._entries[table.name] = self._entry(table)
        return entry

    def _entry(self, table: Map) -> Entry:
        segment = is_segment(table)
        kin = [
            other for other in self._tables.maps.values()
            if other is not table and other.target == table.target and is_segment(other)
        ]  # fmt: skip
        again = segment and table.name in self._adding
        rivals = Rivals(table, kin if again else None, self._tables.maps, self._checker)
        at = At((), self._checker.start(table.target, table.where))
        account = Account(table.rows, table.source, self.reading, rivals, at)
        left_out = _left_out(table)
        flags = list(account.flags(left_out, "u"))
        head = (Source(table.source, *place) for place in HEADER.get(table.source, ()))
        uses = [
            s for s in (*used(table), *head)
            if path(s) in left_out or s not in {told for _, told in account.choosers}
        ]  # fmt: skip
        return Entry(account, rivals, at, flags, uses, again, kin)

    def shared(self, table: Map) -> frozenset[int]:
        """Fields that another map of the segment may look for in vain, and this one carry."""
        found: set[int] = set()
        for other in self._tables.maps.values():
            if other is table or other.source != table.source:
                continue
            found.update(flag.source.field for flag in self.of(other).flags if flag.source.field)
            if other.when is not None and table.when is not None:
                found.update(s.field for row in flat(other.rows) for s in row.sources)
        return frozenset(found)

    def carriers(self, source: Source, table: Map) -> tuple[str, ...]:
        """Resources for which other maps of the segment surely carry a field."""
        others = (t for t in self._tables.maps.values() if t.source == table.source)
        return tuple(
            other.target for other in others
            if other is not table and source.field in self.facts(other).surely
        )  # fmt: skip

    def uses(self, table: Map) -> tuple[tuple[str, str, str, str], ...]:
        """Return what a map uses without carrying it over: place below it, how, row, layer."""
        found: list[tuple[Source, str, Where]] = []
        for row in flat(table.rows):
            if row.convert == LEFT_OUT:
                found += [(s, "ignore", row.where) for s in row.sources]
                continue
            tested = sources_of(row.when) if row.when is not None else set()
            found += [(s, "condition", row.where) for s in tested]
            found += [(row.by, "condition", row.where)] if row.by is not None else []
            if row.literal is not None:
                found += [(s, "condition", row.where) for s in row.sources]
        if table.when is not None:
            found += [(s, "condition", table.where) for s in sources_of(table.when)]
        for key in table.keys:
            found += [(s, "key", key.where) for part in key.parts for s in part]
        said = {
            (s.field, s.component, kind, str(where), where.layer)
            for s, kind, where in found
            if s.name == table.source
        }
        for word, where in table.ignored:
            source, (place, _, layer) = written(word, table.where), where.partition("@")
            said.add((source.field, source.component, "ignore", place, layer))
        return tuple(
            (_below(field, part), kind, row, layer)
            for field, part, kind, row, layer in sorted(said)
        )

    def kept(self, table: Map) -> set[int]:
        """Return rows that must run for each message, for what they say of values they share."""
        entry, shared = self.of(table), self.shared(table)
        found: set[int] = set()
        for flag in entry.flags:
            readers = entry.readers(flag)
            apart = [
                row for row in table.rows if not readers.isdisjoint(id(r) for r in flat((row,)))
            ]
            if len({row.target[:1] for row in apart}) > 1 or flag.source.field in shared:
                found.update(id(row) for row in apart)
        for row, source in entry.account.choosers:
            if source.field in shared:
                found.add(id(row))
        return found

    def lends(self, source: Source, table: Map) -> bool:
        """Whether a row of a map reads what another segment's maps may leave to it."""
        own = source.name == table.source or source.name == "MSH"
        return not own and source.field in self.lendings.get(source.name, {})

    def facts(self, table: Map) -> Facts:
        """Return what the walker must know of a segment map."""
        found = self._facts.get(table.name)
        if found is None:
            found = self._facts[table.name] = self._known(table)
        return found

    def _known(self, table: Map) -> Facts:
        entry = self.of(table)
        readers = entry.account.readers
        fields = {path(s)[0] for s in readers if path(s)}
        whole = {path(s)[0]: known for s, known in readers.items() if len(path(s)) == 1}
        surely = {n for n, known in whole.items() if any(r.sure for r in known)}
        told = chosen(table.when) if table.when else ()
        surely |= {s.field for s in told if s.name == table.source}
        read = self.used(table)
        own = [s for s in entry.used if s.name == table.source]
        parted = {s.field for s in own if s.component} - {s.field for s in own if not s.component}
        return Facts(
            read,
            self._nulls.of(table),
            frozenset(place[0] for place in _left_out(table) if len(place) == 1),
            frozenset(surely | (read - fields - parted)),  # what is used otherwise
            entry.account.repeated_fields,
            {n: self._one(entry.account.reads(n, own, cases=False)) for n in fields},
            table.name,
            {n: self._one(parts) for n, parts in entry.account.sure_parts().items()},
        )

    def _one(self, reads: Reads) -> Reads:
        """Return the one of all that are alike: most fields are read as a whole."""
        own = {component: self._same.setdefault(parts, parts) for component, parts in reads.items()}
        return self._same.setdefault(tuple(sorted(own.items())), own)  # type: ignore[no-any-return]

    def used(self, table: Map) -> frozenset[int]:
        """Fields that a map reads, other than to test them, or leaves out on purpose."""
        read = [source for row in flat(table.rows) for source in row.sources]
        read += [source for _, source in self.of(table).account.choosers]
        return frozenset(s.field for s in [*read, *self.of(table).used] if s.name == table.source)


def _below(field: int, component: int) -> str:
    """``-3.4``: a place of a segment; ``.4``: one of a value, which has no fields."""
    return (f"-{field}" if field else "") + (f".{component}" if component else "")


def _left_out(table: Map) -> frozenset[tuple[int, ...]]:
    return ignored(table) | HEADER.get(table.source, frozenset())
