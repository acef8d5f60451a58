"""What its visit is part of the name of: messages in, before and with their visits known; out.

A diagnosis without a number is that of its visit and code; a procedure, of its time, too; a
financial class (PV1-20) is its visit's. If the visit is known by another number than the message's,
so is what was told of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from gateway.ingest.ids import given_by
from gateway.ingest.pipeline import Said
from gateway.ingest.things.renaming import under
from gateway.ingest.versions.known import content, contents
from gateway.store import Tx
from mappings.translate import Made

JSON = dict[str, Any]
Told = Sequence[tuple[int, Said]]
_VISIT, _CLASS = "Encounter", "Coverage"
_TYPES = ("Condition", "Procedure")
_Name = tuple[str, str]
_Word = tuple[object, ...]


def settled(tx: Tx, before: Told, told: Told) -> Told:
    """Return messages with what they say of visits that are known under another id (`before`)."""
    others = [_visits(said) for _, said in before]
    changed = [_visits(said) - known for (_, said), known in zip(told, others, strict=True)]
    if not any(changed):
        return told
    batch: dict[_Name, _Word] = {}
    result = []
    for (seq, heard), visits in zip(told, changed, strict=True):
        said = _classed(tx, heard, visits) if visits else heard
        asking = [one for one in _parts(said) if _word(one.resource)[1] in visits]
        whole = under(said, _ids(said, asking, {**_known(tx, asking), **batch})) if asking else said
        batch |= {_name(one.resource): _word(one.resource) for one in _parts(whole)}
        result.append((seq, whole))
    return result


def twins(some: Sequence[JSON], gone: str, kept: str) -> Iterator[tuple[str, str, str]]:
    """Yield what two visits that are one both have: the type, the id in either."""
    words = [(_name(one), _word(one)) for one in some if one["resourceType"] in _TYPES]
    theirs = [(name, (type_, kept, *word)) for name, (type_, visit, *word) in words
              if visit == gone]  # fmt: skip
    for (type_, old), word in theirs:
        same = [id_ for (_, id_), other in words if other == word]
        if len(same) == 1 and [other for _, other in theirs].count(word) == 1:
            yield type_, old, same[0]


def class_twins(said: Said, home: str, gone: JSON, kept: JSON) -> Iterator[tuple[str, str, str]]:
    """Yield the financial classes of two visits that are one, as `twins` does; each may be none."""
    named = dict([*_classes(said, home, gone), *_classes(said, home, kept)])
    if gone["id"] in named and kept["id"] in named:
        yield _CLASS, named[gone["id"]], named[kept["id"]]


def _classed(tx: Tx, said: Said, visits: Collection[str]) -> Said:
    """Return a message with the financial class of each visit under the number that this had."""
    told = {one.resource["id"] for one in said.made if one.resource["resourceType"] == _CLASS}
    ids: dict[_Name, str] = {}
    for made in said.made if told else ():
        visit = made.resource
        if visit["resourceType"] == _VISIT and visit["id"] in visits:
            own = [each for _, each in _classes(said, made.compartment, visit) if each in told]
            row = tx.resources.get(_VISIT, visit["id"])
            known = visit if row is None or row.deleted else content(tx, row)
            first = dict([*_classes(said, made.compartment, known),
                          *_classes(said, made.compartment, visit)])  # fmt: skip
            if visit["id"] in first:
                ids |= {(_CLASS, each): first[visit["id"]] for each in own}
    return under(said, ids) if ids else said


def _classes(said: Said, home: str, visit: JSON) -> Iterator[tuple[str, str]]:
    """Yield by each number of a visit what it, and its financial class, are called by that."""
    stay = visit.get("hospitalization", {})
    keys = [(number,) for one in visit.get("identifier", ()) if (number := _number(said, one))]
    before = _number(said, stay.get("preAdmissionIdentifier", {}))
    for key in (*keys, *([("pre-admission", before)] if before else ())):
        class_ = said.ids.resource(home, _CLASS, "financial-class", "|".join(key))
        yield said.ids.resource(home, _VISIT, *key), class_


def _number(said: Said, identifier: JSON) -> str:
    """Return a number as keys have it (`mappings.runtime.functions.numbered`)."""
    authority = given_by(identifier, said.own)
    number: str = identifier.get("value", "")
    return f"{authority}|{number}" if authority and number else number


def _visits(said: Said) -> set[str]:
    return {one.resource["id"] for one in said.made if one.resource["resourceType"] == _VISIT}


def _parts(said: Said) -> Iterator[Made]:
    yield from (one for one in said.made if one.resource["resourceType"] in _TYPES)


def _known(tx: Tx, asking: Sequence[Made]) -> dict[_Name, _Word]:
    rows = tx.resources.rows(sorted({one.compartment for one in asking}), _TYPES)
    return {_name(one): _word(one) for one in contents(tx, rows)}


def _ids(said: Said, asking: Sequence[Made], known: Mapping[_Name, _Word]) -> dict[_Name, str]:
    """Return under which ids parts are known that a message names by its own."""
    own = {_name(one.resource) for one in _parts(said)}
    ids = {}
    for made in asking:
        name, word = _name(made.resource), _word(made.resource)
        same = [other[1] for other, each in known.items() if each == word]
        if name not in known and len(same) == 1 and (name[0], same[0]) not in own:
            ids[name] = same[0]
    return ids


def _name(resource: JSON) -> _Name:
    return resource["resourceType"], resource["id"]


def _word(resource: JSON) -> _Word:
    """Return what a part is known by: its type, its visit, its code, when it was done."""
    visit = resource.get("encounter", {}).get("reference", "").partition("/")[2]
    code = resource.get("code", {})
    codes = frozenset((one.get("system"), one["code"]) for one in code.get("coding", ())
                      if "code" in one)  # fmt: skip
    done = resource.get("performedDateTime") or resource.get("performedPeriod", {}).get("start")
    return resource["resourceType"], visit, codes or code.get("text"), done
