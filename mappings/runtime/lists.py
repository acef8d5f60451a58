"""A message that was walked in; the lists that it gives whole out (HL7 v2.5.1, 2.10.4.1).

In snapshot mode the segments of a name are all there are: what an earlier message listed, and this
one does not, is no longer so. A single segment of nothing but ``""`` empties the list. A list in
which a segment could not be read is not known to be whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mappings.compiler.lists import Listed
from mappings.hl7v2.message import Segment
from mappings.runtime.context import Context
from mappings.runtime.scopes import Slot
from mappings.runtime.types import NO_FIELDS, Listing

_NULL = '""'


def listings(
    lists: Sequence[Listed], segments: Sequence[Segment], slots: Sequence[Slot], context: Context
) -> Iterator[Listing]:
    """Yield what a message of one patient says of the lists of its structure."""
    homes = {slot.compartment for slot in slots if slot.mention.type == "Patient"}
    if not lists or len(homes) != 1:
        return
    (home,) = homes
    for listed in lists:
        said = [segment for segment in segments if segment.id == listed.segment]
        if said:
            yield _listing(listed, said, [s for s in slots if s.compartment == home], context)


def _listing(
    listed: Listed, said: Sequence[Segment], slots: Sequence[Slot], context: Context
) -> Listing:
    alike = [slot for slot in slots if slot.mention.type == listed.type]
    others = {slot.id for slot in alike if slot.mention.segment != listed.segment}
    ids = dict.fromkeys(slot.id for slot in alike if slot.id not in others)
    of = {slot.id for slot in slots if slot.mention.type == listed.of}
    whole = (
        (bool(alike) or _empties(said))
        and (not listed.of or len(of) == 1)
        and not _is_incomplete(listed.segment, context)
        and all(_applies(listed, segment, context) for segment in said)
    )
    return Listing(
        listed.segment, listed.type, slots[0].compartment, next(iter(of), ""), tuple(ids), whole
    )


def _applies(listed: Listed, segment: Segment, context: Context) -> bool:
    if listed.when is None:
        return True
    return listed.when(context, segment.fields + NO_FIELDS)


def _empties(said: Sequence[Segment]) -> bool:
    """Whether a single segment deletes all: what it has, but for its number, is null."""
    values = {value for value in said[0].fields[2:] if value}
    return len(said) == 1 and values == {_NULL}


def _is_incomplete(segment: str, context: Context) -> bool:
    return any(
        found.code == "incomplete" and found.location.startswith(segment)
        for found in context.findings
    )
