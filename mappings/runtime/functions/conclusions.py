"""What a report comes to (an impression, a diagnosis) in, as a result of it; its conclusion out."""

from __future__ import annotations

from mappings.runtime.state.context import Context
from mappings.runtime.text import primitives
from mappings.runtime.types import Location


def concluded(_value: str, context: Context, location: Location) -> None:
    """Add this result's text to the conclusion of its report, a line below what others have said.

    The result stays one: who reads results alone, finds it there. What was said already is not
    said again.
    """
    report, text = context.scope.find("DiagnosticReport"), primitives.lines(context.value("OBX", 5))
    if report is None or not text:
        return
    known = report.resource.get("conclusion")
    if known is None:
        report.resource["conclusion"] = text
    elif f"\n{text}\n" not in f"\n{known}\n":
        report.resource["conclusion"] = f"{known}\n{text}"
    if context.explained is not None:
        element = "DiagnosticReport.conclusion"
        context.told(element, context.locate(location), context.row, id(report.resource))
