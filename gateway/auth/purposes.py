"""Purposes of use: what a client asserted in, a v3-ActReason code out.

UDAP's B2B extension carries them as ``urn:oid:2.16.840.1.113883.5.8#TREAT``, FHIR tokens as
``system|TREAT``, people as ``TREAT``; all three name the same code.
Source: http://terminology.hl7.org/CodeSystem/v3-ActReason.
"""

from __future__ import annotations

import re

SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ActReason"

KNOWN = {
    "TREAT": "treatment",
    "ETREAT": "emergency treatment",
    "BTG": "break the glass",
    "HPAYMT": "healthcare payment",
    "COVERAGE": "coverage under policy or program",
    "ELIGVER": "eligibility verification",
    "CLMATTCH": "claim attachment",
    "PATRQT": "patient requested",
    "FAMRQT": "family requested",
    "HRESCH": "healthcare research",
    "PUBHLTH": "public health",
}

_CODE = re.compile(
    r"(?:(?:urn:oid:2\.16\.840\.1\.113883\.5\.8|"
    + re.escape(SYSTEM)
    + r")[#|])?([A-Za-z0-9-]{1,32})"
)


def code_of(asserted: object) -> str | None:
    """Return the code of an asserted purpose, None where it has no form that is understood.

    The code may be one that nobody knows; whether it is known and registered is judged at the
    door, at every request.
    """
    found = _CODE.fullmatch(asserted) if isinstance(asserted, str) else None
    return found.group(1) if found else None
