"""One map of two layers: the earlier one, and what the later one says of it, in; one map out."""

from __future__ import annotations

from dataclasses import replace

from mappings.language.omissions import LEFT_OUT
from mappings.language.tree import Map, Row, TableError, Where


def layered(old: Map, new: Map, dropped: dict[tuple[str, ...], Where]) -> Map:
    """Put a later layer's rows in the place of those for the same source and target, else first.

    Raises
    ------
    TableError
        There is no row that is to be dropped.
    """

    def sign(row: Row) -> tuple[str, str]:
        return "|".join(map(str, row.sources)), ".".join(map(str, row.target))

    known = {sign(row) for row in old.rows if row.convert != LEFT_OUT}
    for words, where in dropped.items():
        if words not in known:
            alike = sorted(" ".join(each) for each in known if each[0] == words[0])
            instead = f": there is {', '.join(alike)}" if alike else ""
            raise TableError(where, f"there is no row {' '.join(words)!r} to drop{instead}")
    more = [row for row in new.rows if row.convert == LEFT_OUT]
    said = [row for row in new.rows if row.convert != LEFT_OUT]
    rows = [row for row in said if sign(row) not in known]
    placed: set[tuple[str, str]] = set()
    for row in old.rows:
        mark = sign(row)
        if row.convert == LEFT_OUT:
            more.append(row)
            continue
        others = [other for other in said if sign(other) == mark]
        if not others and mark not in dropped:
            rows.append(row)
        elif mark not in placed:
            placed.add(mark)
            rows.extend(others)
    return replace(
        old, rows=(*rows, *more), keys=new.keys or old.keys, when=new.when or old.when,
        ignored=old.ignored | new.ignored, erases=(*old.erases, *new.erases),
    )  # fmt: skip
