"""A message that was walked in; the lists that it gives whole out (HL7 v2.5.1, 2.10.4.1).

In snapshot mode the segments of a name are all there are: what an earlier message listed, and this
one does not, is no longer so. A single segment of nothing but ``""`` empties the list. A list in
which a segment could not be read is not known to be whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mappings.hl7v2.message import Segment
from mappings.runtime.plan import Listed, When
from mappings.runtime.state.context import Context
from mappings.runtime.types import NO_FIELDS, NO_WORDS, Listing
from mappings.runtime.walk.scopes import Slot

_NULL = '""'
_SILENT = frozenset({"", _NULL})


def listings(
    lists: Sequence[Listed], segments: Sequence[Segment], slots: Sequence[Slot], context: Context
) -> Iterator[Listing]:
    """Yield what a message of one patient says of the lists of its structure."""
    if not lists:
        return
    homes = {slot.compartment for slot in slots if slot.mention.type == "Patient"}
    if len(homes) != 1:
        return
    (home,) = homes
    said: dict[str, list[Segment]] = {}
    for segment in segments:
        said.setdefault(segment.id, []).append(segment)
    made: dict[str, list[Slot]] = {}
    for slot in slots:
        if slot.compartment == home:
            made.setdefault(slot.mention.type, []).append(slot)
    partly = {found.location[:3] for found in context.findings if found.code == "incomplete"}
    partly |= set(_hollow(slots, context))
    for listed in lists:
        if listed.segment in said:
            found = _listing(listed, said[listed.segment], made, context, home)
            yield found._replace(whole=False) if listed.segment in partly else found


def _hollow(slots: Sequence[Slot], context: Context) -> Iterator[str]:
    """Yield the names of segments that say that nothing is known (``AL1|1|DA|不详``), nothing else.

    Who knows nothing does not take back what was known.
    """
    fillers = {f.location.partition("-")[0] for f in context.findings if f.code == "filler"}
    if fillers:
        for slot in slots:
            for name, ordinal in slot.at:
                fillers.discard(name if ordinal == 1 else f"{name}[{ordinal}]")
    yield from (segment[:3] for segment in fillers)


def _listing(
    listed: Listed,
    said: Sequence[Segment],
    made: Mapping[str, Sequence[Slot]],
    context: Context,
    home: str,
) -> Listing:
    alike = made.get(listed.type, ())
    ids = dict.fromkeys(slot.id for slot in alike)
    for slot in alike:
        if slot.mention.segment != listed.segment:
            ids.pop(slot.id, None)
    of = {slot.id for slot in made.get(listed.of, ())}
    whole = (
        (bool(alike) or _empties(said))
        and (not listed.of or len(of) == 1)
        and _apply(listed.when, said, context)
    )
    fields = dict(_repeating(listed, said, alike)) if whole and listed.repeats else NO_WORDS
    return Listing(listed.segment, listed.type, home, next(iter(of), ""), tuple(ids), whole, fields)


def _repeating(
    listed: Listed, said: Sequence[Segment], made: Sequence[Slot]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what valued fields fill of each resource that a segment of the list began."""
    segments = {(segment.id, segment.ordinal): segment.fields for segment in said}
    for slot in made:
        fields = segments.get(slot.at[0])
        if fields:
            length = len(fields)
            yield slot.id, tuple(
                word for field, words in listed.repeats
                if field < length and fields[field] not in _SILENT
                for word in words
            )  # fmt: skip


def _apply(when: When | None, said: Sequence[Segment], context: Context) -> bool:
    return when is None or all(when(context, segment.fields + NO_FIELDS) for segment in said)


def _empties(said: Sequence[Segment]) -> bool:
    """Whether a single segment deletes all: what it has, but for its number, is null."""
    values = {value for value in said[0].fields[2:] if value}
    return len(said) == 1 and values == {_NULL}
