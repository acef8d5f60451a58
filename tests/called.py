"""Codes as tests write them in, called what their systems call them out."""

from __future__ import annotations

from typing import Any

from conformance.definitions import definitions


def called(value: Any) -> Any:
    """Return JSON in which every Coding of a known system that has no display has that system's."""
    if isinstance(value, list):
        return [called(each) for each in value]
    if not isinstance(value, dict):
        return value
    made = {name: called(each) for name, each in value.items()}
    if {"system", "code"} <= made.keys() and "display" not in made:
        word = (definitions().code_system(made["system"]) or {}).get(made["code"])
        if word and word != made["code"]:
            made["display"] = word
    return made
