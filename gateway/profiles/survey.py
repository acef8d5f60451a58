"""A feed's messages and a site profile in; what was understood of them, and what was not, out.

A survey holds counts, places and vocabulary (`mappings.worklist`): no patient content.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from adapters.charset import Basis, UndecodableError, codec_named
from adapters.header import read_header
from gateway.ingest.findings import of_reading
from gateway.ingest.ids import DerivedIds
from gateway.keys.hashes import Hashes
from gateway.profiles.feeds import Sample, decode_as
from gateway.translator import Translator
from mappings.hl7v2 import MessageError, parse
from mappings.runtime.text.primitives import offset_of
from mappings.worklist import Want, place, wants

Counts = Counter[Any]

#: Ids of resources that nobody keeps.
IDS = DerivedIds(Hashes(b"yiqiao profile: not a secret".ljust(32, b".")), "profile")
_TIME = re.compile(r"(?<=[|^~&])\d{8,14}(?:\.\d{1,4})?[+-]\d{4}(?=[|^~&\r\n]|$)")
_SHORT = re.compile(r"\S{1,32}")


@dataclass
class Survey:
    """What a feed is made of.

    Attributes
    ----------
    types, facilities, charsets, offsets
        How many messages had each MSH-9, MSH-4, way of saying their character set, and (times)
        each offset.
    findings
        How often each (severity, code, place) was found.
    lacking
        How often each `Want` was.
    fields
        Of segments without a table: in how many segments each field had a value.
    rows
        The table rows that made something (as ``file:line``), where it was asked for.
    """

    messages: int = 0
    rejected: int = 0
    types: Counts = field(default_factory=Counter)
    facilities: Counts = field(default_factory=Counter)
    charsets: Counts = field(default_factory=Counter)
    offsets: Counts = field(default_factory=Counter)
    findings: Counts = field(default_factory=Counter)
    lacking: Counter[Want] = field(default_factory=Counter)
    segments: Counts = field(default_factory=Counter)
    fields: Counts = field(default_factory=Counter)
    rows: set[str] = field(default_factory=set)


def survey(
    feed: Iterable[Sample], source: str, profile: str | None, *, explain: bool = False
) -> Survey:
    """Translate every message of a feed, as `source`, with a site profile.

    Parameters
    ----------
    explain
        Also find out which rows of the tables made something.

    Raises
    ------
    mappings.language.tree.TableError
        The profile is wrong.
    """
    found, translator = Survey(), Translator()
    dictionary = translator.dictionary(profile, explain=explain)
    for sample in feed:
        found.messages += 1
        text = sample.text or _guessed(sample)
        if sample.why:
            found.findings["error", "undecodable", "MSH-18"] += 1
        _declared(found, sample, text)
        if not text:
            found.rejected += 1
            continue
        found.offsets.update(filter(None, map(offset_of, _TIME.findall(text))))
        result = translator.translate(text, IDS, source=source, profile=profile, explain=explain)
        found.types[result.type if _SHORT.fullmatch(result.type) else ""] += 1
        found.rejected += result.rejected or bool(sample.why)
        for one in (*of_reading(sample.doubts), *result.findings):
            found.findings[one.severity, one.code, place(one.location)] += 1
        found.lacking.update(wants(result, dictionary))
        found.rows.update(trace.row for trace in result.explained)
        _unknown_segments(found, text)
    return found


def _guessed(sample: Sample) -> str:
    """Read what is not in its declared character set as what it then mostly is."""
    try:
        return decode_as(sample.octets, "GB18030").text
    except UndecodableError:
        return ""


def _declared(found: Survey, sample: Sample, text: str) -> None:
    header = read_header(text) if text else None
    if header is None:
        return
    facility = header.component(4)
    if _SHORT.fullmatch(facility):
        found.facilities[facility] += 1
    if sample.why:
        found.charsets["wrong"] += 1
    elif sample.basis is Basis.DETECTED and not sample.octets.isascii():
        named = codec_named(header.component(17)) if header.component(17) else None
        found.charsets["MSH-17" if named == sample.charset else sample.charset] += 1
    elif not sample.octets.isascii():
        found.charsets["declared"] += 1


def _unknown_segments(found: Survey, text: str) -> None:
    """Count the valued fields of the segments that have no table."""
    unknown = {want.name for want in found.lacking if want.kind == "segment"}
    if not unknown:
        return
    try:
        segments = parse(text).segments
    except MessageError:
        return
    for segment in segments:
        if segment.id in unknown:
            found.segments[segment.id] += 1
            valued = (n for n, value in enumerate(segment.fields) if n and value)
            found.fields.update((segment.id, number) for number in valued)
