"""Who is who: the identifiers of a record in; links, and questions for a human, out.

A strong identifier (a valid identity number that agrees with the record) links by itself. A
disputed one, or several that point to different persons, is put before a human. A link goes with
the number that made it: if that is taken away, the record is somebody of its own again; if it is
disputed from now on, a human is asked. A human's word stands: a rejected link is never made again,
a confirmed one never undone, by a rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gateway.ingest.records.identity import claims, identifier_token, tokens
from gateway.store import CompartmentRow, Group, Tx
from gateway.store.persons import BUSINESS, DISPUTED, STRONG, Holder

DISAGREES = "identity-number-disagrees"
SEVERAL = "several-identity-numbers"
_SEVERAL = 2


Tokens = Mapping[bytes, str]  # the kind of each identifier


def settle(tx: Tx, patients: Mapping[str, Mapping[str, Any] | None]) -> set[str]:
    """Keep the identifiers of records, and find out whose each is where that may have changed.

    Parameters
    ----------
    patients
        The Patients of records as they are now, by these; None of one that was deleted.

    Returns
    -------
    set of str
        Records that were known, and have learnt a number that another one of their source has.
    """
    held, rows = tx.persons.tokens_of(patients), tx.compartments.many(patients)
    now = {id_: tokens(tx.keys, rows[id_].tenant, one or {}) for id_, one in patients.items()}
    changed = [id_ for id_ in now if held[id_] != now[id_]]
    telling = [id_ for id_ in changed if _telling(held[id_]) != _telling(now[id_])]
    asking = _asking(tx, [rows[id_] for id_ in telling], now) if telling else set()
    unclear = {
        id_ for id_ in changed
        if held[id_] and _is_shared(tx, rows[id_], patients[id_] or {}, held[id_], now)
    }  # fmt: skip
    _note(tx, [id_ for id_ in changed if id_ not in asking], held, now)
    for id_ in telling:
        if id_ in asking:  # each finds those before it where they belong
            _note(tx, [id_], held, now)
            relink(tx, rows[id_], held[id_])
    return unclear


def _is_shared(
    tx: Tx,
    row: CompartmentRow,
    patient: Mapping[str, Any],
    held: Tokens,
    now: Mapping[str, Tokens],
) -> bool:
    """Whether another record of the source has a number that is new to this one, and keeps it."""
    some = (
        identifier_token(tx.keys, row.tenant, one.system, one.value)
        for one in claims(patient) if one.system and one.kind == BUSINESS
    )  # fmt: skip
    new = tx.persons.held(token for token in some if token not in held)
    for token in sorted(new):
        records = tx.persons.records(token, row.tenant, row.organisation or "", _SEVERAL)
        others = {one for one in records if token in now.get(one, (token,))} - {row.id}
        if others and not others <= tx.merges.group(row.id).members:
            return True
    return False


def _asking(tx: Tx, rows: Sequence[CompartmentRow], now: Mapping[str, Tokens]) -> set[str]:
    """Return the records whose person is in question: of a number that is not theirs alone.

    Or of a person who has more than this record, as few have who are new.
    """
    mine = {row.id: [token for token, _ in _telling(now[row.id])] for row in rows}
    times = Counter(token for each in mine.values() for token in each)
    known = tx.persons.held(times)
    known.update(token for token, number in times.items() if number > 1)
    of_persons = tx.compartments.of_persons([row.person for row in rows if row.person])
    company = Counter(one.person for one in of_persons)
    return {
        row.id for row in rows
        if company[row.person] > 1 or not known.isdisjoint(mine[row.id])
    }  # fmt: skip


def _note(
    tx: Tx, ids: Sequence[str], held: Mapping[str, Tokens], now: Mapping[str, Tokens]
) -> None:
    tx.persons.add_tokens([
        (token, id_, kind)
        for id_ in ids for token, kind in now[id_].items() if held[id_].get(token) != kind
    ])  # fmt: skip
    for id_ in ids:
        if gone := held[id_].keys() - now[id_].keys():
            tx.persons.drop_tokens(id_, gone)


def _telling(held: Tokens) -> set[tuple[bytes, str]]:
    return {(token, kind) for token, kind in held.items() if kind in (STRONG, DISPUTED)}


def relink(tx: Tx, row: CompartmentRow, held: Tokens) -> None:
    """Find out anew whose a record is, after its identifiers changed; `held` are those before."""
    telling = dict(_telling(tx.persons.tokens_of((row.id,))[row.id]))
    others = [one for one in tx.persons.holders(telling, row.tenant) if one.compartment != row.id]
    reviewed = tx.persons.reviewed(row.id)
    proven = [
        holder.person
        for holder in others
        if telling[holder.token] == STRONG and holder.kind == STRONG and holder.person
    ]
    candidates = [person for person in dict.fromkeys(proven) if reviewed.get(person) != "rejected"]
    if len(candidates) == 1:
        tx.persons.link(row.id, candidates[0])
    for candidate in candidates if len(candidates) > 1 else ():
        tx.persons.queue(row.id, candidate, SEVERAL)
    proof = {token for token, kind in held.items() if kind == STRONG}
    if not candidates and row.person and (STRONG in telling.values() or proof - telling.keys()):
        _leave(tx, row, row.person, telling, reviewed)
    _ask(tx, row, telling, others)


def _leave(
    tx: Tx,
    row: CompartmentRow,
    person: str,
    telling: Mapping[bytes, str],
    reviewed: Mapping[str, str],
) -> None:
    """Give a record a person of its own where its numbers no longer are those of its company."""
    if reviewed.get(person) == "linked":
        return
    company = [one.id for one in tx.persons.compartments(person) if one.id != row.id]
    company = [one for one in company if one not in tx.merges.group(row.id).members]
    strong = {token for token, kind in telling.items() if kind == STRONG}
    for held in tx.persons.tokens_of(company).values():
        theirs = {token for token, kind in held.items() if kind == STRONG}
        if theirs and not theirs & strong:
            (alone,) = tx.persons.create(row.tenant)
            tx.persons.move(row.id, alone)
            return


def _ask(
    tx: Tx, row: CompartmentRow, telling: Mapping[bytes, str], others: Iterable[Holder]
) -> None:
    """Put before a human whoever shares a number that one of the two records disputes."""
    present = tx.compartments.get(row.id)
    person = present.person if present else None
    for holder in others:
        mine = telling[holder.token]
        if holder.person is None:
            continue
        if mine == DISPUTED and holder.kind == STRONG:
            tx.persons.queue(row.id, holder.person, DISAGREES)
        elif mine == STRONG and holder.kind == DISPUTED and person not in (None, holder.person):
            tx.persons.queue(holder.compartment, person, DISAGREES)


def unite(tx: Tx, group: Group) -> None:
    """Hang the merged records of one source on one person, unless their numbers contradict.

    It is whom a number proves, else who has more than these records: what another hospital knows of
    somebody, or what somebody has decided, must not lose them.
    """
    held = tx.persons.tokens_of(group.members)
    strong = {
        id_: {token for token, kind in each.items() if kind == STRONG} for id_, each in held.items()
    }
    rows = tx.compartments.many(group.members)
    live = {id_: row for id_, row in rows.items() if row.person and row.destroyed is None}
    if len({row.person for row in live.values()}) <= 1:
        return
    first = group.survivor if group.survivor in live else min(live)
    order = (first, *sorted(live))
    named = [id_ for id_ in order if strong[id_]]
    accompanied = (id_ for id_ in order if _has_more(tx, live[id_], group))
    target = live[named[0] if named else next(accompanied, first)].person
    contradict = len({frozenset(strong[id_]) for id_ in named}) > 1
    for id_, row in live.items():
        if row.person == target or target is None:
            continue
        if contradict:
            tx.persons.queue(id_, target, SEVERAL)
        elif tx.persons.reviewed(id_).get(target) != "rejected":
            tx.persons.link(id_, target)


def _has_more(tx: Tx, row: CompartmentRow, group: Group) -> bool:
    """Whether the person of a record has others than the group's, or a place of its own."""
    company = tx.persons.compartments(row.person) if row.person else []
    return any(one.id not in group.members for one in company)
