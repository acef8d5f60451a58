"""Orders that share a number: those of a message in; each under a number of its own, out.

A placer gives one number to what a filler makes several orders of. From the first message that says
several of one number, they are told apart by what they say of themselves: the filler's number, else
what is ordered (`mappings.runtime.walk.several`). One that has another filler's number than all
that are known is a new one; one that says nothing of itself is what the number alone names.
A number alone names all that was ordered by it: who cancels that cancels each drug, and each test;
not what a filler made of one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.ingest.ids import given_by
from gateway.ingest.sending import is_kept
from gateway.ingest.things.other_orders import is_another, was
from gateway.ingest.things.renaming import renamed
from gateway.ingest.versions.known import content
from gateway.ingest.versions.states import is_told
from gateway.store import Key, Tx
from gateway.store.orders import Numbered
from mappings.runtime.walk.several import Words, words

if TYPE_CHECKING:
    from gateway.ingest.pipeline import Said
    from gateway.ingest.things.orders import Order
    from gateway.ingest.things.parent_orders import Parents
    from mappings.translate import Made

JSON = dict[str, Any]
Known = dict[tuple[str, str], Numbered]
_OF_ONE = frozenset({"dispenseRequest", "dosageInstruction", "occurrenceTiming"})  # of several


class _Part(NamedTuple):
    """One of the orders of a number, as it is known."""

    number: str
    id: str
    words: Words
    ordered: bool  # by who keeps such, else by whom nobody says


class Parts:
    """Which orders share numbers, while a batch is applied; `known` is what numbers name."""

    def __init__(self, tx: Tx, orders: Sequence[Order], known: Known, parents: Parents) -> None:
        self._tx, self._known, self._parents = tx, known, parents
        self._rows: dict[str, list[Numbered]] = {}  # of the orders of a number, by its mark
        marks = {(one.compartment, one.mark) for one in orders if one.mark}
        firsts = {(one.compartment, one.first) for one in orders if one.mark and self._is_new(one)}
        self._filled: set[tuple[str, str]] = set()  # first numbers that fillers' came with
        for row in tx.orders.claimed(marks | firsts) if marks else ():
            if (row.compartment, row.claim) in firsts:
                self._filled.add((row.compartment, row.claim))
                continue
            self._rows.setdefault(row.claim, []).append(row)
            known[row.compartment, row.number] = row
        begun = [one for one in orders if one.begins]
        keys = [Key(one.compartment, one.type, self._first(one)) for one in begun]
        self._there = {id_ for _, id_ in tx.resources.current(keys)} if keys else set()
        self._all: dict[str, list[str]] = {}  # ids of a number's others, by what names that alone
        self._said: dict[str, set[str]] = {}  # marks that this batch has told of: fillers' numbers

    def must_wait(self, said: Said, orders: Sequence[Order]) -> bool:
        """Whether a message must read what those before it say, which is not written yet."""
        for one in orders:
            fillers = self._said.get(one.mark, set())
            if fillers and not fillers.issuperset(one.seconds):
                return True
            if one.begins and one.mark in self._said:
                return True
        return any(one.mark in self._said for one in self._sharing(said, orders))

    def told_apart(self, said: Said, orders: Sequence[Order]) -> list[Order]:
        """Return the orders of a message, each with a number of its own."""
        self._all.clear()
        groups: dict[str, list[Order]] = {}
        for one in self._sharing(said, orders):
            groups.setdefault(one.mark, []).append(one)
        apart = {
            one.id: one for mark, group in groups.items() for one in self._group(said, mark, group)
        }
        for mark in groups:
            self._rows.setdefault(mark, [])
        for one in orders:
            if one.mark:
                self._said.setdefault(one.mark, set()).update(one.seconds)
        return [apart.get(one.id, one) for one in orders]

    def of_all(self, said: Said) -> Iterator[Made]:
        """Yield the state that a message tells of a number, of each other order of that."""
        for made in said.made if self._all else ():
            type_, id_ = made.resource["resourceType"], made.resource["id"]
            if is_told(made) and made.resource.keys().isdisjoint(_OF_ONE):
                for other in self._all.get(id_, ()):
                    yield renamed(made, {f"{type_}/{id_}": f"{type_}/{other}"})

    def _sharing(self, said: Said, orders: Sequence[Order]) -> list[Order]:
        """Return the orders of which there are several of a number."""
        mine = [one for one in orders if one.mark]
        counts = Counter(one.mark for one in mine)
        return [
            one for one in mine
            if counts[one.mark] > 1 or one.mark in self._rows
            or self._parents.is_another(said, one, self._first(one))
            or self._is_another(said, one)
            or (self._first(one) in self._there
                and is_another(self._tx, said, one, self._first(one)))
        ]  # fmt: skip

    def _is_new(self, order: Order) -> bool:
        """Whether an order comes with a filler's number that did not come with what it names."""
        known = (self._known.get((order.compartment, number)) for number in order.seconds)
        return bool(order.seconds) and not any(known)

    def _is_another(self, said: Said, order: Order) -> bool:
        """Whether the filler of what an order's number names gave this another one, as other work.

        What was ordered once is not done by two numbers of one filler under two codes.
        """
        if (order.compartment, order.first) not in self._filled:
            return False
        row = self._tx.resources.get(order.type, self._first(order))
        if row is None or row.deleted:
            return False
        told = _words(said)
        mine, known = told(order.resource), told(content(self._tx, row))
        givers = {giver for giver, _ in mine.fillers} & {giver for giver, _ in known.fillers}
        other = bool(mine.codes and known.codes) and _apart(mine.codes, known.codes)
        return bool(givers) and _apart(mine.fillers, known.fillers) and other

    def _first(self, order: Order) -> str:
        """Return the id of what a number has named so far, or would."""
        named = self._known.get((order.compartment, order.first))
        return named.id if named else order.bare

    def _group(self, said: Said, mark: str, group: list[Order]) -> Iterator[Order]:
        """Yield the orders of one number, each with the number of the one that it is."""
        told = _words(said)
        saying = {one.id: _said(said, one, told) for one in group}
        group.sort(key=lambda one: saying[one.id])
        bare = group[0].bare
        base = _number(said, group[0], bare)
        parts = {part.number: part for part in self._parts(mark, group[0], base, told)}
        others = self._others(said, group)
        found = _matched(
            saying, sorted(parts.values(), key=lambda part: part.number != base),
            {(id_, base) for id_ in others},
        )  # fmt: skip
        others |= self._begun(said, group, list(parts.values()), found)
        rest = [id_ for id_ in saying if id_ not in found and id_ not in others]
        first = bare if bare in rest else rest[0] if len(rest) == 1 and bare in others else ""
        if first and base not in found.values():
            there = parts.get(base)
            if there is None or not (there.words.fillers and saying[first].fillers):
                found[first] = base
                if not any(saying[first]):
                    besides = [part for part in parts.values() if part.number != base]
                    self._all[first] = [part.id for part in besides if part.ordered]
        for one in group:
            number = found.get(one.id)
            if number == base:
                yield one._replace(own=bare, part=base)
                continue
            own = parts[number].id if number else _own(said, one, bare, saying[one.id])
            number = number or _number(said, one, own)
            yield one._replace(first=number, placer=one.first, own=own, part=number)

    def _begun(
        self, said: Said, group: Sequence[Order], parts: Sequence[_Part], found: dict[str, str]
    ) -> set[str]:
        """Find which orders those that begin were once, before a change.

        Return the ids of those that are another order than the number named before.
        """
        new = [one for one in group if one.begins and one.id not in found]
        for one in new:
            free = (part for part in parts if part.number not in found.values())
            part = next((part for part in free if was(self._tx, one, part.id)), None)
            if part is not None:
                found[one.id] = part.number
        first = self._first(group[0])
        return {
            one.id for one in new
            if one.id not in found and is_another(self._tx, said, one, first)
        }  # fmt: skip

    def _others(self, said: Said, group: Sequence[Order]) -> set[str]:
        """Return the ids of orders that are not what their number alone names, but part of it."""
        first = self._first(group[0])
        return {one.id for one in group if self._parents.is_another(said, one, first)}

    def _parts(
        self, mark: str, one: Order, base: str, told: Callable[[JSON], Words]
    ) -> Iterator[_Part]:
        """Yield the orders of a number, as they are known."""
        ids = {row.id: row.number for row in self._rows.get(mark, ())}
        if base not in ids.values():
            ids[self._first(one)] = base
        rows = self._tx.resources.current([Key(one.compartment, one.type, id_) for id_ in ids])
        for (_, id_), row in rows.items():
            if not row.deleted:
                ordered = row.type == "MedicationRequest" or is_kept(row.told or b"")
                yield _Part(ids[id_], id_, told(content(self._tx, row)), ordered)


def _words(said: Said) -> Callable[[JSON], Words]:
    """Return what tells what an order of a message's source says of itself."""
    return partial(words, giver=partial(given_by, own=said.own))


def _said(said: Said, order: Order, told: Callable[[JSON], Words]) -> Words:
    """Return what an order says of itself; else what is given of it does."""
    mine = told(order.resource)
    if mine.codes:
        return mine
    name = f"{order.type}/{order.id}"
    named = (
        made.resource for made in said.made
        for reference in (made.resource.get("request", {}),
                          *made.resource.get("authorizingPrescription", ()))
        if reference.get("reference") == name
    )  # fmt: skip
    return mine._replace(codes=next((told(each).codes for each in named), ()))


def _number(said: Said, order: Order, id_: str) -> str:
    """Return the number of one of several orders; `id_` is what it is made of."""
    return said.ids.beside(order.mark, order.type, _local(id_))


def _own(said: Said, order: Order, bare: str, words_: Words) -> str:
    """Return the id of an order that is not known, which is not what the number gives."""
    if order.id != bare:
        return order.id
    return said.ids.beside(bare, order.type, *words_.key)


def _local(id_: str) -> str:
    """Return what an id is in any record."""
    return id_.partition(".")[2]


def _matched(
    saying: Mapping[str, Words], parts: Sequence[_Part], barred: Set[tuple[str, str]]
) -> dict[str, str]:
    """Return the numbers of the parts that orders of a message are, by the orders' ids.

    `barred` are pairs of these that are not one.
    """
    found: dict[str, str] = {}
    for is_it in (_is_same, _has_filler, _has_code):
        for id_, mine in sorted(saying.items(), key=lambda item: item[1]):
            free = (
                one for one in parts
                if one.number not in found.values() and (id_, one.number) not in barred
            )  # fmt: skip
            part = None if id_ in found else next((p for p in free if is_it(mine, p.words)), None)
            if part is not None:
                found[id_] = part.number
    return found


def _is_same(mine: Words, known: Words) -> bool:
    return _has_filler(mine, known) and not _apart(mine.codes, known.codes)


def _has_filler(mine: Words, known: Words) -> bool:
    return not _apart(mine.fillers, known.fillers)


def _has_code(mine: Words, known: Words) -> bool:
    """Whether it may be one by what is ordered: two fillers' numbers are two orders."""
    return not (mine.fillers and known.fillers) and not _apart(mine.codes, known.codes)


def _apart(some: Sequence[object], others: Sequence[object]) -> bool:
    return set(some).isdisjoint(others)
