"""Money: an amount, and its currency, as received in; FHIR's value and code (ISO 4217) out."""

from __future__ import annotations

from typing import Any

from mappings.runtime.state.context import Context
from mappings.runtime.text import primitives
from mappings.runtime.text.currencies import amount_of_money, currency_code
from mappings.runtime.types import JSON, Location


def currency(value: str, context: Context, location: Location) -> str | None:
    """Return an ISO 4217 code, the site's where none is said; another word is found."""
    written = primitives.text(value)
    if not written:
        return context.site.currency
    code = currency_code(written)
    if code is None:
        context.bad(location, "currency")
    return code


def money(value: str, _context: Context, _location: Location) -> JSON | None:
    """Return an amount as of a Money, with the currency beside it: ``￥12.80`` → 12.80 CNY."""
    found = amount_of_money(value)
    if found is None:
        return None
    made: dict[str, Any] = {"value": found.value}
    return {**made, "currency": found.currency} if found.currency else made


def credited(value: str, context: Context, location: Location) -> JSON | None:
    """Return an amount that is given back, below zero, whichever way the sender counts."""
    made = money(value, context, location)
    return {**made, "value": -abs(made["value"])} if made and made["value"] else made
