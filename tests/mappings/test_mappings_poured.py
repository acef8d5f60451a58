"""Functions that make objects: they fill no element but those that they are said to pour."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from golden_pairs import ReadableIds, messages

import mappings.dictionary
from conformance.definitions import definitions
from mappings.dictionary import load
from mappings.runtime.functions import registry

#: Of more than one sender's ways of writing, the golden messages have too few
MORE = (
    "OBX|1|NM|X^x^L||<7.5mg||4-6 g/L|||||F", "OBX|2|ST|BP^血压^L||120/80|mmHg|||||F",
    "OBX|3|ST|X^x^L||some text|g/L|||||F", "OBX|4|SN|X^x^L||<5|g/L|||||F",
    "OBX|5|CQ|X^x^L||>5^mg||||||F",
)  # fmt: skip


def test_functions_pour_only_what_they_are_said_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another row fills one of these too, the compiler asks what stands there."""
    poured: dict[str, set[str]] = {}

    def watched(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any) -> Any:
            made = call(*given)
            if isinstance(made, dict):
                poured.setdefault(name, set()).update(made)
            return made

        return run

    functions = {
        name: each._replace(call=watched(name, each.call)) if not each.types else each
        for name, each in registry.FUNCTIONS.items()
    }
    monkeypatch.setattr(registry, "FUNCTIONS", functions)
    for known in ("_loaded", "_compiled"):  # what is there calls the others
        monkeypatch.setattr(mappings.dictionary, known, {})
    tables = load(definitions())
    texts = [path.read_text(encoding="utf-8") for path in messages()]
    header = "MSH|^~\\&|L|H|G|H|20260101101010+0800||ORU^R01^ORU_R01|1|P|2.5\rPID|1||7^^^H^MR\r"
    for text in (*texts, "\r".join((header + "OBR|1|1|2|X^x^L", *MORE))):
        tables.translate(text, ReadableIds(), source="hospital")
    told = {name: set(functions[name].pours) for name in poured}
    assert {name: each - told[name] for name, each in poured.items() if each - told[name]} == {}
    assert sum(map(len, poured.values())) > 15  # they were looked at
