"""What ``Encounter/$verify-visit`` is asked: FHIR Parameters in, a `Question` out.

====================  ==========================  ========
``identity``          Identifier                  required
``hospital``          Identifier or string        required
``date``              date, to the day            required
``visitNumber``       string
``diagnosisCategory`` code, ICD-10, 3 characters
``amount``            Money
====================  ==========================  ========
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, tzinfo
from decimal import Decimal
from hashlib import sha256
from typing import Any

import orjson

from gateway import dates
from gateway.disclosure.refusals import BadRequest, Issue

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CATEGORY = re.compile(r"[A-Z][0-9][0-9]")
_TYPES = {
    "identity": ("valueIdentifier",),
    "hospital": ("valueIdentifier", "valueString"),
    "date": ("valueDate",),
    "visitNumber": ("valueString",),
    "diagnosisCategory": ("valueCode",),
    "amount": ("valueMoney",),
}
_REQUIRED = ("identity", "hospital", "date")
FACTS = ("visitNumber", "diagnosisCategory", "amount")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of a currency."""

    value: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question about a visit.

    Attributes
    ----------
    identity : (system, value)
        Whose visit.
    hospital : (system or None, value)
        Where; without a system the value is the organisation's id.
    day : date
        When.
    when : Range
        The instants of that day.
    visit_number, diagnosis_category, amount
        Facts to be compared, where supplied.
    """

    identity: tuple[str, str]
    hospital: tuple[str | None, str]
    day: date
    when: dates.Range
    visit_number: str | None = None
    diagnosis_category: str | None = None
    amount: Money | None = None

    @property
    def supplied(self) -> tuple[str, ...]:
        """Names of the facts supplied, in their order."""
        values = (self.visit_number, self.diagnosis_category, self.amount)
        return tuple(name for name, value in zip(FACTS, values, strict=True) if value is not None)

    def digest(self) -> str:
        """Return SHA-256 of the question in one canonical form, in hexadecimal."""
        amount = [str(self.amount.value.normalize()), self.amount.currency] if self.amount else None
        canonical = [
            self.identity,
            self.hospital,
            self.day.isoformat(),
            self.visit_number,
            self.diagnosis_category,
            amount,
        ]
        return sha256(orjson.dumps(canonical)).hexdigest()


def parse(resource: Any, zone: tzinfo) -> Question:
    """Understand a question; its day is one of `zone`.

    Whatever may be wrong with a question is found here, where nobody's record is known yet.

    Raises
    ------
    BadRequest
        Not Parameters, or a parameter is unknown, repeated, missing or of another type.
    """
    if not isinstance(resource, dict) or resource.get("resourceType") != "Parameters":
        raise BadRequest("the body is not Parameters")
    values: dict[str, Any] = {}
    listed = resource.get("parameter", [])
    for parameter in listed if isinstance(listed, list) else [None]:
        name, value = _one(parameter)
        if name in values:
            raise _bad(name, "is given twice")
        values[name] = value
    for name in _REQUIRED:
        if name not in values:
            raise _bad(name, "is required")
    day, when = _day(values["date"], zone)
    return Question(
        identity=_identifier("identity", values["identity"]),
        hospital=_hospital(values["hospital"]),
        day=day,
        when=when,
        visit_number=_text("visitNumber", values.get("visitNumber")),
        diagnosis_category=_category(values.get("diagnosisCategory")),
        amount=_money(values.get("amount")),
    )


def _bad(name: str, why: str) -> BadRequest:
    return BadRequest(issues=[Issue("invalid", f"parameter {name}: {why}")])


def _one(parameter: Any) -> tuple[str, Any]:
    name = parameter.get("name") if isinstance(parameter, dict) else None
    if name not in _TYPES:
        raise BadRequest(issues=[Issue("invalid", "a parameter is unknown")])
    found = [parameter[type_] for type_ in _TYPES[name] if type_ in parameter]
    if len(found) != 1:
        raise _bad(name, "takes " + " or ".join(_TYPES[name]))
    return name, found[0]


def _identifier(name: str, value: Any) -> tuple[str, str]:
    system = value.get("system") if isinstance(value, dict) else None
    text = value.get("value") if isinstance(value, dict) else None
    if not (isinstance(system, str) and system and isinstance(text, str) and text):
        raise _bad(name, "needs system and value")
    return system, text


def _hospital(value: Any) -> tuple[str | None, str]:
    if isinstance(value, str) and value:
        return None, value
    return _identifier("hospital", value)


def _day(value: Any, zone: tzinfo) -> tuple[date, dates.Range]:
    try:
        if not isinstance(value, str) or not _DAY.fullmatch(value):  # ISO 8601 has weeks, FHIR not
            raise ValueError("not a day")
        return date.fromisoformat(value), dates.parse(value, zone)
    except ValueError as fault:
        raise _bad("date", "takes YYYY-MM-DD") from fault


def _text(name: str, value: Any) -> str | None:
    if value is not None and not (isinstance(value, str) and value):
        raise _bad(name, "takes a string")
    return value


def _category(value: Any) -> str | None:
    if value is not None and not (isinstance(value, str) and _CATEGORY.fullmatch(value)):
        raise _bad("diagnosisCategory", "takes three characters of ICD-10, such as E11")
    return value


def _money(value: Any) -> Money | None:
    if value is None:
        return None
    amount = value.get("value") if isinstance(value, dict) else None
    currency = value.get("currency") if isinstance(value, dict) else None
    if isinstance(amount, bool) or not isinstance(amount, int | float | Decimal) or not currency:
        raise _bad("amount", "needs value and currency")
    return Money(Decimal(str(amount)), str(currency))
