"""The one pure function: a message in, resources and findings out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from mappings.findings import Finding, Unmapped
from mappings.hl7v2.attendees import TooManyError, parts
from mappings.hl7v2.encapsulated import Content, Encapsulated, put_back
from mappings.hl7v2.kind import mend_type
from mappings.hl7v2.lines import join_lines
from mappings.hl7v2.message import Message, MessageError, Segment, parse
from mappings.hl7v2.padding import tidied
from mappings.hl7v2.priors import own_orders_first
from mappings.hl7v2.requests import DETAILED, detail_of, orders_first
from mappings.hl7v2.timings import one_timing
from mappings.runtime.functions.authorities import default_system
from mappings.runtime.plan import ANY, Compiled
from mappings.runtime.state.context import Context
from mappings.runtime.state.losses import ELSEWHERE
from mappings.runtime.state.memory import RECENT
from mappings.runtime.text.words import is_masked
from mappings.runtime.text.zones import Offset, doubts, offset_for
from mappings.runtime.types import JSON, Ids, Listing, Made, Site, Trace, Use
from mappings.runtime.walk import binaries
from mappings.runtime.walk.fillers import emptied, may_stand_behind
from mappings.runtime.walk.finishing import Finishing
from mappings.runtime.walk.lists import listings
from mappings.runtime.walk.tracing import standing_traces
from mappings.runtime.walk.walker import Walker


class Translation(NamedTuple):
    """What a message says.

    ``made`` is what there is to keep; ``envelope`` what speaks of the message itself (its
    MessageHeader); ``merges`` are pairs (surviving, retired) of compartments, ``moves`` what came
    to another patient's record: its type, its id there was, its id there is; ``rejected`` is
    true where nothing could be made of it: a finding of severity ``error`` says why. ``unmapped``
    are the codes of ``unmapped-code`` findings, as received. ``used`` is what an explained
    translation read without carrying it over. ``bundle`` is what is said of the
    Bundle around a message, still without entries. ``lists`` are what the message lists; ``own``
    whose numbers are the source's own: the name of that authority, and its system; ``unnamed``
    the compartment of a patient who is not named: whoever the orders are known to be for.
    ``header`` is the message's MSH, ``offset`` that of its times which have none.
    """

    made: list[Made]
    envelope: list[Made]
    findings: list[Finding]
    merges: list[tuple[str, str]]
    control_id: str
    type: str
    explained: list[Trace]
    unmapped: Sequence[Unmapped] = ()
    bundle: JSON | None = None
    used: Sequence[Use] = ()
    moves: Sequence[tuple[str, str, str]] = ()
    lists: Sequence[Listing] = ()
    own: tuple[str, str] = ("", "")
    unnamed: str = ""
    header: Segment | None = None
    offset: Offset = ""

    @property
    def rejected(self) -> bool:
        """Whether an error stands among the findings."""
        return any(f.severity == "error" for f in self.findings)


def translate(
    text: str | Content,
    compiled: Compiled,
    site: Site,
    ids: Ids,
    *,
    envelope: bool = True,
    explain: bool = False,
    kinds: Mapping[str, str] | None = None,
) -> Translation:
    """Translate one decoded message: its text, or that of a large one and its data.

    Pure: the same text, tables, site and ids give the same answer. `site.authority` falls back to
    the sending facility (MSH-4) for identifiers that name no assigning authority. Without
    `envelope`, what speaks of the message itself is not made. `kinds` tells of orders that do not
    say what they are of, by their placer's number, the segment that would (``RXO``). Bad messages
    raise nothing: what cannot be read is a finding of severity ``error``.
    """
    text, data = text if isinstance(text, Content) else (text, {})
    try:
        message = parse(text, tidied)
    except MessageError as error:
        finding = Finding("error", error.code, error.location)
        return Translation([], [], [finding], [], "", "", [])
    try:
        return _translate(
            message, compiled, site, ids,
            envelope=envelope, explain=explain, kinds=kinds or {},
            behind=may_stand_behind(text), masked=is_masked(text), data=data,
        )  # fmt: skip
    except TooManyError:
        header, finding = message.header, Finding("error", "too-many-patients", "PID")
        kind = "^".join(kind_of(header)[:2]).rstrip("^")
        return Translation([], [], [finding], [], header.value("10"), kind, [])


def _translate(
    message: Message,
    compiled: Compiled,
    site: Site,
    ids: Ids,
    *,
    envelope: bool,
    explain: bool,
    kinds: Mapping[str, str],
    behind: bool,
    masked: bool,
    data: Mapping[str, Encapsulated],
) -> Translation:
    header = message.header
    mend_type(message)
    moved = emptied(
        message.segments, compiled.fillers, site.units, message.findings,
        behind=behind, masked=masked,
    )  # fmt: skip
    facility = header.value("4")
    if facility and not site.authority:
        site = site._replace(authority=facility)
    directory = ids.compartment("directory", site.source)
    place = directory, site.source, site.authority, site.version
    memory = RECENT.of(compiled.memory, place, compiled.memos)
    context = Context(ids, site, memory, data, envelope=envelope, explain=explain)
    if memory.own is None:
        memory.own = site.authority, default_system("", context, 0) or ""
    context.findings.extend(message.findings)
    context.moved = moved
    context.offset = offset_for(header.value("7"), site.offset)
    context.control_id = header.value("10")
    context.type, context.event = header.value("9.1"), header.value("9.2")
    name = structure_name(header, compiled)
    plan = compiled.structures.get(name)
    if plan is None:
        context.say("warning", "no-structure", 9)
        plan = compiled.structures.get(ANY)
    walker = Walker(compiled, plan, context)
    context.repeated(one_timing(message.segments, context.findings), "TQ1")
    joined = join_lines(message.segments, context.findings)
    segments = orders_first(own_orders_first(joined))
    for part in parts(segments):
        walker.foresee(part)
        for number, segment in enumerate(part):
            detail = detail_of(part, number) if segment.id in DETAILED else ""
            if kinds and segment.id == "ORC":
                detail = detail or kinds.get(segment.value("2"), "")
            context.ordinals[segment.id] = segment.ordinal
            walker.take(segment, message.nulls, detail)
    ending = Finishing(walker)
    everything, merges = ending.finish()
    if data:  # of what is an ED, the data stand there already
        everything = [_whole(one, data) for one in everything]
    everything = binaries.apart(everything, ids)
    made, header_and_kin, bundle = _sorted(everything)
    problem = ending.problem()
    if problem or ending.unnamed:
        context.segment, context.ordinal = "MSH", 1
        if problem:
            context.say("error", problem, 9)
            everything, made, header_and_kin, bundle = [], [], [], None
        else:
            context.say("information", "patient-by-order", 9)
    context.findings.extend(doubts(context.offset, message.segments))
    kind = "^".join(kind_of(header)[:2]).rstrip("^")
    return Translation(
        made,
        header_and_kin,
        [found for found in dict.fromkeys(context.findings) if found is not ELSEWHERE],
        merges,
        context.control_id,
        kind,
        standing_traces(binaries.traced(context.heard(), made), everything, context),
        context.unmapped,
        bundle,
        context.used,
        walker.joining.moves() if walker.joining else (),
        tuple(listings(compiled.lists.get(name, ()), message.segments, ending.slots, context)),
        memory.own,
        context.compartment if ending.unnamed else "",
        header,
        context.offset,
    )


def _whole(made: Made, data: Mapping[str, Encapsulated]) -> Made:
    resource = put_back(made.resource, data)
    return made if resource is made.resource else made._replace(resource=resource, shared=None)


def _sorted(everything: list[Made]) -> tuple[list[Made], list[Made], JSON | None]:
    """Return what is to keep, what speaks of the message itself, and what is said of a Bundle."""
    made: list[Made] = []
    around: list[Made] = []
    bundle = None
    for one in everything:
        if one.home != "message":
            made.append(one)
        elif one.resource["resourceType"] == "Bundle":
            bundle = one.resource
        else:
            around.append(one)
    return made, around, bundle


def kind_of(header: Segment) -> tuple[str, str, str]:
    """Return MSH-9: message code, trigger event, message structure."""
    parts = header.field(9).partition("~")[0].split("^")
    code, event, structure, *_ = (*parts, "", "", "")
    return code, event, structure


def structure_name(header: Segment, compiled: Compiled) -> str:
    """Return the event's structure, else the one that MSH-9.3 names."""
    code, event, structure = kind_of(header)
    by_event = compiled.events.get(f"{code}^{event}") or compiled.events.get(f"{code}^*")
    return by_event or structure


__all__ = ["Made", "Translation", "translate"]
