"""What texts become by each function; the facts a proof starts from."""

from __future__ import annotations

from dataclasses import dataclass

from mappings.proof.moments import MOMENTS
from mappings.proof.sampling import Parts, Sampled, Samples, Surroundings

SOURCE = "proof"
_OWN = "https://yiqiao.org/fhir"


@dataclass(frozen=True)
class Refers:
    """Expects a reference to a resource of a type that was made."""

    type: str


FUNCTIONS = Sampled(MOMENTS)

FUNCTIONS.always("text()", ({"": "Q7"}, "Q7"))
FUNCTIONS.always(
    "identifier_system()",
    ({"": "Q7"}, f"{_OWN}/authority/{SOURCE}/Q7"),
    ({"2": "2.999.7", "3": "ISO"}, "urn:oid:2.999.7"),
    ({"1": "Q7", "2": "2.999.7", "3": "ISO"}, "urn:oid:2.999.7"),
)
FUNCTIONS.always(
    "universal_id()", ({"2": "2.9.7"}, "urn:oid:2.9.7"), ({"1": "2.9.7.7"}, "urn:oid:2.9.7.7")
)
FUNCTIONS.always("universal_system()", ({"2": "2.9.7"}, "urn:ietf:rfc:3986"))
FUNCTIONS.always(
    "entity_system()",
    ({"1": "Q8", "2": "Q7"}, f"{_OWN}/authority/{SOURCE}/Q7"),
    ({"1": "Q8", "3": "2.999.7", "4": "ISO"}, "urn:oid:2.999.7"),
)
FUNCTIONS.always(
    "named_number_system()",
    ({"1": "Q8", "9": "Q7"}, f"{_OWN}/authority/{SOURCE}/Q7"),
    ({"1": "Q8", "10": "2.999.7", "11": "ISO"}, "urn:oid:2.999.7"),
)
FUNCTIONS.always("latin_name()", ({"1": "秦七", "2": "Qin", "3": "Seven"}, "Qin Seven"))
FUNCTIONS.always("latin_provider_name()", ({"2": "秦七", "3": "Qin", "4": "Seven"}, "Qin Seven"))
FUNCTIONS.always("both_names()", ({"1": "秦", "2": "七", "3": "Qin"}, "秦七 Qin"))
FUNCTIONS.always("spoken_number()", ({"6": "021", "7": "7007"}, "021 7007"))
FUNCTIONS.always("before()", ({"": "4.5-6.5"}, 4.5))
FUNCTIONS.always("after()", ({"": "4.5-6.5"}, 6.5))
FUNCTIONS.always(
    "identity_number()",
    ({"": "110105870615700"}, "11010519870615700X"),  # as written before 1999
    ({"": "11010519870615700X"}, "11010519870615700X"),
)
FUNCTIONS.always("chinese_address()", ({"1": "秦街", "4": "七省"}, "七省秦街"))
FUNCTIONS.always("patient()", ({}, Refers("Patient")))
FUNCTIONS.always("component()", ({"2": "Qin"}, "part: Qin"), ({"1": "Q7"}, "part: Q7"))
FUNCTIONS.always("alternative()", ({"1": "IV", "2": "by vein"}, "or: by vein (IV)"))
FUNCTIONS.always("encoded_text()", ({"": "Q7"}, "UTc="))
FUNCTIONS.always("embedded()", ({"4": "A", "5": "Q7"}, "UTc="), ({"4": "Hex", "5": "5137"}, "UTc="))


FUNCTIONS.always(
    "money()", ({"": "7.5"}, {"value": 7.5}), ({"": "￥7.5"}, {"value": 7.5, "currency": "CNY"})
)
FUNCTIONS.always("credited()", ({"": "7.5"}, {"value": -7.5}))
FUNCTIONS.always("contradicted()", ({"": "NKA"}, "NKA"))
FUNCTIONS.always(
    "structured_text()", ({"1": "<>", "2": "7"}, "<> 7"), ({"2": "7", "3": "+"}, "7 +")
)
FUNCTIONS.always(
    "unit_of_range()",
    ({"": "4-6 g/L"}, {"unit": "g/L", "code": "g/L"}),
)
FUNCTIONS.always("listed()", ({"": "Q70.700;Q71.800"}, {"coding": [{"code": "Q70.7"}]}))
_AMOUNT = ({"": "<7.5"}, {"value": 7.5, "comparator": "<"})
FUNCTIONS.always("amount()", _AMOUNT)
FUNCTIONS.always("quantity()", _AMOUNT, ({"": "7.5mg"}, {"value": 7.5, "unit": "mg", "code": "mg"}))
FUNCTIONS.always("pressures()", ({"": "120/80", "OBX-3": "BP"}, {"component": [{}, {}]}))
FUNCTIONS.always("as_written()", ({"": "seventh"}, "seventh"))
FUNCTIONS.always("code_name()", ({"": "seventh"}, "seventh"))
FUNCTIONS.always("strength()", ({"": "seventh"}, "seventh"))
FUNCTIONS.always("quantity_in_words()", ({"1": "seventh"}, "seventh"))
FUNCTIONS.always("range_in_words()", ({"1": "7", "2": "q"}, "7 - q"))
FUNCTIONS.always("pointer()", ({"": "2.999.7"}, "urn:oid:2.999.7"))
FUNCTIONS.always("link()", ({"4": "A", "5": "https://q.example/7"}, "https://q.example/7"))
FUNCTIONS.always("inline()", ({"": "data:text/plain,Q7"}, "UTc="))
FUNCTIONS.always("inline_type()", ({"": "data:text/xml,Q7"}, "text/xml"))
FUNCTIONS.always("application()", ({"": "Q7"}, "Q7"))
FUNCTIONS.always("named_only()", ({"1": "q7", "2": "Q"}, "q7 (Q)"))
FUNCTIONS.always("type_of_data()", ({"4": "A", "5": "Q7"}, "text/plain"))
FUNCTIONS.always("waveform()", ({"1": "1", "2": "2"}, {"valueSampledData": {"data": "1 2"}}))
FUNCTIONS.always("in_parent()", ({"1": "Q7", "3": "Q8"}, {"derivedFrom": [{"display": "Q7: Q8"}]}))
FUNCTIONS.always(
    "text_and_unit()",
    (
        {"": "Q7", "OBX-6": "Q8"},
        {"valueString": "Q7", "_valueString": {"extension": [{"valueString": "Q8"}]}},
    ),
)


@FUNCTIONS.by_arguments
def _icd10_stem(arguments: list[str], _about: Surroundings) -> Samples:
    yield {"": "E14.301x001+H36.001*"}, "H36.0" if arguments else "E14.3"


@FUNCTIONS.by_arguments
def _default_system(_arguments: list[str], about: Surroundings) -> Samples:
    yield {}, about.authority


@FUNCTIONS.by_arguments
def _outside_system(arguments: list[str], _about: Surroundings) -> Samples:
    yield {}, f"{_OWN}/outside/{SOURCE}/PID-{arguments[0]}"


@FUNCTIONS.by_arguments
def _dose_in_words(arguments: list[str], _about: Surroundings) -> Samples:
    yield {"": "seventh"}, "seventh"
    for most in arguments[1:]:
        yield {"": "7", most: "seventh"}, "7-seventh"


@FUNCTIONS.by_arguments
def _currency(_arguments: list[str], about: Surroundings) -> Samples:
    yield {"": "XTS"}, "XTS"
    yield {}, about.currency


@FUNCTIONS.by_arguments
def _coding_system(_arguments: list[str], about: Surroundings) -> Samples:
    yield {"": "Q7"}, f"{_OWN}/code-system/{SOURCE}/Q7"
    for name, uri in about.systems.items():
        yield {"": name}, uri


@FUNCTIONS.by_arguments
def _unit(_arguments: list[str], about: Surroundings) -> Samples:
    for written, code in about.units.items():
        if written.isalpha():
            yield {"": written}, code


@FUNCTIONS.by_arguments
def _unit_system(_arguments: list[str], about: Surroundings) -> Samples:
    yield {"": next(unit for unit in about.units if unit.isalpha())}, "http://unitsofmeasure.org"


@FUNCTIONS.by_arguments
def _joined(arguments: list[str], _about: Surroundings) -> Samples:
    separator = arguments[0] if arguments else " "
    yield {"1": "Q7", "2": "Q8"}, f"Q7{separator}Q8"
    yield {"1": "ADT", "2": "A08", "3": "ADT_A01"}, separator.join(("ADT", "A08", "ADT_A01"))
    yield {"2": "Q7", "3": "Q8"}, f"Q7{separator}Q8"
    for sign in ":-":
        yield {"1": ">", "2": "7", "3": sign, "4": "8"}, separator.join((">", "7", sign, "8"))
    yield {"1": ">", "2": "7", "4": "8"}, separator.join((">", "7", "", "8"))
    yield {"1": "Q7"}, "Q7"


@FUNCTIONS.by_arguments
def _number(arguments: list[str], _about: Surroundings) -> Samples:
    yield {}, float(arguments[0])


@FUNCTIONS.by_arguments
def _media_type(arguments: list[str], _about: Surroundings) -> Samples:
    kind, subtype = arguments
    yield {kind: "AP", subtype: "PDF"}, "application/pdf"


@FUNCTIONS.by_arguments
def _line_beside(arguments: list[str], _about: Surroundings) -> Samples:
    yield {arguments[0]: "Q7"}, "Q7"
    yield {arguments[0]: "Q7", arguments[1]: "Q8 Q70"}, "Q7"


@FUNCTIONS.by_arguments
def _subtype_alone(arguments: list[str], _about: Surroundings) -> Samples:
    yield {arguments[1]: "Q7"}, "Q7"


@FUNCTIONS.by_arguments
def _data_type(arguments: list[str], about: Surroundings) -> Samples:
    yield from _media_type(arguments, about)


@FUNCTIONS.by_arguments
def _site_identifier(arguments: list[str], _about: Surroundings) -> Samples:
    yield {}, f"{_OWN}/{arguments[0]}/{SOURCE}"


FUNCTIONS.always("site_number()", ({"1": "Q7"}, "^^^Q7"))


@FUNCTIONS.by_arguments
def _issued_by(arguments: list[str], _about: Surroundings) -> Samples:
    yield {"1": "Q7"}, f"{_OWN}/{arguments[0]}/{SOURCE}/Q7"


_PLACES = {"bed": "3", "room": "2", "ward": "1", "floor": "8", "building": "7", "site": "4"}


def _place(arguments: list[str]) -> tuple[Parts, int]:
    number = int(_PLACES[(arguments or ["bed"])[0]])
    return {str(number + 3 if "NDL" in arguments else number): "Q7"}, number


@FUNCTIONS.by_arguments
def _full_name(arguments: list[str], _about: Surroundings) -> Samples:
    yield {"1": "Qin", "2": "Seven"}, "Qin Seven" if arguments else "Seven Qin"
    yield {"1": "秦", "2": "七"}, "秦七"


@FUNCTIONS.by_arguments
def _provider_name(arguments: list[str], about: Surroundings) -> Samples:
    for parts, name in _full_name(arguments, about):
        yield {"2": parts["1"], "3": parts["2"]}, name


@FUNCTIONS.by_arguments
def _place_name(arguments: list[str], _about: Surroundings) -> Samples:
    yield _place(arguments)[0], "Q7"


@FUNCTIONS.by_arguments
def _place_number(arguments: list[str], _about: Surroundings) -> Samples:
    parts, number = _place(arguments)
    yield parts, "^" * (number - 1) + "Q7"


@FUNCTIONS.by_arguments
def _travel_permit(arguments: list[str], _about: Surroundings) -> Samples:
    permit = {"06": "H70070070", "07": "70070070"}[arguments[0]]
    yield {"": permit.lower()}, permit
