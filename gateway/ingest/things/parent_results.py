"""Results and the parent that they name (OBR-26, OBR-29): what messages say in; tied together, out.

A susceptibility names the organism that it belongs to, which may come in another message, earlier
or later. What the tables could not tie within one (`mappings.runtime.functions.families`) is tied
here, by the member's ``derivedFrom``: to the only result of that code and sub-id in a report of
that order. A report may tell one number of its order, and the member name the other: the order has
both. A parent that is not known yet is noted by keyed hashes, and found when its report comes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import product
from typing import Any

from gateway.ingest.ids import given_by
from gateway.ingest.pipeline import Said
from gateway.ingest.things import awaiting
from gateway.ingest.versions.known import content
from gateway.store import Key, New, Row, Tx, compartment_of
from gateway.store.orders import Numbered
from mappings.runtime.types import Parent
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]
_Own = tuple[str, str]  # whose numbers are the source's own
_Order = tuple[str, str]  # of which side its number is, and the number
_Result = tuple[str, str]  # its code, its sub-id

_ORDER, _TYPE = "ServiceRequest", "Observation"
_SUB_ID = "http://hl7.org/fhir/StructureDefinition/observation-v2-subid"


def settled(tx: Tx, told: Told) -> Told:
    """Return what messages say, with what names a parent, or is one, referring to it."""
    homes = {
        (made.compartment, awaiting.mark(said.ids, made.compartment, _TYPE))
        for _, said in told for made in said.made
        if made.resource["resourceType"] == "DiagnosticReport"
    }  # fmt: skip
    named = any(made.parent for _, said in told for made in said.made)
    awaited = {home for home, _ in tx.orders.of(homes)} if homes else set()
    if not named and not awaited:
        return told
    book = _Book(tx, told)
    for _, said in told:
        book.come(said, awaited)
    settled_ = [(seq, said._replace(made=list(book.tied(said)))) for seq, said in told]
    book.write()
    return settled_


class _Book:
    """Reports and results that are known, while a batch is applied."""

    def __init__(self, tx: Tx, told: Told) -> None:
        self._tx = tx
        self._said = {
            (made.resource["resourceType"], made.resource["id"]): made.resource
            for _, said in told for made in said.made
        }  # fmt: skip
        self._reports: dict[tuple[str, _Own], dict[_Order, list[JSON]]] = {}
        self._members: dict[tuple[str, _Own, _Order], dict[_Result, set[str]]] = {}
        self._new: set[Numbered] = set()

    def tied(self, said: Said) -> Iterator[Made]:
        """Yield what a message says; what names a parent refers to it, or awaits it."""
        for made in said.made:
            parents = self._parents(said, made) if made.parent else set()
            if len(parents) == 1:
                yield made._replace(resource=_referring(made.resource, *parents))
                continue
            if made.parent and not parents:
                self._await(said, made, made.parent)
            yield made

    def come(self, said: Said, awaited: set[str]) -> None:
        """Let results of other messages refer to parents that come with this one."""
        parents: dict[tuple[str, str], set[str]] = {}  # by compartment and claim
        for made in said.made:
            if made.compartment in awaited and "result" in made.resource:
                for claim, id_ in self._claims(said, made):
                    parents.setdefault((made.compartment, claim), set()).add(id_)
        for row in self._tx.orders.claimed(parents) if parents else ():
            member = self._tx.resources.get(_TYPE, row.id)
            found = parents[row.compartment, row.claim] - {row.id}
            if member and not member.deleted and len(found) == 1:
                self._write(said, member, _referring(content(self._tx, member), *found))

    def _write(self, said: Said, row: Row, now: JSON) -> None:
        """Write a result of another message, as of that message."""
        zone, seq = said.feed.zone, row.spool_seq
        new = New(
            row.compartment, row.type, row.id, now, row.owner, row.labels, seq, zone, row.told
        )  # fmt: skip
        self._tx.resources.put_many((new,))

    def write(self) -> None:
        """Keep what is awaited."""
        self._tx.orders.note(self._new)

    def _parents(self, said: Said, made: Made) -> set[str]:
        """Return the ids of results that may be a result's parent."""
        wanted = made.parent
        assert wanted is not None
        named = wanted.code, wanted.sub_id
        found = (self._results_of(said, made.compartment, order) for order in wanted.orders)
        return {id_ for results in found for id_ in results.get(named, ())} - {made.resource["id"]}

    def _results_of(self, said: Said, home: str, order: _Order) -> dict[_Result, set[str]]:
        """Return the ids of the results of an order, by code and sub-id."""
        key = home, said.own, order
        known = self._members.get(key)
        if known is None:
            known = self._members[key] = {}
            for report in self._reports_of(said, home).get(order, ()):
                for id_, result in self._results(report):
                    for named in product(_names(result), sub_ids(result)):
                        known.setdefault(named, set()).add(id_)
        return known

    def _reports_of(self, said: Said, home: str) -> dict[_Order, list[JSON]]:
        """Return the reports of a record by their orders: as said now, else as they are known."""
        key = home, said.own
        known = self._reports.get(key)
        if known is None:
            rows = self._tx.resources.rows([home], ["DiagnosticReport"])
            reports = {row.id: content(self._tx, row) for row in rows}
            for (type_, id_), resource in self._said.items():
                if type_ == "DiagnosticReport" and id_.startswith(f"{home}."):
                    reports[id_] = resource
            known = self._reports[key] = {}
            for report, orders in self._with_orders(reports.values(), said.own):
                for order in orders:
                    known.setdefault(order, []).append(report)
        return known

    def _with_orders(
        self, reports: Collection[JSON], own: _Own
    ) -> Iterator[tuple[JSON, set[_Order]]]:
        """Yield reports with the numbers of their orders: which they say, and which those have."""
        keys = {key for report in reports for key in _based_on(report)}
        rows = self._tx.resources.current(keys) if keys else {}
        known = {name: content(self._tx, row) for name, row in rows.items() if not row.deleted}
        for report in reports:
            names = [(key.type, key.id) for key in _based_on(report)]
            orders = [some[name] for name in names for some in (known, self._said) if name in some]
            telling = [report, *orders]
            yield report, {number for one in telling for number in _numbers(one, own)}

    def _results(self, report: JSON) -> Iterator[tuple[str, JSON]]:
        """Yield the results of a report, as they are said now, else as they are known."""
        references = (each.get("reference", "") for each in report.get("result", ()))
        ids = [name.partition("/")[2] for name in references]
        home = report["id"].partition(".")[0]
        unknown = [
            Key(home, "Observation", id_) for id_ in ids if ("Observation", id_) not in self._said
        ]
        rows = self._tx.resources.current(unknown)
        for id_ in ids:
            result = self._said.get(("Observation", id_))
            row = rows.get(("Observation", id_))
            if result is None and row is not None and not row.deleted:
                result = content(self._tx, row)
            if result is not None:
                yield id_, result

    def _await(self, said: Said, made: Made, wanted: Parent) -> None:
        """Note that a result awaits its parent."""
        id_, parent = made.resource["id"], (wanted.code, wanted.sub_id)
        for side, number in wanted.orders:
            self._new.update(awaiting.noted(said.ids, _TYPE, id_, side, number, *parent))

    def _claims(self, said: Said, made: Made) -> Iterator[tuple[str, str]]:
        """Yield by what the results of a report may be awaited, and their ids."""
        ((_, orders),) = self._with_orders([made.resource], said.own)
        for id_, result in self._results(made.resource):
            for order in orders:
                for named in product(_names(result), sub_ids(result)):
                    yield awaiting.claim(said.ids, made.compartment, _TYPE, *order, *named), id_


def _based_on(report: JSON) -> Iterator[Key]:
    """Yield the orders that a report is of."""
    for each in report.get("basedOn", ()):
        type_, _, id_ = each.get("reference", "").partition("/")
        if type_ == _ORDER:
            yield Key(compartment_of(id_), type_, id_)


def _numbers(told: JSON, own: _Own) -> Iterator[_Order]:
    """Yield the numbers of an order that it or its report tells: kind, and as keys have them."""
    for identifier in told.get("identifier", ()):
        system, value = given_by(identifier, own), identifier.get("value", "")
        for coding in identifier.get("type", {}).get("coding", ()):
            yield coding.get("code", ""), f"{system}|{value}" if system else value


def _names(result: JSON) -> set[str]:
    """Return what a result's code may be called."""
    code = result.get("code", {})
    return {coding.get("code", "") for coding in code.get("coding", ())} | {code.get("text", "")}


def sub_ids(result: JSON) -> Iterable[str]:
    """Return the sub-ids that a result may have: one that is always 1 is not kept."""
    said = [
        part.get("valueString", "")
        for extension in result.get("extension", ()) if extension["url"] == _SUB_ID
        for part in extension.get("extension", ()) if part["url"] == "original-sub-identifier"
    ]  # fmt: skip
    return said or ("", "1")


def _referring(member: JSON, parent: str) -> JSON:
    """Return a result whose words for its parent refer to that."""
    named = [
        {**each, "reference": f"Observation/{parent}"} if "reference" not in each else each
        for each in member.get("derivedFrom", ())
    ]
    return {**member, "derivedFrom": named} if named else member
