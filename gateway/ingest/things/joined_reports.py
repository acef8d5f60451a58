"""Reports of two orders that are one: the orders in; their reports, and results, brought together.

Each was told by one number, until a message names both (`gateway.ingest.things.orders`). Which of
them are one is told as ever (`gateway.ingest.things.reports`); of their results, those that are
alone of their code and sub-id in either, and may be one measurement
(`gateway.ingest.things.results`), or a preliminary one and what it has become under another sub-id
(`gateway.ingest.things.recoded_results`). What was told last stands, unless that is a preliminary
of what is final; the other one is deleted, its history stays. So it is with a report that two
records have which become one. If it was cancelled, so are its results that were not final.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.ingest.findings import finding
from gateway.ingest.pipeline import Said
from gateway.ingest.things.alike import Results, are_told_apart, only
from gateway.ingest.things.cancelled_reports import unsaid
from gateway.ingest.things.joining import deletion, pointed
from gateway.ingest.things.renaming import referring
from gateway.ingest.things.reports import TYPE, Report, home_of, listed, mark, noted, one_of, report
from gateway.ingest.things.results import may_be_one
from gateway.ingest.versions.allowed import is_begun, is_final
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
    twins = _pairs((known.content, same), (mine.content, others))
    pairs = {(TYPE, known.id, mine.id), *((_RESULT, *pair) for pair in twins)}
    names = {f"{type_}/{other}": f"{type_}/{kept}" for type_, kept, other in pairs}
    all_ = {**found, **results}
    home = home_of(known.id)
    news = [new for new in pointed(tx, said, home, names) if f"{new.type}/{new.id}" not in names]
    for _, kept, other in sorted(pairs):
        news += _one(seq, said, all_[kept], all_[other], names, judge)
    all_news = {(new.type, new.id): new for new in news}
    report_ = all_news[TYPE, known.id]
    tx.resources.put_many([*{**all_news, **unsaid_by(tx, report_, all_news, judge)}.values()])


def twins(
    tx: Tx, mine: Mapping[str, JSON], theirs: Mapping[str, JSON], ids: Mapping[str, str]
) -> dict[str, str]:
    """Return the ids in another record of results that are known there by another id than here.

    Parameters
    ----------
    mine, theirs : mapping
        What a record has, and what the other one knows of that, by the ids here.
    ids : mapping
        The ids in the other record, by those here.
    """
    found: dict[str, str] = {}
    for id_, other in theirs.items():
        if other["resourceType"] == TYPE:
            here = {ids[one]: one for one in listed(mine[id_]) if one in ids and one in mine}
            results = {one: {**mine[old], "id": one} for one, old in here.items()}
            known = {one: each for one, (_, each) in _read(tx, _RESULT, listed(other)).items()}
            pairs = _pairs((other, known), (mine[id_], results))
            found |= {here[one]: same for same, one in pairs if one not in known}
    return found


def unsaid_by(
    tx: Tx, report: New, news: Mapping[tuple[str, str], New], judge: Judge
) -> dict[tuple[str, str], New]:
    """Return the results that a report, which is cancelled, leaves unsaid; final ones are found.

    `news` are to be written, and are not yet in the store.
    """
    content_ = report.content or {}
    if content_.get("status") != "cancelled":
        return {}
    ids = listed(content_)
    told = {id_: news[_RESULT, id_] for id_ in ids if (_RESULT, id_) in news}
    some: list[tuple[Row | New, JSON]] = [(new, new.content or {}) for new in told.values()]
    some += _read(tx, _RESULT, [id_ for id_ in ids if id_ not in told]).values()
    results = [(row, result) for row, result in some if result]
    if any(is_final(result) for _, result in results):
        judge.findings.append(finding("warning", "results-stand", "OBR-25"))
    return {
        (row.type, row.id): New(
            row.compartment, row.type, row.id, unsaid(result), row.owner, row.labels,
            row.spool_seq, report.zone, row.told,
        )
        for row, result in results if is_begun(result)
    }  # fmt: skip


def _pairs(
    known: tuple[JSON, Mapping[str, JSON]], other: tuple[JSON, Mapping[str, JSON]]
) -> Iterator[tuple[str, str]]:
    """Yield the ids of results that are one, of two reports with theirs; of the first one first."""
    (report_, some), (other_report, others) = known, other
    here, there = Results(some.values()), Results(others.values())
    numbered = any(are_told_apart(each.values()) for each in (some, others))
    for id_, result in others.items():
        same, alone = only(here.alike(result)), only(there.alike(result))
        if same and alone and same != id_ and may_be_one(some[same], result):
            yield same, id_
        elif same == "" and not numbered and only(there.coded(result)):
            same = only(here.unnumbered(result))
            if same and same not in others and only(here.coded(result)):
                both = (report_, some[same]), (other_report, result)
                if _is_begun_of(*both) or _is_begun_of(*reversed(both)):
                    yield same, id_


def _is_begun_of(one: tuple[JSON, JSON], other: tuple[JSON, JSON]) -> bool:
    """Whether a result is the preliminary one of another, whose report is final; each with that."""
    return is_begun(one[1]) and is_final(other[1]) and is_final(other[0])


def _one(
    seq: int, said: Said, known: tuple[Row, JSON], other: tuple[Row, JSON], names: dict[str, str],
    judge: Judge,
) -> Iterator[New]:  # fmt: skip
    """Yield a resource with what another one tells, and the end of that one."""
    (row, mine), (gone, others) = known, other
    one = (row, referring(mine, names)), (gone, referring(others, names))
    yield as_one(*one, said.feed.zone, judge)
    yield deletion(gone, seq)
