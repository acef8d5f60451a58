"""Visits that ADT messages do not number: what they say in; each visit under the id it has, out.

Some registrations give a visit no number. A message of an admission says when that was; an update,
a transfer, a discharge seldom does. It is of the visit that goes on: the one of its class that the
same application told of last. Where the message begins another visit, or tells of a time that does
not fit one that is known, it is of another; but an account that names one visit alone tells that
an update puts right when that began. Of a patient who is here in a visit with a number, one
message without it begins no second.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from gateway.ingest.pipeline import Said
from gateway.ingest.sending import Sent, has_told, outdated
from gateway.ingest.things.renaming import under
from gateway.ingest.versions.known import contents
from gateway.store import Row, Tx
from mappings.runtime.functions.times import shifted
from mappings.runtime.text.primitives import is_after
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]
TYPE = "Encounter"

_OVER = frozenset({"cancelled", "entered-in-error", "finished"})
_ADMITTING = frozenset({"A01", "A04"})
_PLANNING = frozenset({"A05", "A14", "A27", "A38"})  # of a visit that is still to be
_OF_CLASS = frozenset({"A06", "A07"})  # changes it
_DAY, _MINUTE = len("2026-03-01"), len("2026-03-01T08:00")


class _Known(NamedTuple):
    """A visit that is known, and as what: its row, and what messages have told of it."""

    row: Row
    visit: JSON

    @property
    def end(self) -> str:
        """When it ended, as far as that is told."""
        return str(self.visit.get("period", {}).get("end", ""))

    @property
    def is_over(self) -> bool:
        """Whether it goes on no more."""
        return self.visit["status"] in _OVER

    @property
    def is_planned(self) -> bool:
        """Whether it is still to be."""
        return bool(self.visit["status"] == "planned")


def is_nameless(visit: JSON) -> bool:
    """Whether no number names a visit: its own, another one, or that of its pre-admission."""
    numbers = (each for each in visit.get("identifier", ()) if each.get("use") != "old")
    return not (any(numbers) or "preAdmissionIdentifier" in visit.get("hospitalization", {}))


def asks(said: Said) -> bool:
    """Whether a message asks which visit it is of: what is known is read for it."""
    return any(_asking(said))


def settled(tx: Tx, told: Told) -> Told:
    """Return messages, each of which asks is alone, with each visit under the id that it has."""
    return [(seq, _settled(tx, said)) for seq, said in told]


def _asking(said: Said) -> Iterator[Made]:
    if said.sent and said.sent.kind == "ADT":
        for made in said.made:
            if made.resource["resourceType"] == TYPE and is_nameless(made.resource):
                yield made


def _settled(tx: Tx, said: Said) -> Said:
    for made in [*_asking(said)]:
        assert said.sent is not None
        known = _which(made, said.sent, _known(tx, made.compartment, said.sent))
        if known is not None:
            mention = "status" in made.weak and made.resource["status"] == "unknown"
            weak = tuple(made.resource) if mention else made.weak
            mine = [one._replace(weak=weak) if one is made else one for one in said.made]
            old = made.resource["id"]
            said = under(said._replace(made=mine), {(TYPE, old): known.row.id})
            tx.orders.lead(made.compartment, old, known.row.id)
    return said


def _known(tx: Tx, home: str, sent: Sent) -> list[_Known]:
    """Return the visits of a record that the same application told of, the last begun last."""
    rows = [row for row in tx.resources.rows([home], [TYPE]) if has_told(row.told or b"", sent)]
    found = [_Known(row, visit) for row, visit in zip(rows, contents(tx, rows), strict=True)]
    return sorted(found, key=lambda one: (_start(one.visit), one.row.spool_seq or 0))


def _which(made: Made, sent: Sent, known: Sequence[_Known]) -> _Known | None:
    """Return the visit that is meant, the last one of several; None if it is another one."""
    visit = made.resource
    if any(one.row.id == visit["id"] for one in known):
        return None
    alike = [one for one in known if _is_alike(one.visit, made, sent.event)]
    mine = [one for one in alike if is_nameless(one.visit)]
    if _start(visit):
        found = [one for one in alike if _begins_with(one, made, sent)]
        if not found and sent.event not in _ADMITTING | _PLANNING:
            found = [one for one in _alone(_of_account(known, visit)) if one in alike]
            found = [one for one in found if _may_begin_with(one, visit)]
    elif sent.event in _PLANNING:
        found = [one for one in mine if one.is_planned and _is_for(one.visit, visit)]
    else:
        going = [one for one in mine if not one.is_over and not _ends_before(visit, one.visit)]
        found = [one for one in going if not one.is_planned] or going
        found = found or [one for one in mine if one.is_over and _is_within(visit, one.visit)]
        found = found or _alone([one for one in alike if not (one.is_over or one.is_planned)])
    return found[-1] if found else None


def _is_alike(known: JSON, made: Made, event: str) -> bool:
    """Whether a visit is of the class and the account that a message says, if it says them."""
    visit = made.resource
    accounts = [{each["reference"] for each in one.get("account", ())} for one in (known, visit)]
    if all(accounts) and accounts[0].isdisjoint(accounts[1]):
        return False
    any_class = event in _OF_CLASS or "class" in made.weak
    return bool(any_class or known["class"].get("code") == visit["class"].get("code"))


def _begins_with(one: _Known, made: Made, sent: Sent) -> bool:
    """Whether a visit is one of which a message says, or lets assume, when it began."""
    start, begin = _start(one.visit), _start(made.resource)
    if start:
        return len(begin) >= _MINUTE and start[:_MINUTE] == begin[:_MINUTE]
    if one.is_over or one.is_planned or not is_nameless(one.visit):
        return False
    return sent.event not in _ADMITTING or outdated(one.row.told or b"", sent) is True


def _of_account(known: Sequence[_Known], visit: JSON) -> list[_Known]:
    """Return the visits that are known of the account that a message names."""
    named = {each["reference"] for each in visit.get("account", ())}
    found = ({each["reference"] for each in one.visit.get("account", ())} for one in known)
    return [one for one, own in zip(known, found, strict=True) if not named.isdisjoint(own)]


def _may_begin_with(one: _Known, visit: JSON) -> bool:
    """Whether a message puts right when a visit began: by a day at most, and before it ended."""
    start, begin = _start(one.visit)[:_DAY], _start(visit)
    if one.is_planned or len(start) < _DAY or is_after(begin, one.end or begin):
        return False
    return begin[:_DAY] in {shifted(start, days * 86400) for days in (-1, 0, 1)}


def _is_for(known: JSON, visit: JSON) -> bool:
    """Whether two visits are planned for one time, as far as that is said."""
    times = [
        {each["valueDateTime"] for each in one.get("extension", ()) if "valueDateTime" in each}
        for one in (known, visit)
    ]
    return not all(times) or not times[0].isdisjoint(times[1])


def _ends_before(visit: JSON, known: JSON) -> bool:
    """Whether a message says an end from before a visit began."""
    return is_after(_start(known), visit.get("period", {}).get("end", ""))


def _is_within(visit: JSON, known: JSON) -> bool:
    """Whether a message says no time of a later day than that on which a visit ended."""
    periods = [visit, *visit.get("location", ())]
    said = [time for one in periods for time in one.get("period", {}).values()]
    end = known.get("period", {}).get("end", "")
    return all(time[:_DAY] <= end[:_DAY] for time in said)


def _alone(found: list[_Known]) -> list[_Known]:
    return found if len(found) == 1 else []


def _start(visit: JSON) -> str:
    return str(visit.get("period", {}).get("start", ""))
