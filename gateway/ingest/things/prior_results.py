"""Results of before that an order brings along: messages in; with those that are known, out.

An order for a laboratory may repeat what was found before (v2.5.1, 4.4.6, PRIOR_RESULT), as whoever
orders has it. Where the filler's number is that of a report that is known, these are the results of
that report: the order they were told with refers to them, and nothing of them changes. What the
copy says otherwise is found; a result that the report does not have stands by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.ingest.findings import finding
from gateway.ingest.pipeline import Said
from gateway.ingest.things.alike import Results
from gateway.ingest.things.renaming import renamed
from gateway.ingest.things.reports import TYPE, home_of, listed, mark, report
from gateway.ingest.things.results import may_be_one, time_of
from gateway.ingest.versions.known import contents
from gateway.store import Key, Tx
from mappings.findings import Finding
from mappings.runtime.state.elements import says
from mappings.runtime.walk.several import words
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]
_ORDER, _RESULT = "ServiceRequest", "Observation"
#: What a copy leaves out, or says in its own way.
_ITS_OWN = frozenset({"basedOn", "encounter", "id", "identifier", "issued", "performer", "status"})


def asks(said: Said) -> bool:
    """Whether a message may repeat results that are known, which are read for it."""
    return any(_with_results(said))


def settled(tx: Tx, told: Told, findings: Mapping[int, list[Finding]]) -> Told:
    """Return messages, each of which asks is alone, with what is known in place of its copies."""
    return [(seq, _settled(tx, said, findings[seq])) for seq, said in told]


def _with_results(said: Said) -> Iterator[Made]:
    """Yield orders that a filler has given a number to, and that bring results."""
    for made in said.made:
        order = made.resource
        if order["resourceType"] == _ORDER and "supportingInfo" in order and words(order).fillers:
            yield made


def _settled(tx: Tx, said: Said, findings: list[Finding]) -> Said:
    names: dict[str, str] = {}
    orders = [*_with_results(said)]
    results = {one.resource["id"]: one for one in said.made if _is_result(one)} if orders else {}
    copies: set[str] = set()
    before: set[str] = set()  # orders that they were done for
    for order in orders:
        known = _known(tx, said, order)
        here = Results(known.values())
        for id_ in _brought(order, results):
            copy = results[id_].resource
            same = known.get(id_) or _same(copy, [known[one] for one in here.alike(copy)])
            if same is not None:
                copies.add(id_)
                before.add(order.resource["id"])
                names[f"{_RESULT}/{id_}"] = f"{_RESULT}/{same['id']}"
                if not says(same, {n: v for n, v in copy.items() if n not in _ITS_OWN}):
                    findings.append(finding("information", "only-mentioned", _RESULT))
    if not copies:
        return said
    made = [
        _in_no_visit(one) if one.resource["id"] in before else one
        for one in said.made if one.resource["id"] not in copies
    ]  # fmt: skip
    return said._replace(made=[renamed(one, names) for one in made])


def _in_no_visit(order: Made) -> Made:
    """Return an order of before: the visit of the message is not the one that it was of."""
    left = {name: value for name, value in order.resource.items() if name != "encounter"}
    return order._replace(resource=left)


def _is_result(made: Made) -> bool:
    return bool(made.resource["resourceType"] == _RESULT)


def _brought(order: Made, results: Mapping[str, Made]) -> list[str]:
    """Return the ids of the results that a message brings with an order."""
    named = (each.get("reference", "") for each in order.resource["supportingInfo"])
    return [id_ for name in named if (id_ := name.partition("/")[2]) in results]


def _known(tx: Tx, said: Said, order: Made) -> dict[str, JSON]:
    """Return the results, by id, of the reports of an order's filler."""
    home, id_ = order.compartment, order.resource["id"]
    rows = tx.orders.claimed([(home, mark(said.ids, id_))])
    mine = report(order.resource, said.own).fillers
    reports = [report(each, said.own) for each in _read(tx, TYPE, [row.id for row in rows])]
    ids = [one for each in reports if each.fillers & mine for one in listed(each.content)]
    return {one["id"]: one for one in _read(tx, _RESULT, ids)}


def _read(tx: Tx, type_: str, ids: Sequence[str]) -> Iterator[JSON]:
    rows = tx.resources.current([Key(home_of(id_), type_, id_) for id_ in ids]).values()
    yield from contents(tx, [row for row in rows if not row.deleted])


def _same(copy: JSON, alike: Sequence[JSON]) -> JSON | None:
    """Return which of the known results that are alike one repeats; None if it cannot be told."""
    same = [one for one in alike if time_of(one) == time_of(copy)] or [
        one for one in alike if may_be_one(one, copy)
    ]
    return same[0] if len(same) == 1 else None
