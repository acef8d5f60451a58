"""What a report comes to (an impression, a diagnosis) in, as a result of it; its conclusion out.

What is said in words is one of its ``conclusion``, what in a code one of its ``conclusionCode``.
"""

from __future__ import annotations

from typing import Any

from mappings.runtime.state.context import Context
from mappings.runtime.state.memory import copied
from mappings.runtime.text import primitives
from mappings.runtime.types import Location

JSON = dict[str, Any]
_TEXTS = {"ST", "TX", "FT"}


def concluded(_value: str, context: Context, location: Location) -> None:
    """Add this result to the conclusion of its report: a text a line below what others have said.

    The result stays one: who reads results alone, finds it there. What was said already is not
    said again.
    """
    report = context.scope.find("DiagnosticReport")
    if report is None:
        return
    in_words = context.value("OBX", 2, 1) in _TEXTS
    element = "conclusion" if in_words else "conclusionCode"
    if not (_in_words if in_words else _in_codes)(report.resource, context):
        return
    if context.explained is not None:
        place = context.locate(location)
        context.told(f"DiagnosticReport.{element}", place, context.row, id(report.resource))


def _in_words(report: JSON, context: Context) -> bool:
    text, known = primitives.lines(context.value("OBX", 5)), report.get("conclusion")
    if not text:
        return False
    if known is None:
        report["conclusion"] = text
    elif f"\n{text}\n" not in f"\n{known}\n":
        report["conclusion"] = f"{known}\n{text}"
    return True


def _in_codes(report: JSON, context: Context) -> bool:
    result = context.scope.find("Observation").resource
    values = [result, *result.get("component", ())]
    codes = [one["valueCodeableConcept"] for one in values if "valueCodeableConcept" in one]
    known = report.get("conclusionCode", [])
    more = [code for code in codes if code not in known]
    if more:
        report["conclusionCode"] = [*known, *copied(more)]
    return bool(codes)
