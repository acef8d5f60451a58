"""Merges that name several records: what messages say in; out, with every record that is merged.

MRG-1 repeats (v2.9, 3.4.9.1): the numbers of one record, or of several that are all one patient's.
A message alone cannot tell which; the store knows what records there are. Each that one of the
numbers names gives way, as the first does, and keeps its number; one that is not known yet does
when it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gateway.ingest.pipeline import Said
from gateway.store import Key, MergeEvent, Tx
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]
_TYPE = "Patient"


def settled(tx: Tx, told: Told) -> Told:
    """Return what messages say, with the records that their merges name beside the first."""
    spoken_of = set[str]()  # by earlier messages of this batch
    result = []
    for seq, said in told:
        whole = said
        for surviving, retired in said.merges:
            others = _others(said, surviving, retired)
            known = _known(tx, said, others) | (spoken_of & others.keys())
            tx.merges.record(event(seq, said, surviving, home) for home in others.keys() - known)
            if known:
                several = {home: others[home] for home in sorted(known)}
                whole = _merged(whole, surviving, retired, several)
        spoken_of.update(made.compartment for made in said.made)
        result.append((seq, whole))
    return result


def event(seq: int, said: Said, surviving: str, retired: str) -> MergeEvent:
    """Return a merge that a message tells, with when it was written, as far as that is known."""
    when = (said.sent.by, said.sent.at) if said.sent else ()
    return MergeEvent(retired, surviving, seq, *when)


def awaited(tx: Tx, told: Told, new: Iterable[str]) -> Told:
    """Return what messages say, with `new` records that were merged before they were known."""
    groups = tx.merges.groups(new)
    late = {home: group.survivor for home, group in groups.items() if group.survivor != home}
    result = []
    for seq, said in told:
        homes = dict.fromkeys(made.compartment for made in said.made)
        pairs = [(late.pop(home), home) for home in homes if home in late]
        result.append((seq, said._replace(merges=[*said.merges, *pairs]) if pairs else said))
    return result


def _others(said: Said, surviving: str, retired: str) -> dict[str, JSON]:
    """Return the records that a retired patient's numbers may name, each with its number."""
    found: dict[str, JSON] = {}
    for made in said.made:
        for identifier in made.resource.get("identifier", ()) if _is_of(made, retired) else ():
            number = identifier.get("system", ""), identifier.get("value", "")
            home = said.ids.compartment("patient", said.feed.organisation, *number)
            if home not in (surviving, retired):
                found[home] = identifier
    return found


def _known(tx: Tx, said: Said, homes: Iterable[str]) -> set[str]:
    """Return those records that there are."""
    keys = [Key(home, _TYPE, said.ids.resource(home, _TYPE)) for home in homes]
    return {row.compartment for row in tx.resources.current(keys).values() if not row.deleted}


def _merged(said: Said, surviving: str, retired: str, others: Mapping[str, JSON]) -> Said:
    """Return what a message says, with other records retired, each under its own number."""
    apart = list(others.values())
    made = [_without(one, apart) if _is_of(one, retired) else one for one in said.made]
    for home, identifier in others.items():
        patient = {
            "resourceType": _TYPE, "id": said.ids.resource(home, _TYPE),
            "identifier": [identifier], "active": False,
        }  # fmt: skip
        made.append(Made(patient, home, "patient", replace=False))
    pairs = [(surviving, home) for home in others]
    return said._replace(made=made, merges=[*said.merges, *pairs])


def _is_of(made: Made, home: str) -> bool:
    return made.compartment == home and made.resource["resourceType"] == _TYPE


def _without(made: Made, identifiers: Sequence[JSON]) -> Made:
    """Return a patient without numbers that are another record's."""
    left = [one for one in made.resource["identifier"] if one not in identifiers]
    return made._replace(resource={**made.resource, "identifier": left})
