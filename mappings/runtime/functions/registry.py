"""Functions a row may call by name: what is regular enough to name but is not a table.

Each takes the value as received, the context, its location and the row's arguments, and returns
FHIR JSON or None. `FUNCTIONS` says which FHIR types each may fill, and whether it wants the whole
field with its repetitions.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from mappings.exact import Number
from mappings.runtime.functions import (
    authorities,
    china,
    claims,
    conclusions,
    drugs,
    families,
    media,
    money,
    naming,
    numbered,
    places,
    pressures,
    repeats,
    replacing,
    results,
    spans,
    times,
    waveforms,
)
from mappings.runtime.functions.systems import coding_system
from mappings.runtime.state.context import Context
from mappings.runtime.text import primitives
from mappings.runtime.types import Location


def text(value: str, context: Context, location: Location) -> str | None:
    """All repetitions as lines of one text; nothing of it is structure (OBX-5 of TX, FT, ST)."""
    return primitives.lines(value)


def identifier_system(value: str, context: Context, location: Location) -> str | None:
    """Return a URI for an HD (assigning authority): ISO, UUID, URI, else the site's table.

    An object identifier that stands in the place of a namespace is one still.

    A namespace nobody has registered still becomes a URI of its own, below the source's name, so
    that two hospitals' numbers can never be taken for one another. Both name the same authority
    (HL7 v2.9 2A.2.33); a universal id of a kind that makes no URI is found beside a namespace.
    """
    return _told(value, context, location, 0)


def entity_system(value: str, context: Context, location: Location) -> str | None:
    """Return the system of an EI: its components from the second on are an HD."""
    return _told(value.partition("^")[2], context, location, 1)


def named_number_system(value: str, context: Context, location: Location) -> str | None:
    """Return the system of a CNN: its components from the ninth on are an HD."""
    number = "^" if "^" in value else "&"  # in an NDL it is one component
    return _told("^".join(value.split(number)[8:11]), context, location, 8)


def _told(value: str, context: Context, location: Location, before: int) -> str | None:
    """Return the URI of an HD whose parts stand behind `before` components; find what it omits."""
    uri, untold = authorities.authority(value, context)
    if uri is None and before:  # it has a flag, which says so
        return None
    why = "already-filled" if uri else "not-applicable"  # the kind of an id that is not there
    if before and "&" in value.partition("^")[0]:  # a whole HD in the first of them
        for number in untold:
            context.say("information", why, ((location, before + 1), number))
        untold = tuple(n for n, beside in enumerate(value.split("^")[:3], 1) if n > 1 and beside)
    for number in untold:
        context.say("information", why, (location, before + number))
    return uri


def unit(value: str, context: Context, location: Location) -> str | None:
    """Return the UCUM code of a unit as written, from the units table; None if it is not known."""
    written = primitives.text(value)
    found = context.site.units.get(written) if written else None
    if found and context.site.rows:
        context.look(context.site.rows.get(("units", written or "")), location)
    return found


def unit_system(value: str, context: Context, location: Location) -> str | None:
    """UCUM, where the unit as written is in the units table."""
    return "http://unitsofmeasure.org" if unit(value, context, location) else None


def spoken_number(value: str, context: Context, location: Location) -> str | None:
    """Return the number of an XTN given in pieces: +country (area) local extension."""
    if value.count("^") < 6:
        return None
    country, area, local, extension = primitives.components(value, 8)[4:]
    country = primitives.narrow(country).lstrip("+0")  # +86 and 0086 are 86; 中国 is said apart
    code = f"+{country}" if country.isdecimal() else ""
    pieces = (code, area, local, f"x{extension}" if extension else "")
    return " ".join([p for p in pieces if p]) if local else None


def site_identifier(value: str, context: Context, location: Location, kind: str) -> str | None:
    """Return a URI below this source for numbers of a kind that it gives out itself (messages)."""
    return authorities.below_source(kind, "", context.site.source)


def patient(value: str, context: Context, location: Location) -> dict[str, str]:
    """Return a reference to the patient the message speaks of."""
    return {"reference": f"Patient/{context.ids.resource(context.record(), 'Patient')}"}


def joined(value: str, context: Context, location: Location, separator: str = " ") -> str | None:
    """Return the components as written, with `separator` between them."""
    parts = (primitives.text(p) or "" for p in value.split("^"))
    return separator.join(parts).strip(separator) or None


def number(value: str, context: Context, location: Location, constant: str) -> Number | None:
    """Return a constant number."""
    return primitives.decimal(constant)


def contradicted(value: str, context: Context, location: Location) -> str | None:
    """Return words that what stands beside them contradicts: a denial, and a reaction; found."""
    context.say("warning", "kept-as-text", location, "what stands beside it says otherwise")
    return primitives.text(value)


def taken_out(
    value: str, context: Context, location: Location, type_: str, name: str
) -> dict[str, str] | None:
    """Take a coded item out of a list of what is known: a service, of an appointment's."""
    code, words, system = primitives.components(value, 3)[:3]
    said = {"code": code, "system": coding_system(system, context, location)}
    coded = {key: text for key, text in said.items() if text}
    gone: list[dict[str, Any]] = [{"coding": [coded]}] if code else []
    if not system:  # it may be known by its words alone
        gone += [{"text": words or code}] if words or code else []
    slot = context.scope.find(type_)
    slot.erased += tuple(f"{name} {json.dumps(each)}" for each in gone)
    return {} if gone else None


def left_out(value: str, context: Context, location: Location) -> dict[str, str]:
    """Make nothing of a value that a map leaves out on purpose."""
    return {}


class Function(NamedTuple):
    """A function and what it may fill."""

    call: Callable[..., Any]
    types: frozenset[str] = frozenset()  # none: it makes an object, or does something
    whole: bool = False
    several: bool = False  # it makes a list, each of which is an item of the row's list
    consumes: tuple[int, ...] = ()  # components it reads, of the whole value; 0: all of it
    fields: tuple[str, ...] = ()  # others that it carries over beside the value
    pours: tuple[str, ...] = ()  # elements that it may fill, if it makes an object


_UNIT = ("OBX-6.1", "OBX-6.2")
_UNITS = ("RXA-7", "RXE-5", "RXG-7", "RXO-4")
_DOSE = ("RXE-4.1", "RXG-6.1", "RXO-3.1", *(f"{unit}.{part}" for unit in _UNITS for part in (1, 2)))
_SUPPLY = tuple(f"{unit}.{part}" for unit in ("RXD-5", "RXE-11", "RXO-12") for part in (1, 2))
_STRENGTH = tuple(f"{unit}.{part}" for unit in ("RXE-26", "RXO-19") for part in (1, 2))
_URI = frozenset({"uri", "url", "canonical"})
_STRING = frozenset({"string", "markdown"})
_MEASURED = ("value", "comparator", "unit", "code", "system")
_PLACE = (1, 2, 3, 4, 7, 8)  # where somebody may be, of a PL
FUNCTIONS: dict[str, Function] = {
    "text()": Function(text, _STRING, whole=True),
    "identifier_system()": Function(identifier_system, _URI | _STRING, consumes=(1, 2, 3)),
    "entity_system()": Function(entity_system, _URI, consumes=(2, 3, 4)),
    "default_system()": Function(authorities.default_system, _URI),
    "universal_id()": Function(authorities.universal_id, _STRING, consumes=(2, 3)),
    "universal_system()": Function(authorities.universal_system, _URI, consumes=(2, 3)),
    "issued_by()": Function(numbered.issued_by, _URI, consumes=(1, 4)),
    "named_number_system()": Function(named_number_system, _URI, consumes=(9, 10, 11)),
    "outside_system()": Function(authorities.outside_system, _URI),
    "coding_system()": Function(coding_system, _URI),
    "site_identifier()": Function(site_identifier, _URI),
    "unit()": Function(unit, frozenset({"code"})),
    "unit_system()": Function(unit_system, _URI),
    "full_name()": Function(naming.full_name, _STRING, consumes=(1, 2, 3, 4, 5)),
    "provider_name()": Function(naming.provider_name, _STRING, consumes=(2, 3, 4, 5, 6)),
    "latin_name()": Function(naming.latin_name, _STRING, consumes=(1, 2, 3)),
    "latin_provider_name()": Function(naming.latin_provider_name, _STRING, consumes=(2, 3, 4)),
    "code_name()": Function(naming.code_name, _STRING),
    "both_names()": Function(naming.both_names, _STRING, consumes=(1, 2, 3, 4, 5)),
    "place_name()": Function(places.place_name, _STRING, consumes=_PLACE),
    "site_number()": Function(places.site_number, _STRING),
    "place_number()": Function(places.place_number, _STRING, consumes=_PLACE),
    "spoken_number()": Function(spoken_number, _STRING, consumes=(5, 6, 7, 8)),
    "before()": Function(results.before, frozenset({"decimal"})),
    "after()": Function(results.after, frozenset({"decimal"})),
    "as_written()": Function(drugs.as_written, _STRING, consumes=(1, 2), fields=_SUPPLY),
    "strength()": Function(drugs.strength, _STRING, fields=_STRENGTH),
    "unit_of_range()": Function(results.unit_of_range, pours=_MEASURED[2:]),
    "amount()": Function(results.amount, pours=_MEASURED[:2]),
    "quantity()": Function(results.quantity, consumes=(0,), pours=_MEASURED),
    "pressures()": Function(pressures.pressures, consumes=(0,), fields=_UNIT, pours=("component",)),
    "structured_text()": Function(results.structured_text, _STRING, fields=_UNIT),
    "range_in_words()": Function(results.range_in_words, _STRING, consumes=(0,), fields=_UNIT),
    "text_and_unit()": Function(
        results.text_and_unit,
        whole=True,
        fields=_UNIT,
        pours=("valueString", "_valueString"),
    ),
    "concluded()": Function(conclusions.concluded),
    "in_group()": Function(families.in_group),
    "in_parent()": Function(families.in_parent, consumes=(1, 2, 3), pours=("derivedFrom",)),
    "replaced()": Function(replacing.replaced, pours=("replaces", "priorPrescription")),
    "new_order()": Function(replacing.new_order),
    "identity_number()": Function(china.identity_number, _STRING),
    "travel_permit()": Function(china.travel_permit, _STRING),
    "chinese_address()": Function(china.chinese_address, _STRING, consumes=(1, 2, 3, 4)),
    "icd10_stem()": Function(china.icd10_stem, frozenset({"code"})),
    "listed()": Function(china.listed, pours=("coding",)),
    "patient()": Function(patient, frozenset({"Reference"})),
    "minutes()": Function(times.minutes, frozenset({"unsignedInt"})),
    "duration()": Function(times.duration, frozenset({"decimal"})),
    "duration_unit()": Function(times.duration_unit, frozenset({"code", "string"})),
    "repetitions()": Function(times.repetitions, frozenset({"positiveInt"})),
    "as_needed()": Function(times.as_needed, frozenset({"boolean"}), whole=True),
    "conjunction()": Function(times.conjunction, frozenset({"integer"})),
    "in_minutes()": Function(times.in_minutes, frozenset({"positiveInt"})),
    "duration_minutes()": Function(times.duration_minutes, frozenset({"positiveInt"})),
    "times_per_interval()": Function(repeats.times_per_interval, frozenset({"positiveInt"})),
    "interval()": Function(repeats.interval, frozenset({"decimal"})),
    "interval_unit()": Function(repeats.interval_unit, frozenset({"code"})),
    "days_of_week()": Function(repeats.days_of_week, frozenset({"code"}), several=True),
    "days_between()": Function(repeats.days_between, frozenset({"code"}), several=True),
    "later()": Function(times.later, frozenset({"instant", "dateTime"})),
    "time_after()": Function(times.time_after, frozenset({"instant", "dateTime"})),
    "offset_from()": Function(times.offset_from, frozenset({"instant", "dateTime"})),
    "first_begin()": Function(spans.first_begin, frozenset({"instant"})),
    "last_end()": Function(spans.last_end, frozenset({"instant"})),
    "ends_after()": Function(times.ends_after, frozenset({"dateTime"})),
    "not_before()": Function(times.not_before, frozenset({"instant", "dateTime", "date"})),
    "begins_before()": Function(times.begins_before, frozenset({"dateTime"})),
    "encoded_text()": Function(media.encoded_text, frozenset({"base64Binary"}), whole=True),
    "times_of_day()": Function(times.times_of_day, frozenset({"time"}), several=True),
    "joined()": Function(joined, _STRING),
    "define_channels()": Function(waveforms.define_channels, whole=True),
    "begin_samples()": Function(waveforms.begin_samples, consumes=(1, 2)),
    "waveform()": Function(
        waveforms.waveform,
        whole=True,
        fields=_UNIT,
        pours=("component", "valueSampledData", "effectiveDateTime", "effectivePeriod"),
    ),
    "alternative()": Function(drugs.alternative, _STRING, consumes=(1, 2)),
    "quantity_in_words()": Function(drugs.quantity_in_words, _STRING, consumes=(1, 2)),
    "dose_in_words()": Function(drugs.dose_in_words, _STRING, fields=_DOSE),
    "component()": Function(drugs.component, _STRING, consumes=(1, 2, 9)),
    "line_beside()": Function(places.line_beside, _STRING),
    "number()": Function(number, frozenset({"decimal"})),
    "media_type()": Function(media.media_type, frozenset({"code"})),
    "subtype_alone()": Function(media.subtype_alone, _STRING),
    "application()": Function(media.application, _STRING, consumes=(0,)),
    "data_type()": Function(media.data_type, frozenset({"code"})),
    "inline()": Function(media.inline, frozenset({"base64Binary"}), consumes=(0,)),
    "inline_type()": Function(media.inline_type, frozenset({"code"}), consumes=(0,)),
    "link()": Function(media.link, _URI, consumes=(5,)),
    "named_only()": Function(media.named_only, _STRING, consumes=(1, 2)),
    "type_of_data()": Function(media.type_of_data, frozenset({"code"})),
    "pointer()": Function(media.pointer, _URI, consumes=(0,)),  # a URL may have & in it
    "embedded()": Function(media.embedded, frozenset({"base64Binary"}), consumes=(4, 5)),
    "currency()": Function(money.currency, frozenset({"code"})),
    "money()": Function(money.money, pours=("value", "currency")),
    "credited()": Function(money.credited, pours=("value", "currency")),
    "contradicted()": Function(contradicted, _STRING),
    "taken_out()": Function(taken_out, consumes=(1, 2, 3)),
    "left_out()": Function(left_out, consumes=(0,)),
    "claimed()": Function(claims.claimed, pours=("diagnosis", "procedure")),
}
