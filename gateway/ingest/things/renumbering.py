"""Visits and accounts that get another number, or are merged: messages in; each under one id, out.

A number was wrong (A50, A49), or one visit was registered under two (A42, A41): the number of MRG
gives way to that of PV1 (PID). Both are numbers of one visit from then on, and what comes under
either is of that. What was known under the one that gives way stays as it is, with its begin and
its results; if something was known under the other, too, both are one, as when records are merged.
But a visit that gets the number (A50) of one that was long over, or is yet to begin, is not that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gateway.ingest.findings import finding
from gateway.ingest.pipeline import Said
from gateway.ingest.sending import moved_to
from gateway.ingest.things.joining import join
from gateway.ingest.things.named_by_visits import class_twins, twins
from gateway.ingest.things.renaming import under
from gateway.ingest.things.reused_visit_numbers import are_two, is_before
from gateway.ingest.versions.combining import Judge, Judges
from gateway.ingest.versions.known import content, contents
from gateway.store import Key, Row, Tx, compartment_of
from gateway.store.orders import Numbered
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]
_RENUMBERS = "A50"  # a visit, whose new number is of no other
_OF_CLASS = frozenset({"A06", "A07"})
_TYPES = frozenset({"Account", "Encounter"})


def asks(said: Said) -> bool:
    """Whether a message lets a number give way: what is known is read for it."""
    return any(_retired(said))


def settled(tx: Tx, told: Told, judges: Judges) -> Told:
    """Return messages, each of which asks is alone, with what is one by now under one id."""
    return [(seq, _settled(tx, seq, said, judges.of(seq))) for seq, said in told]


def _retired(said: Said) -> Iterator[Made]:
    """Yield what gives way to another one of its record.

    An outpatient's account that was changed with his class (A06, A07) is another one, and over.
    """
    if said.sent and said.sent.event in _OF_CLASS:
        return
    for made in said.made:
        if made.resource["resourceType"] in _TYPES and "partOf" in made.resource:
            yield made


def _settled(tx: Tx, seq: int, said: Said, judge: Judge) -> Said:
    if said.sent and said.sent.event in _OF_CLASS:
        # Both numbers may be one account's by now: it goes on.
        return said._replace(made=[one for one in said.made if not _is_in_itself(one)])
    for retired in [*_retired(said)]:
        type_, old = retired.resource["resourceType"], retired.resource["id"]
        new = retired.resource["partOf"]["reference"].partition("/")[2]
        if old == new:
            said = _without(said, retired)
            continue
        home = compartment_of(old)
        rows = tx.resources.current([Key(home, type_, id_) for id_ in (old, new)])
        known = [id_ for id_ in (new, old) if _is_there(rows.get((type_, id_)))]
        kept, gone = (old, new) if known == [old] else (new, old)
        if len(known) == 2 and said.sent and said.sent.event == _RENUMBERS:
            visits = [content(tx, rows[type_, id_]) for id_ in (old, new)]
            if are_two(*visits):
                judge.findings.append(finding("warning", "visits-apart", type_))
                if is_before(*reversed(visits)):
                    tx.orders.note([Numbered(home, new, old)])
                said = under(_without(said, retired), {(type_, new): old})
                continue
        if len(known) == 2:
            both = [content(tx, rows[type_, id_]) for id_ in (gone, kept)]
            parts = [*twins([*contents(tx, tx.resources.rows([home]))], gone, kept)]
            parts += class_twins(said, home, *both) if type_ == "Encounter" else ()
            stays, goes = (Key(home, type_, id_) for id_ in (kept, gone))
            if not join(tx, seq, said, stays, goes, judge):
                continue  # a later message has told of it: what gave way stays as it is
            for part, one, other in parts:
                join(tx, seq, said, Key(home, part, other), Key(home, part, one), judge)
        tx.orders.lead(home, gone, kept)
        tx.orders.note([Numbered(home, gone, kept)])
        _lists_of(tx, home, gone, kept)
        said = under(_without(said, retired), {(type_, gone): kept})
    return said


def _is_in_itself(made: Made) -> bool:
    type_, id_ = made.resource["resourceType"], made.resource["id"]
    return bool(made.resource.get("partOf") == {"reference": f"{type_}/{id_}"})


def _is_there(row: Row | None) -> bool:
    return row is not None and not row.deleted and not moved_to(row.told or b"")


def _without(said: Said, retired: Made) -> Said:
    return said._replace(made=[one for one in said.made if one is not retired])


def _lists_of(tx: Tx, home: str, gone: str, kept: str) -> None:
    """Let the lists of what gave way be those of what stays."""
    rows = [row for row in tx.lists.of([home]) if gone in row.list.split(" ")]
    tx.lists.forget(rows)
    tx.lists.note(row._replace(list=row.list.replace(gone, kept)) for row in rows)
