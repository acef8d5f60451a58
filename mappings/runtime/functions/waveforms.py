"""Waveforms: what CD says of channels, and NA or MA of their samples, in; SampledData out.

HL7 v2.5.1 7.14, and 2.A.13 for CD: a sample stands for (sample - baseline) x sensitivity x
correction; FHIR says origin + sample x factor. A sampling frequency in hertz is a period in
milliseconds. When the samples were taken, and whose results these are: `batteries`.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import zip_longest
from typing import Any, NamedTuple

from mappings import exact
from mappings.exact import Number
from mappings.runtime.functions import batteries
from mappings.runtime.functions.results import unit_beside
from mappings.runtime.state.context import Context
from mappings.runtime.text import primitives
from mappings.runtime.text.pieces import part
from mappings.runtime.types import Location

JSON = dict[str, Any]
CHANNEL = "https://yiqiao.org/fhir/StructureDefinition/waveform-channel"


class Channel(NamedTuple):
    """One channel, as CD defines it; what it does not tell is None."""

    name: str = ""
    unit: str = ""
    period: Number | None = None
    factor: Number | None = None
    origin: Number | None = None
    lowest: Number | None = None
    highest: Number | None = None
    written: str = ""


def define_channels(value: str, context: Context, _location: Location) -> None:
    """Remember the channels (repetitions of a CD) for the samples that follow under one OBR."""
    batteries.of(context).define(value, context)


def begin_samples(value: str, context: Context, _location: Location) -> None:
    """Remember when the samples that follow under one OBR begin (a TS), and end (a DR)."""
    batteries.of(context).begin(value, context)


def waveform(value: str, context: Context, location: Location) -> JSON | None:
    """Return the samples of an NA or MA: a value, or a component for each channel; and their time.

    In an MA, and in an NA whose repetitions are no channels, each repetition is one moment.
    """
    rows = [row.split("^") for row in value.split("~")]
    if not _are_numbers(rows):
        context.kept(location, "series of numbers")
        return None
    battery = batteries.of(context)
    channels = list(_channels(battery.definitions(context)))
    if len(channels) > 1:
        by_channel = _by_channel(rows, len(channels), context.value("OBX", 2))
        if by_channel is not None:
            battery.told(context)
            pairs = zip(channels, by_channel, strict=True)
            time = battery.taken(len(by_channel[0]), channels[0].period, context)
            return {"component": [_component(c, samples, context) for c, samples in pairs], **time}
    channel = channels[0] if len(channels) == 1 else Channel()
    if len(channels) == 1:
        battery.told(context)
    moments = len(rows) > 1 or context.value("OBX", 2) == "MA"
    dimensions = max(map(len, rows)) if moments else 1
    # FHIR has no short moment: a sample that is not there is one that could not be taken (E).
    flat = [s for row in rows for s in (*row, *[""] * (dimensions - len(row) if moments else 0))]
    time = battery.taken(len(flat) // dimensions, channel.period, context)
    return {"valueSampledData": _sampled(channel, flat, dimensions, context), **time}


def _are_numbers(rows: list[list[str]]) -> bool:
    found = [sample for row in rows for sample in row if sample.strip()]
    return bool(found) and all(primitives.decimal(sample) is not None for sample in found)


def _by_channel(rows: list[list[str]], channels: int, kind: str) -> list[list[str]] | None:
    """Return the samples of each channel; None where they are not as many as were defined."""
    if kind == "NA" and len(rows) == channels:
        return rows
    if max(map(len, rows)) == channels:
        return [list(column) for column in zip_longest(*rows, fillvalue="")]
    return None


def _component(channel: Channel, samples: list[str], context: Context) -> JSON:
    sampled = _sampled(channel, samples, 1, context)
    return {"code": {"text": channel.name or "channel"}, "valueSampledData": sampled}


def _sampled(channel: Channel, samples: list[str], dimensions: int, context: Context) -> JSON:
    """FHIR wants an origin and a period; where nothing tells them, both are 0."""
    unit = unit_beside(context) or channel.unit
    known = context.site.units.get(unit) or context.site.units.get(context.value("OBX", 6, 1))
    origin: JSON = {"value": channel.origin or 0}
    if unit:
        origin["unit"] = unit
    if known:
        origin |= {"system": "http://unitsofmeasure.org", "code": known}
    made: JSON = {"origin": origin, "period": channel.period or 0}
    told = {"factor": channel.factor, "lowerLimit": channel.lowest, "upperLimit": channel.highest}
    made |= {name: number for name, number in told.items() if number is not None}
    if channel.written:  # its number, electrodes and skew have no element
        made["extension"] = [{"url": CHANNEL, "valueString": channel.written}]
    return {
        **made,
        "dimensions": dimensions,
        "data": " ".join(primitives.narrow(s).strip() or "E" for s in samples),
    }


def _channels(definitions: str) -> Iterator[Channel]:
    """Yield the channels that a CD defines.

    What one does not tell of its scale and clock is as told last (2.A.13, "sticky default").
    """
    scale, told = "", dict.fromkeys(_TOLD, "")
    for one in filter(None, definitions.split("~")):
        name, source, sensitivity, *_ = (*one.split("^"), "", "", "")
        scale = sensitivity or scale
        told = {at: part(part(one, "^", at[0]), "&", at[1]) or told[at] for at in _TOLD}
        yield _channel(name, source, scale, *told.values())._replace(
            written=primitives.text(one) or ""
        )


#: Correction, baseline, frequency, lowest and highest: components and subcomponents.
_TOLD = ((4, 1), (4, 2), (5, 1), (6, 1), (6, 2))


def _channel(
    name: str, source: str, sensitivity: str, corrected: str, baseline: str, frequency: str,
    lowest: str, highest: str,
) -> Channel:  # fmt: skip
    hertz, gain = _decimal(frequency), _decimal(part(sensitivity, "&", 1))
    correction, zero = _decimal(corrected), _decimal(baseline)
    factor = gain * (correction or 1) if gain else None
    return Channel(
        name=primitives.text(part(name, "&", 2) or part(source, "&", 1) or part(name, "&", 1))
        or "",
        unit=primitives.text(part(sensitivity, "&", 2) or part(sensitivity, "&", 3)) or "",
        period=_plain(1000 / hertz) if hertz and hertz > 0 else None,
        factor=_plain(factor) if factor else None,
        origin=_plain(-zero * (factor or 1)) if zero else None,
        lowest=primitives.decimal(lowest),
        highest=primitives.decimal(highest),
    )


def _decimal(text: str) -> Decimal | None:
    number = primitives.decimal(text)
    return None if number is None else Decimal(str(number))


def _plain(number: Decimal) -> Number | None:
    """Return a computed number with six digits after the point at most, written out."""
    return exact.number(f"{round(number, 6).normalize():f}")
