"""What comes late: a resource as it is known and as a message has it in; filled beneath, out.

What is known was said later. So a message that comes late (`gateway.ingest.sending`), or that only
mentions a resource, tells what nobody has told yet, and changes nothing. Two things it does not
tell either: what was deleted (``""``) was told, though it is not there; and what hangs on a state
(`gateway.ingest.versions.states`), its end and its reason, is told only with the state that it came
with. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from conformance.definitions import Element
from gateway.ingest.sending import Sent, deleted, is_mention, is_open, moved_to, noted
from gateway.ingest.versions.allowed import allow, is_backwards
from gateway.ingest.versions.dated import dates_after, only_late
from gateway.ingest.versions.guessing import guesses_after
from gateway.ingest.versions.restricting import is_label
from gateway.ingest.versions.states import STATES, State, is_told, told_in, without
from gateway.ingest.versions.update import (
    OPENED,
    RENUMBERED,
    definition_of,
    holds,
    kind_of,
    number_of,
    updated,
)
from mappings.runtime.state.elements import says
from mappings.translate import Made

JSON = dict[str, Any]

#: What a mention only fills, if not all it says: the result of an order tells that it is done.
_MENTIONED = {"ServiceRequest": ("code",)}
#: What hangs on a decision, as on a state: its times (`gateway.ingest.versions.deciding`).
_DECIDED = {"Consent": State(("status",), ("dateTime", "provision.period"))}
_NUMBER = '"value":'  # of an identifier
_HELD = frozenset({"data", "url"})  # of a document: what it says, or where that is


def filled(known: JSON, said: JSON, gone: Iterable[str] = ()) -> JSON:
    """Return a resource with what a message says of it that nobody has told; neither is changed.

    R4 wants content of every document: where nobody has told it, there is a title alone. That a
    state is unknown is nothing to know. A number that was given up (A42, A50) is an old one, though
    others still named what has it by that.

    Parameters
    ----------
    known, said : dict
        The resource as it is, and what the message says of it.
    gone : iterable of str
        Words (`gateway.ingest.versions.erasing`) for what was deleted, and not told again since.
    """
    type_, said = said["resourceType"], without(said, [*gone])
    parts = known.get("content", ()) if type_ == "DocumentReference" else ()
    if "content" in said and not any(_HELD & part["attachment"].keys() for part in parts):
        known = {name: value for name, value in known.items() if name != "content"}
    if known.get("status") == "unknown" and "status" in said:
        known = {name: value for name, value in known.items() if name != "status"}
    if type_ in RENUMBERED:
        known = _without_given_up(known, said)
    result = _filled(type_, known, without(said, _of_another_state(known, said)))
    allow(result, {})
    return result


def _without_given_up(known: JSON, said: JSON) -> JSON:
    """Return what is known without current numbers that are said to be given up."""
    old = [one for one in said.get("identifier", ()) if one.get("use") == "old"]
    gone = {number_of(one) for one in old}
    left = [
        one for one in known.get("identifier", ())
        if one.get("use") == "old" or number_of(one) not in gone
    ]  # fmt: skip
    return {**known, "identifier": left} if gone and "identifier" in known else known


def mentioned(known: JSON, made: Made, gone: Iterable[str]) -> tuple[JSON, bool]:
    """Return a resource as it is after a message that only mentions it.

    Returns
    -------
    tuple
        The resource; whether the message says otherwise what another kind of message keeps.
    """
    type_ = made.resource["resourceType"]
    names = only_filled(made)
    said = {name: value for name, value in made.resource.items() if name in names}
    content = filled(known, {**said, "resourceType": type_}, gone)
    erase_ = [word for word in made.erase if _is_told(type_, word)]
    otherwise = len(erase_) < len(made.erase) or not says(content, said)
    rest = {name: value for name, value in made.resource.items() if name not in names}
    return updated(content, {**rest, "resourceType": type_}, erase_, made.weak), otherwise


def _is_told(type_: str, word: str) -> bool:
    """Whether a mention may delete an element: one that it tells, and does not only fill."""
    names = _MENTIONED.get(type_)
    return names is not None and not word.startswith(names)


def told_after(told: bytes, made: Made, message: Sent | None, known: JSON, *, late: bool) -> bytes:
    """Return what a resource keeps (`gateway.ingest.sending.noted`) after a message spoke of it.

    What it deletes is kept with it until it is told again, and not only assumed; what a mention
    deletes is not, nor a number that is taken away (A43): the word for it has the number, and this
    stands in the clear. So is the name of what it lets assume (`gateway.ingest.versions.guessing`),
    until that is told.

    Parameters
    ----------
    told
        What it kept before.
    known
        The resource as it was; ``{}`` of a new one.
    late
        Whether what is known was said after the message: then nothing is told again by it.
    """
    type_, before = made.resource["resourceType"], deleted(told)
    mention = is_mention(type_, told, message)
    if made.replace or (moved_to(told) and (late or mention)):
        return noted(told, type_, message)
    mere = only_filled(made) if mention else set()
    guesses = guesses_after(told, known, made, beneath=late, mentioned=mere)
    again = late_told(told, made, message) if late else set()
    guesses = guesses.difference(reopened(told, made, message), again)
    state = made.begins or is_told(made, mere)
    lines = message and dates_after(
        told, before, known, made, message, late=late, mere=mere if mention else None
    )
    if mention or not (before or made.erase):
        return noted(told, type_, message, guesses=guesses, lines=lines, state=state)
    words = {*before, *(word for word in made.erase if _is_kept(word))}
    weak = made.resource.keys() - again if late else made.weak
    said = {name: value for name, value in made.resource.items() if name not in weak}
    said["resourceType"] = type_
    gone = {word for word in words if without(said, [word]) == said}
    return noted(told, type_, message, gone, guesses, lines, state=state)


def reopened(told: bytes, made: Made, message: Sent | None) -> list[str]:
    """Return what a message that comes late tells of a state of which nobody has told since."""
    mention = is_mention(made.resource["resourceType"], told, message)
    if made.replace or mention or not is_open(told, message):
        return []
    return told_in(made)


def late_told(told: bytes, made: Made, message: Sent | None) -> set[str]:
    """Return the names of what a message that comes late tells: nobody has told them since."""
    if is_mention(made.resource["resourceType"], told, message):
        return set()
    return only_late(told, made, message)


def only_filled(made: Made) -> set[str]:
    """Return the names of what a mention only fills."""
    resource = made.resource
    return {*_MENTIONED.get(resource["resourceType"], resource)} - {*made.weak}


def _is_kept(word: str) -> bool:
    return not is_label(word) and _NUMBER not in word


def _of_another_state(known: JSON, said: JSON) -> Sequence[str]:
    """Return words for what is said of another state than the one that is known."""
    state = STATES.get(said["resourceType"], _DECIDED.get(said["resourceType"]))
    if state is None or all(known.get(n, said.get(n)) == said.get(n) for n in state.told_by):
        return ()
    return state.told_by + state.hanging


def _filled(structure: str, known: JSON, said: Mapping[str, Any]) -> JSON:
    result = dict(known)
    for name, value in said.items():
        element, old = definition_of(structure, name), result.get(name)
        if old is None:
            if structure == "Period" and is_backwards({**result, name: value}):
                continue
            if element is None or not holds(result, structure, name):
                result[name] = value
        elif element is None:
            continue
        elif isinstance(old, list) and isinstance(value, list):
            result[name] = _lengthened(element, old, value)
        elif isinstance(old, dict) and isinstance(value, dict) and element.type in OPENED:
            result[name] = _filled(element.structure, old, value)
    return result


def _lengthened(element: Element, old: list[Any], new: list[Any]) -> list[Any]:
    key = kind_of(element)
    if key is None:
        return old
    known = {key(item) for item in old}
    return [*old, *(item for item in new if key(item) not in known)]
