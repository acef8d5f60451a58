"""A map's rows in; those whose elements come out of memory, and the lines that take them, out.

`mappings.compiler.sharing` says which rows messages, or the segments of one, have in common.
"""

from __future__ import annotations

from collections.abc import Callable

from mappings.compiler.conditions import boolean
from mappings.compiler.function import function_name
from mappings.compiler.reading import is_segment
from mappings.compiler.rows import Rows
from mappings.compiler.sharing import Split, split, touched, whole
from mappings.language.nested import built, flat
from mappings.language.tree import Map, Row
from mappings.runtime.functions.registry import FUNCTIONS


class Remembering(Rows):
    """Writes what is taken from memory."""

    def _split(self, table: Map) -> Split:
        """Find the rows whose elements may be shared between messages."""
        if self.explain or not table.replace or not is_segment(table):
            return whole(table)
        place = self.checker.start(table.target, table.where)

        def elements(row: Row) -> set[str]:
            names = {path.partition(".")[0].lstrip("_") for path in built((row,))}
            known = {name: self.checker.definitions.element(place.type, name) for name in names}
            return {each.choice or name if each else name for name, each in known.items()}

        kept = self.ledger.kept(table)

        def free(test: Callable[[Row], bool]) -> Callable[[Row], bool]:
            return lambda row: id(row) not in kept and test(row)

        return split(
            table, free(self._from_vocabulary), free(self._from_sources), elements,
            touched(table, self.tables) | {""},
        )  # fmt: skip

    def _from_vocabulary(self, row: Row) -> bool:
        """Whether what a segment's row makes depends on its field alone, and is no patient content.

        Of rows in a ``by`` it is not known: what they make may be of any type.
        """
        if row.by is not None:
            return False
        if row.sources[0].name == "-":
            return row.literal is not None
        start = self.checker.start(self.map.target, self.map.where)
        end, _ = self.checker.resolve(start, row.target, row.where)
        if row.rows:
            return self._is_vocabulary(row, end) or self._is_of_vocabulary(row, end)
        return (
            row.literal is not None
            or (row.codes != "" and row.convert == "")
            or self._makes_vocabulary(row)
        )

    def _from_sources(self, row: Row) -> bool:
        """Whether what a segment's row makes depends on its sources and the message alone.

        Functions may ask what stands around a segment; what is a guess is noted where it stands.
        """
        return not (row.by or row.further or row.default) and not any(
            each.convert in FUNCTIONS for each in flat((row,))
        )

    def _shared(self, table: Map, parts: Split) -> None:
        """Write what takes from memory what segments of a kind have in common."""
        if not parts.shared:
            return
        out, name = self.out, function_name(table.name)
        memo = self.memo()
        key = "".join(f"f[{field}], " for field in parts.fields)
        out.line("own = len(r) == 1 or unshared(r)")
        out.line(f"shared = X.memo[{memo}].get(({key})) if own else None")
        out.line("if shared is not None and not shared.weak: r.update(shared.elements)")
        out.line(f"elif own: shared = share({name}_shared, X.memo[{memo}], ({key}), f, X, r)")
        out.line(f"else: {name}_shared(f, X, r)")

    def _alike(self, table: Map, parts: Split) -> None:
        """Write what takes from memory what segments of one message have in common.

        What pours into a resource may have filled an element that these rows ask for.
        """
        if not parts.alike:
            return
        out, name, memo = self.out, function_name(table.name), self.memo()
        others = {source for source, _ in parts.alike_reads} - {table.source}
        for other in sorted(others - self.reader.borrowed):
            out.line(f"g_{other} = X.current.get({other!r}, NO_FIELDS)")
        key = "".join(
            f", {'f' if source == table.source else f'g_{source}'}[{field}]"
            for source, field in parts.alike_reads
        )
        names = sorted({path.partition(".")[0] for path in built(parts.alike)})
        asked = [
            "own", "not X.lent",  # a loan is to be repaid by each who can
            *(f"not {boolean(when, self.reader, None)}" for when in parts.apart),
            f"r.keys().isdisjoint({self._constant(repr(tuple(names)))})",
        ]  # fmt: skip
        out.line(f"if {' and '.join(asked)}:")
        with out.block():
            out.line(f"alike = X.alike.get(({memo}{key}))")
            out.line("if alike is not None and not alike.weak: r.update(alike.elements)")
            out.line(f"else: alike = share({name}_alike, X.alike, ({memo}{key}), f, X, r)")
        out.line("else:")
        with out.block():
            out.line("alike = None")
            out.line(f"{name}_alike(f, X, r)")
