"""The reference page lists what the API has: parameters, purposes, status codes."""

from __future__ import annotations

from pathlib import Path

from gateway.auth.purposes import KNOWN
from gateway.disclosure import refusals
from gateway.disclosure.search.parameters import table

PAGE = (Path(__file__).parents[3] / "docs/reference/api.md").read_text(encoding="utf-8")


def test_every_type_and_parameter_is_listed() -> None:
    lines = {line.split("|")[1].strip(): line for line in PAGE.splitlines() if "| `" in line}
    for type_, parameters in table().items():
        listed = {name.strip(" `|") for name in lines[type_].split("|", 2)[2].split(",")}
        assert listed == {name for name in parameters if not name.startswith("_")}


def test_every_purpose_is_listed() -> None:
    assert all(code in PAGE for code in KNOWN)


def test_every_refusal_is_listed() -> None:
    for refusal in refusals.Refusal.__subclasses__():
        code = "by problem" if refusal is refusals.Unprocessable else f"`{refusal.code}`"
        assert f"| {refusal.status} | {code} |" in PAGE, refusal
