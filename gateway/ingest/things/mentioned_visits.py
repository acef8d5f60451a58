"""Visits that are only mentioned, without a number: messages in; each as the visit it is, out.

Whoever sends a ward or a doctor in PV1 has to say the class of a visit, too. Laboratories,
schedulers and registries have no number of it, and nobody will say how it goes on. Such a visit is
that of what the message tells: of a report, an order, an appointment, an immunization. What is sent
again, or corrected, is in the visit that it was in; if that one has a number, nothing of it is
changed by a message that does not know it. Of an account that has one visit which goes on then, it
is that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gateway.ingest.findings import finding
from gateway.ingest.pipeline import Said
from gateway.ingest.things.renaming import under
from gateway.ingest.things.unnumbered_visits import TYPE, is_nameless
from gateway.ingest.versions.known import content
from gateway.ingest.versions.spreading import references
from gateway.store import Key, Tx, compartment_of
from mappings.findings import Finding
from mappings.runtime.state.elements import says
from mappings.runtime.text.primitives import is_after
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]
_Name = tuple[str, str]

#: What a visit may be known by, the surest first.
_ANCHORS = {
    type_: rank
    for rank, type_ in enumerate((
        "Appointment", "DiagnosticReport", "ServiceRequest", "MedicationRequest", "NutritionOrder",
        "Immunization", "DocumentReference", "MedicationAdministration", "MedicationDispense",
        "Account", "ChargeItem", "Claim", "Procedure",
    ))
}  # fmt: skip

_HERE = frozenset({"arrived", "in-progress", "onleave", "triaged"})
_TIMES = frozenset({"authoredOn", "effectiveDateTime", "occurrenceDateTime", "performedDateTime"})
_DAY = len("2026-03-01")


def settled(tx: Tx, told: Told, findings: Mapping[int, list[Finding]]) -> Told:
    """Return what messages say, with each visit that they only mention under the id that it has."""
    if not any(_is_mention(said, made) for _, said in told for made in said.made):
        return told
    book = _Book(tx)
    settled_ = []
    for seq, said in told:
        settled_.append((seq, book.heard(said, findings[seq])))
    return settled_


def _is_mention(said: Said, made: Made) -> bool:
    visit = made.resource
    return (
        visit["resourceType"] == TYPE and not (said.sent and said.sent.kind == "ADT")
        and is_nameless(visit) and "start" not in visit.get("period", {})
    )  # fmt: skip


class _Book:
    """Which visits there are, while a batch is applied."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._said: dict[_Name, JSON] = {}  # by this batch, as far as it is asked for

    def heard(self, said: Said, findings: list[Finding]) -> Said:
        """Return a message with each visit as the one that it is; those after it may be of it."""
        for made in [one for one in said.made if _is_mention(said, one)]:
            said = self._placed(said, made, findings)
        for made in said.made:
            name = _name(made)
            if name[0] == TYPE or name[0] in _ANCHORS:
                self._said[name] = {**self._said.get(name, {}), **made.resource}
        return said

    def _placed(self, said: Said, made: Made, findings: list[Finding]) -> Said:
        anchors = _anchors(said, made)
        if not anchors:
            return said
        known = self._known(anchors) or self._of_account(said, made)
        if known is None:
            (type_, id_), class_ = anchors[0], made.resource["class"].get("code", "")
            key = [class_] if type_ == "Account" else []
            return _under(said, made, said.ids.beside(id_, TYPE, *key))
        if not is_nameless(known):
            sure = {n: v for n, v in made.resource.items() if n not in {*made.weak, "id"}}
            if made.erase or not says(known, sure):
                findings.append(finding("information", "only-mentioned", TYPE))
            only = made._replace(erase=(), weak=tuple(made.resource))
            mine = [only if one is made else one for one in said.made]
            said = said._replace(made=mine)
        return _under(said, made, known["id"])

    def _known(self, anchors: Sequence[_Name]) -> JSON | None:
        """Return the visit that any of these was in, rather one that has a number."""
        named = [
            name for anchor in self._contents(anchors) for _, name in references(anchor)
            if name[0] == TYPE
        ]  # fmt: skip
        visits = [*self._contents(named)]
        numbered = (one for one in visits if not is_nameless(one))
        return next(numbered, visits[0] if visits else None)

    def _of_account(self, said: Said, made: Made) -> JSON | None:
        """Return the only visit of an account that goes on when something was done for it."""
        mine = _accounts(made.resource)
        if not mine:
            return None
        names = [(TYPE, row.id) for row in self._tx.resources.rows([made.compartment], [TYPE])]
        names += [name for name, one in self._said.items() if not mine.isdisjoint(_accounts(one))]
        times = [*_times(said)]
        found = [
            one for one in self._contents(dict.fromkeys(names))
            if not mine.isdisjoint(_accounts(one)) and _class(one) == _class(made.resource)
            and _goes_on(one, times)
        ]  # fmt: skip
        return found[0] if len(found) == 1 else None

    def _contents(self, names: Iterable[_Name]) -> Iterator[JSON]:
        """Yield resources as they are known, with what this batch has said of them."""
        names = [*names]
        keys = [Key(compartment_of(id_), type_, id_) for type_, id_ in names]
        rows = self._tx.resources.current(keys)
        for name in names:
            row = rows.get(name)
            known = content(self._tx, row) if row is not None and not row.deleted else {}
            if whole := {**known, **self._said.get(name, {})}:
                yield whole


def _anchors(said: Said, made: Made) -> list[_Name]:
    """Return what a visit may be known by, in an order that is not the message's."""
    visit = _name(made)
    own = {name for _, name in references(made.resource)}
    named = {_name(one) for one in said.made if visit in {name for _, name in _anchored(one)}}
    found = [name for name in {*own, *named} if name[0] in _ANCHORS]
    return sorted(found, key=lambda name: (_ANCHORS[name[0]], name[1]))


def _anchored(made: Made) -> Iterator[tuple[str, _Name]]:
    if made.resource["resourceType"] in _ANCHORS:
        yield from references(made.resource)


def _accounts(resource: JSON) -> set[str]:
    """Return the accounts of a visit, by their references."""
    some = resource.get("account", ()) if resource["resourceType"] == TYPE else ()
    return {each["reference"] for each in some if "reference" in each}


def _class(visit: JSON) -> object:
    return visit["class"].get("code")


def _times(said: Said) -> Iterator[str]:
    """Yield when what a message tells of was done, or ordered."""
    for made in said.made:
        if made.resource["resourceType"] in _ANCHORS:
            yield from (made.resource[name] for name in _TIMES & made.resource.keys())


def _goes_on(visit: JSON, times: Sequence[str]) -> bool:
    """Whether a visit that is known goes on, or did at some times; to the day, as lists tell it."""
    period = visit.get("period", {})
    start, end = (period.get(name, "")[:_DAY] for name in ("start", "end"))
    days = [time[:_DAY] for time in times]
    if any(start and is_after(start, day) for day in days):
        return False
    if visit["status"] == "finished":
        return bool(days and end) and not any(is_after(day, end) for day in days)
    return visit["status"] in _HERE


def _name(made: Made) -> _Name:
    return made.resource["resourceType"], made.resource["id"]


def _under(said: Said, made: Made, id_: str) -> Said:
    return under(said, {(TYPE, made.resource["id"]): id_})
