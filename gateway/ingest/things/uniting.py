"""Reports of two orders that are one: the orders in; their reports, and results, brought together.

Each was told by one number, until a message names both (`gateway.ingest.things.orders`). Which of
them are one is told as ever (`gateway.ingest.things.reports`); of their results, those that are
alone of their code and sub-id in either, and may be one measurement
(`gateway.ingest.things.results`). What was told last stands, unless that is a preliminary of what
is final; the other one is deleted, its history stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.ingest.pipeline import Said
from gateway.ingest.things.alike import Results, only
from gateway.ingest.things.joining import deletion, pointed, referring
from gateway.ingest.things.reports import TYPE, Report, home_of, listed, mark, noted, one_of, report
from gateway.ingest.things.results import may_be_one
from gateway.ingest.versions.combining import Judge, as_one
from gateway.ingest.versions.known import content
from gateway.store import Key, New, Row, Tx

JSON = dict[str, Any]
_RESULT = "Observation"
Found = dict[str, tuple[Row, JSON]]  # by id


def unite(tx: Tx, seq: int, said: Said, kept: str, other: str, judge: Judge) -> None:
    """Bring the reports of the order `other` together with those of the order `kept`."""
    home, ids = home_of(kept), said.ids
    marks = {mark(ids, order): order for order in (kept, other)}
    rows = tx.orders.claimed((home, each) for each in marks)
    tx.orders.note(noted(ids, kept, row.id) for row in rows if marks[row.claim] == other)
    found = _read(tx, TYPE, [row.id for row in rows])
    theirs: dict[str, list[Report]] = {kept: [], other: []}
    for row in rows:
        if row.id in found and (found[row.id][0].spool_seq or 0) <= seq:
            theirs[marks[row.claim]].append(report(found[row.id][1], said.own))
    for mine in theirs[other]:
        known = one_of(mine, theirs[kept])
        if known is not None:
            theirs[kept].remove(known)
            _join(tx, seq, said, known, mine, found, judge)


def _read(tx: Tx, type_: str, ids: Sequence[str]) -> Found:
    rows = tx.resources.current([Key(home_of(id_), type_, id_) for id_ in ids])
    return {id_: (row, content(tx, row)) for (_, id_), row in rows.items() if not row.deleted}


def _join(
    tx: Tx, seq: int, said: Said, known: Report, mine: Report, found: Found, judge: Judge
) -> None:
    """Make a report, and each of its results that another one has too, one with that."""
    results = _read(tx, _RESULT, [*listed(known.content), *listed(mine.content)])
    others = {id_: results[id_][1] for id_ in listed(mine.content) if id_ in results}
    same = {id_: results[id_][1] for id_ in listed(known.content) if id_ in results}
    pairs = {(TYPE, known.id, mine.id), *((_RESULT, *pair) for pair in _pairs(same, others))}
    names = {f"{type_}/{other}": f"{type_}/{kept}" for type_, kept, other in pairs}
    all_ = {**found, **results}
    home = home_of(known.id)
    news = [new for new in pointed(tx, said, home, names) if f"{new.type}/{new.id}" not in names]
    for _, kept, other in sorted(pairs):
        news += _one(seq, said, all_[kept], all_[other], names, judge)
    tx.resources.put_many(news)


def _pairs(known: Mapping[str, JSON], others: Mapping[str, JSON]) -> Iterator[tuple[str, str]]:
    """Yield the ids of results that are one, those of the report that stays first."""
    here, there = Results(known.values()), Results(others.values())
    for id_, other in others.items():
        same, alone = only(here.alike(other)), only(there.alike(other))
        if same and alone and same != id_ and may_be_one(known[same], other):
            yield same, id_


def _one(
    seq: int, said: Said, known: tuple[Row, JSON], other: tuple[Row, JSON], names: dict[str, str],
    judge: Judge,
) -> Iterator[New]:  # fmt: skip
    """Yield a resource with what another one tells, and the end of that one."""
    (row, mine), (gone, others) = known, other
    one = (row, referring(mine, names)), (gone, referring(others, names))
    yield as_one(*one, said.feed.zone, judge)
    yield deletion(gone, seq)
