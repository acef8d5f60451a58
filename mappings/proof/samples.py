"""What texts become by each function; the facts a proof starts from.

Each function has samples: its parts by place (``""`` the value itself, ``2`` its second part,
``SCH-9`` another field) and what FHIR must hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from mappings.proof.plain import PLAIN, TIME

SOURCE = "proof"
_OWN = "https://yiqiao.org/fhir"
_EARLIER = "20260102023405+0100"
_LATER = "2026-01-02T03:34:05+01:00"


@dataclass(frozen=True)
class Refers:
    """Expects a reference to a resource of a type that was made."""

    type: str


class Surroundings(NamedTuple):
    """What functions know of the sender and the tables."""

    authority: str  # the address of numbers that name no authority
    currency: str
    units: Mapping[str, str]
    systems: Mapping[str, str]


Parts = dict[str, str]
Samples = Iterator[tuple[Parts, Any]]
_FUNCTIONS: dict[str, Callable[[list[str], Surroundings], Samples]] = {}
FUNCTIONS: Mapping[str, Callable[[list[str], Surroundings], Samples]] = _FUNCTIONS


def _always(name: str, *samples: tuple[Parts, Any]) -> None:
    _FUNCTIONS[name] = lambda _arguments, _surroundings: iter(samples)


_always("text()", ({"": "Q7"}, "Q7"))
_always(
    "identifier_system()",
    ({"": "Q7"}, f"{_OWN}/authority/{SOURCE}/Q7"),
    ({"2": "2.999.7", "3": "ISO"}, "urn:oid:2.999.7"),
    ({"1": "Q7", "2": "2.999.7", "3": "ISO"}, "urn:oid:2.999.7"),
)
_always("universal_id()", ({"2": "2.9.7"}, "urn:oid:2.9.7"), ({"1": "2.9.7.7"}, "urn:oid:2.9.7.7"))
_always("universal_system()", ({"2": "2.9.7"}, "urn:ietf:rfc:3986"))
_always(
    "entity_system()",
    ({"1": "Q8", "2": "Q7"}, f"{_OWN}/authority/{SOURCE}/Q7"),
    ({"1": "Q8", "3": "2.999.7", "4": "ISO"}, "urn:oid:2.999.7"),
)
_always(
    "named_number_system()",
    ({"1": "Q8", "9": "Q7"}, f"{_OWN}/authority/{SOURCE}/Q7"),
    ({"1": "Q8", "10": "2.999.7", "11": "ISO"}, "urn:oid:2.999.7"),
)
_always("latin_name()", ({"1": "秦七", "2": "Qin", "3": "Seven"}, "Qin Seven"))
_always("latin_provider_name()", ({"2": "秦七", "3": "Qin", "4": "Seven"}, "Qin Seven"))
_always("both_names()", ({"1": "秦", "2": "七", "3": "Qin"}, "秦七 Qin"))
_always("spoken_number()", ({"6": "021", "7": "7007"}, "021 7007"))
_always("before()", ({"": "4.5-6.5"}, 4.5))
_always("after()", ({"": "4.5-6.5"}, 6.5))
_always(
    "identity_number()",
    ({"": "110105870615700"}, "11010519870615700X"),  # as written before 1999
    ({"": "11010519870615700X"}, "11010519870615700X"),
)
_always("chinese_address()", ({"1": "秦街", "4": "七省"}, "七省秦街"))
_always("patient()", ({}, Refers("Patient")))
for _name, (_written, _made) in {
    "duration()": ("D5", 5), "duration_unit()": ("D5", "d"), "repetitions()": ("X7", 7),
    "as_needed()": ("PRN", True), "in_minutes()": ("30", 30), "duration_minutes()": ("H2", 120),
    "conjunction()": ("S", 1), "times_per_interval()": ("BID", 2), "interval()": ("Q6H", 6),
    "interval_unit()": ("Q6H", "h"),
}.items():  # fmt: skip
    _always(_name, ({"": _written}, _made))
_always("component()", ({"2": "Qin"}, "part: Qin"), ({"1": "Q7"}, "part: Q7"))
_always("alternative()", ({"1": "IV", "2": "by vein"}, "or: by vein (IV)"))
_always("encoded_text()", ({"": "Q7"}, "UTc="))
_always("embedded()", ({"4": "A", "5": "Q7"}, "UTc="), ({"4": "Hex", "5": "5137"}, "UTc="))
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _sampled(
    function: Callable[[list[str], Surroundings], Samples],
) -> Callable[[list[str], Surroundings], Samples]:
    _FUNCTIONS[f"{function.__name__.lstrip('_')}()"] = function
    return function


_always("times_of_day()", ({"": "0801"}, "08:01:00"))
_always("days_of_week()", ({"": "QJ3"}, "wed"))
_always(
    "money()", ({"": "7.5"}, {"value": 7.5}), ({"": "￥7.5"}, {"value": 7.5, "currency": "CNY"})
)
_always("credited()", ({"": "7.5"}, {"value": -7.5}))
_always("contradicted()", ({"": "NKA"}, "NKA"))
_always("structured_text()", ({"1": "<>", "2": "7"}, "<> 7"), ({"2": "7", "3": "+"}, "7 +"))
_always(
    "unit_of_range()",
    ({"": "4-6 g/L"}, {"unit": "g/L", "code": "g/L"}),
)
_always("listed()", ({"": "Q70.700;Q71.800"}, {"coding": [{"code": "Q70.7"}]}))
_AMOUNT = ({"": "<7.5"}, {"value": 7.5, "comparator": "<"})
_always("amount()", _AMOUNT)
_always("quantity()", _AMOUNT, ({"": "7.5mg"}, {"value": 7.5, "unit": "mg", "code": "mg"}))
_always("pressures()", ({"": "120/80", "OBX-3": "BP"}, {"component": [{}, {}]}))
_always("as_written()", ({"": "seventh"}, "seventh"))
_always("code_name()", ({"": "seventh"}, "seventh"))
_always("strength()", ({"": "seventh"}, "seventh"))
_always("quantity_in_words()", ({"1": "seventh"}, "seventh"))
_always("range_in_words()", ({"1": "7", "2": "q"}, "7 - q"))
_always("pointer()", ({"": "2.999.7"}, "urn:oid:2.999.7"))
_always("link()", ({"4": "A", "5": "https://q.example/7"}, "https://q.example/7"))
_always("inline()", ({"": "data:text/plain,Q7"}, "UTc="))
_always("inline_type()", ({"": "data:text/xml,Q7"}, "text/xml"))
_always("application()", ({"": "Q7"}, "Q7"))
_always("named_only()", ({"1": "q7", "2": "Q"}, "q7 (Q)"))
_always("type_of_data()", ({"4": "A", "5": "Q7"}, "text/plain"))
_always("waveform()", ({"1": "1", "2": "2"}, {"valueSampledData": {"data": "1 2"}}))
_always("in_parent()", ({"1": "Q7", "3": "Q8"}, {"derivedFrom": [{"display": "Q7: Q8"}]}))
_always(
    "text_and_unit()",
    (
        {"": "Q7", "OBX-6": "Q8"},
        {"valueString": "Q7", "_valueString": {"extension": [{"valueString": "Q8"}]}},
    ),
)


@_sampled
def _icd10_stem(arguments: list[str], _about: Surroundings) -> Samples:
    yield {"": "E14.301x001+H36.001*"}, "H36.0" if arguments else "E14.3"


@_sampled
def _default_system(_arguments: list[str], about: Surroundings) -> Samples:
    yield {}, about.authority


@_sampled
def _outside_system(arguments: list[str], _about: Surroundings) -> Samples:
    yield {}, f"{_OWN}/outside/{SOURCE}/PID-{arguments[0]}"


@_sampled
def _dose_in_words(arguments: list[str], _about: Surroundings) -> Samples:
    yield {"": "seventh"}, "seventh"
    for most in arguments[1:]:
        yield {"": "7", most: "seventh"}, "7-seventh"


@_sampled
def _currency(_arguments: list[str], about: Surroundings) -> Samples:
    yield {"": "XTS"}, "XTS"
    yield {}, about.currency


@_sampled
def _coding_system(_arguments: list[str], about: Surroundings) -> Samples:
    yield {"": "Q7"}, f"{_OWN}/code-system/{SOURCE}/Q7"
    for name, uri in about.systems.items():
        yield {"": name}, uri


@_sampled
def _unit(_arguments: list[str], about: Surroundings) -> Samples:
    for written, code in about.units.items():
        if written.isalpha():
            yield {"": written}, code


@_sampled
def _unit_system(_arguments: list[str], about: Surroundings) -> Samples:
    yield {"": next(unit for unit in about.units if unit.isalpha())}, "http://unitsofmeasure.org"


@_sampled
def _minutes(arguments: list[str], _about: Surroundings) -> Samples:
    number, unit = arguments
    yield {number: "2", unit: "H"}, 120
    yield {number: "2"}, 2


@_sampled
def _days_between(arguments: list[str], _about: Surroundings) -> Samples:
    begin, end = arguments
    yield {begin: "1", end: "3"}, _WEEK[1]


@_sampled
def _joined(arguments: list[str], _about: Surroundings) -> Samples:
    separator = arguments[0] if arguments else " "
    yield {"1": "Q7", "2": "Q8"}, f"Q7{separator}Q8"
    yield {"1": "ADT", "2": "A08", "3": "ADT_A01"}, separator.join(("ADT", "A08", "ADT_A01"))
    yield {"2": "Q7", "3": "Q8"}, f"Q7{separator}Q8"
    for sign in ":-":
        yield {"1": ">", "2": "7", "3": sign, "4": "8"}, separator.join((">", "7", sign, "8"))
    yield {"1": ">", "2": "7", "4": "8"}, separator.join((">", "7", "", "8"))
    yield {"1": "Q7"}, "Q7"


@_sampled
def _number(arguments: list[str], _about: Surroundings) -> Samples:
    yield {}, float(arguments[0])


@_sampled
def _media_type(arguments: list[str], _about: Surroundings) -> Samples:
    kind, subtype = arguments
    yield {kind: "AP", subtype: "PDF"}, "application/pdf"


@_sampled
def _line_beside(arguments: list[str], _about: Surroundings) -> Samples:
    yield {arguments[0]: "Q7"}, "Q7"
    yield {arguments[0]: "Q7", arguments[1]: "Q8 Q70"}, "Q7"


@_sampled
def _subtype_alone(arguments: list[str], _about: Surroundings) -> Samples:
    yield {arguments[1]: "Q7"}, "Q7"


@_sampled
def _data_type(arguments: list[str], about: Surroundings) -> Samples:
    yield from _media_type(arguments, about)


@_sampled
def _later(arguments: list[str], _about: Surroundings) -> Samples:
    yield {"": TIME[0], arguments[0]: "30"}, _LATER


@_sampled
def _time_after(arguments: list[str], _about: Surroundings) -> Samples:
    yield {"": "30", arguments[0]: TIME[0]}, _LATER


@_sampled
def _first_begin(_arguments: list[str], _about: Surroundings) -> Samples:
    yield {"": TIME[0]}, TIME[1]


@_sampled
def _last_end(arguments: list[str], about: Surroundings) -> Samples:
    yield from _time_after(arguments, about)


@_sampled
def _ends_after(arguments: list[str], _about: Surroundings) -> Samples:
    yield {"1": "2", "2": "H", arguments[0]: TIME[0]}, "2026-01-02T05:04:05+01:00"


@_sampled
def _begins_before(arguments: list[str], _about: Surroundings) -> Samples:
    yield {"1": "2", "2": "H", arguments[0]: TIME[0]}, "2026-01-02T01:04:05+01:00"


@_sampled
def _not_before(arguments: list[str], _about: Surroundings) -> Samples:
    start, kind = (*arguments, "dateTime")[:2]
    yield {"": TIME[0], start: _EARLIER}, PLAIN[kind][TIME[0]]


@_sampled
def _site_identifier(arguments: list[str], _about: Surroundings) -> Samples:
    yield {}, f"{_OWN}/{arguments[0]}/{SOURCE}"


_always("site_number()", ({"1": "Q7"}, "^^^Q7"))


@_sampled
def _issued_by(arguments: list[str], _about: Surroundings) -> Samples:
    yield {"1": "Q7"}, f"{_OWN}/{arguments[0]}/{SOURCE}/Q7"


_PLACES = {"bed": "3", "room": "2", "ward": "1", "floor": "8", "building": "7", "site": "4"}


def _place(arguments: list[str]) -> tuple[Parts, int]:
    number = int(_PLACES[(arguments or ["bed"])[0]])
    return {str(number + 3 if "NDL" in arguments else number): "Q7"}, number


@_sampled
def _full_name(arguments: list[str], _about: Surroundings) -> Samples:
    yield {"1": "Qin", "2": "Seven"}, "Qin Seven" if arguments else "Seven Qin"
    yield {"1": "秦", "2": "七"}, "秦七"


@_sampled
def _provider_name(arguments: list[str], about: Surroundings) -> Samples:
    for parts, name in _full_name(arguments, about):
        yield {"2": parts["1"], "3": parts["2"]}, name


@_sampled
def _place_name(arguments: list[str], _about: Surroundings) -> Samples:
    yield _place(arguments)[0], "Q7"


@_sampled
def _place_number(arguments: list[str], _about: Surroundings) -> Samples:
    parts, number = _place(arguments)
    yield parts, "^" * (number - 1) + "Q7"


@_sampled
def _travel_permit(arguments: list[str], _about: Surroundings) -> Samples:
    permit = {"06": "H70070070", "07": "70070070"}[arguments[0]]
    yield {"": permit.lower()}, permit
