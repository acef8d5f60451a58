"""Identifiers as requests name them: system and value in, what they are found by out."""

from __future__ import annotations

from gateway.ingest.records.identity import (
    ANY_SYSTEM,
    ID_CARD,
    canonical,
    identifier_token,
    identity_number,
)
from gateway.keys import Keys

compared = canonical


def token(keys: Keys, tenant: str, system: str | None, value: str) -> bytes:
    """Return the keyed hash that an identifier is looked up by; any system where None."""
    return identifier_token(keys, tenant, system or ANY_SYSTEM, value)


def strong_token(keys: Keys, tenant: str, system: str, value: str) -> bytes | None:
    """Return the keyed hash of a valid resident identity number; None if it is none."""
    if canonical(system, value)[0] != ID_CARD or identity_number(value) is None:
        return None
    return identifier_token(keys, tenant, system, value)
