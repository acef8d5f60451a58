"""Resident identity numbers and other identifiers: a Patient in, look-up tokens out. Pure.

The resident identity number (GB 11643-1999) has 18 characters: 6 of the area, 8 of the birth date,
3 of a sequence whose last digit is odd for men, and a check character (ISO 7064 MOD 11-2). The form
of 15 digits, issued until 1999, lacks the century and the check. A number that is valid and agrees
with the record's birth date and sex proves who somebody is; one that disagrees proves an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from gateway.ingest.findings import finding
from gateway.keys import Keys
from gateway.store.persons import BUSINESS, DISPUTED, STRONG
from mappings.findings import Finding

ID_CARD = "urn:oid:2.16.156.10011.1.3"
ID_CARD_ALIASES = frozenset({ID_CARD, "urn:oid:2.16.840.1.113883.2.23.1.19.1"})
ANY_SYSTEM = ""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


class IdentityNumber(NamedTuple):
    """A valid number in its form of 18 characters, and what it says of its holder.

    `short`: it was written in 15 digits, where nothing guards against a slip of the hand.
    """

    number: str
    birth_date: str
    gender: str
    short: bool


def check_character(stem: str) -> str:
    """Return the 18th character for the first 17 digits."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, stem, strict=True))
    return _CHECKS[total % 11]


def identity_number(text: str) -> IdentityNumber | None:
    """Read a resident identity number, of 18 characters or 15; None if it is not valid."""
    number = text.strip().upper()
    short = len(number) == 15
    if short:
        number = f"{number[:6]}19{number[6:]}"
    stem = number[:17]
    if len(stem) != 17 or not (stem.isascii() and stem.isdigit()) or stem[0] == "0":
        return None
    if short:
        number += check_character(stem)
    if number != stem + check_character(stem):
        return None
    try:
        born = date(int(stem[6:10]), int(stem[10:12]), int(stem[12:14]))
    except ValueError:
        return None
    gender = "male" if int(stem[16]) % 2 else "female"
    return IdentityNumber(number, born.isoformat(), gender, short)


def canonical(system: str, value: str) -> tuple[str, str]:
    """Return the one way an identifier is looked up by, however it was written."""
    value = value.strip()
    if system in ID_CARD_ALIASES:
        read = identity_number(value)
        return ID_CARD, read.number if read else value.upper()
    return system, value


def identifier_token(keys: Keys, tenant: str, system: str, value: str) -> bytes:
    """Return the look-up token of an identifier; `system` "" finds it under any system."""
    system, value = canonical(system, value)
    if system == ANY_SYSTEM:
        read = identity_number(value)
        value = read.number if read else value
    return keys.token("identifier", tenant, system, value)


class Claim(NamedTuple):
    """An identifier of a record: `kind` strong, disputed or business."""

    system: str
    value: str
    kind: str


def claims(patient: Mapping[str, Any]) -> Iterator[Claim]:
    """Yield what a Patient's identifiers claim."""
    for identifier in patient.get("identifier", ()):
        value = identifier.get("value")
        if not value or identifier.get("use") == "old":
            continue
        system, value = canonical(identifier.get("system", ANY_SYSTEM), value)
        kind = BUSINESS
        if system == ID_CARD:
            read = identity_number(identifier["value"])
            if read:
                kind = STRONG if agrees(read, patient) else DISPUTED
        yield Claim(system, value, kind)


def agrees(read: IdentityNumber, patient: Mapping[str, Any]) -> bool:
    """Tell whether a valid number is the record's: what is stated must agree.

    A partial birth date agrees as far as it goes. A number of 15 digits, which has no check, must
    be borne out by a birth date.
    """
    born = patient.get("birthDate")
    gender = patient.get("gender")
    if born and not read.birth_date.startswith(born):
        return False
    if gender in ("male", "female") and gender != read.gender:
        return False
    return bool(born) or not read.short


def tokens(keys: Keys, tenant: str, patient: Mapping[str, Any]) -> dict[bytes, str]:
    """Return the look-up tokens of a Patient and the kind of each.

    Every identifier is found with its system and without; only the former says who somebody is.
    """
    found: dict[bytes, str] = {}
    for claim in claims(patient):
        anywhere = identifier_token(keys, tenant, ANY_SYSTEM, claim.value)
        found.setdefault(anywhere, BUSINESS)
        if claim.system:
            found[identifier_token(keys, tenant, claim.system, claim.value)] = claim.kind
    return found


def is_another(known: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
    """Whether what is said of a Patient contradicts what is known: name, birth date and sex alike.

    Each may be put right, all three at once seldom are: a number was typed wrongly, or a record is
    being written over.
    """
    return all(contradictions(known, said))


def is_somebody_else(known: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
    """Whether name and birth date of a Patient are both said otherwise than they are known.

    That is enough where nobody should speak of the known one by this number any more.
    """
    _, born, name = contradictions(known, said)
    return born and name


def contradictions(known: Mapping[str, Any], said: Mapping[str, Any]) -> Iterator[bool]:
    """Yield whether sex, birth date and name of a Patient are said otherwise than they are known.

    What is told by one alone, or of unlike precision or script, contradicts nothing.
    """
    yield {each.get("gender") for each in (known, said)} == {"male", "female"}
    shorter, longer = sorted((each.get("birthDate", "") for each in (known, said)), key=len)
    yield not longer.startswith(shorter)
    pairs = [(one, other) for one in _names(known) for other in _names(said)]
    alike = [(one, other) for one, other in pairs if _is_latin(one) == _is_latin(other)]
    yield bool(alike) and not any(one <= other or other <= one for one, other in alike)


def _names(patient: Mapping[str, Any]) -> Iterator[frozenset[str]]:
    """Yield the names of a Patient, each as its words; a Chinese name is one."""
    for name in patient.get("name", ()):
        whole = " ".join([name.get("family", ""), *name.get("given", ())]).strip()
        words = (whole or name.get("text", "")).casefold().split()
        found = frozenset(words)
        if words:
            yield found if _is_latin(found) else frozenset(["".join(words)])


def _is_latin(words: frozenset[str]) -> bool:
    return all(letter < "\u2e80" for word in words for letter in word)


def findings(patient: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what is wrong with the identity numbers of a Patient."""
    for identifier in patient.get("identifier", ()):
        if identifier.get("system") in ID_CARD_ALIASES and identifier.get("value"):
            read = identity_number(identifier["value"])
            if read is None:
                yield finding("warning", "identity-number-invalid", "Patient.identifier")
            elif not agrees(read, patient):
                yield finding("warning", "identity-number-disagrees", "Patient.identifier")
