"""Blood pressure in one value (``120/80``) in; the two components that FHIR has for it out."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.runtime.functions.systems import coding_system
from mappings.runtime.state.context import Context
from mappings.runtime.text import measures, primitives
from mappings.runtime.types import JSON, Location

LOINC = "http://loinc.org"
#: What LOINC calls both together: the panel, and its two, in one, by whichever method
_CODES = frozenset({"85354-9", "35094-2", "55284-4"})
_WORDS = frozenset({
    "血压", "动脉血压", "无创血压", "上肢血压", "BP", "NIBP", "BLOOD PRESSURE", "血压(BP)",
    "血压(MMHG)", "血压值", "血压测量", "收缩压/舒张压",
})  # fmt: skip
#: 透前血压, 右上肢血压 is one, too; 肺动脉血压 is another vessel's
_WORD, _OTHERS = "血压", frozenset("肺静")
_KINDS = (("8480-6", "Systolic blood pressure"), ("8462-4", "Diastolic blood pressure"))
_MMHG = "mm[Hg]"
_IN_KPA = 40  # no pressure of the blood is as high, in kPa; nor a systolic one as low, in mmHg


def pressures(value: str, context: Context, location: Location) -> JSON | None:
    """Return both pressures as components: ``120/80`` of what is called blood pressure.

    None, of all that is a ratio of something else, or where the unit is none of a pressure.
    """
    found = measures.pressures(value)
    if found is None or not any(_is_blood_pressure(*each, context) for each in _codes(context)):
        return None
    beside = [primitives.text(context.value("OBX", 6, number)) for number in (1, 2)]
    units = context.site.units
    said = {units.get(unit, unit) for unit in (found.unit, *beside) if unit} or {_MMHG}
    if len(said) > 1 or not said <= {_MMHG, "kPa"}:
        return None
    if (float(found.systolic) > _IN_KPA) is not (said == {_MMHG}):
        return None
    written = next((unit for unit in (beside[1], beside[0], found.unit) if unit), "mmHg")
    unit = {"unit": written, "system": "http://unitsofmeasure.org", "code": next(iter(said))}
    return {
        "component": [
            {
                "code": {"coding": [{"system": LOINC, "code": code, "display": name}]},
                "valueQuantity": {"value": primitives.decimal(number), **unit},
            }
            for (code, name), number in zip(_KINDS, found[:2], strict=True)
        ]
    }


def _codes(context: Context) -> Iterator[tuple[str, str, str]]:
    """Yield the codes of a result (OBX-3), each with its name and the name of its system."""
    for places in ((1, 2, 3), (4, 5, 6), (10, 11, 12)):
        code, name, system = (primitives.text(context.value("OBX", 3, n)) or "" for n in places)
        yield code, name, system


def _is_blood_pressure(code: str, name: str, system: str, context: Context) -> bool:
    """Whether a code, a name, or what the site says that the code means, is blood pressure."""
    uri = coding_system(system, context, 0) or ""
    means = context.site.concepts.get((uri, code), ())
    return (
        (code in _CODES and uri in {"", LOINC})
        or any(standard == LOINC and meant in _CODES for standard, meant, _ in means)
        or any(_says_so(primitives.narrow(word).upper()) for word in (code, name))
    )


def _says_so(word: str) -> bool:
    return word in _WORDS or (word.endswith(_WORD) and _OTHERS.isdisjoint(word))
