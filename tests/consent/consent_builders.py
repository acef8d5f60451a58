"""Consents, facts and requests for the tests of the judge."""

from __future__ import annotations

from typing import Any

from consent import Facts, Policy, Request, parse
from consent.dates import span
from consent.vocabulary import (
    ACT_CODE,
    ACT_REASON,
    CONFIDENTIALITY,
    CONFIDENTIALITY_SYSTEM,
    CONSENT_ACTION,
    CONSENT_SCOPE,
)

I = "Organization/internet"  # noqa: E741
J = "Organization/other"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
CN_ICD10 = "urn:oid:2.16.156.10011.2.3.3.11"
LOINC = "http://loinc.org"


def at(text: str) -> int:
    low = span(text).low
    assert low is not None
    return low


NOW = at("2026-11-20T09:00:00+08:00")


def actor(reference: str, role: str = "IRCP") -> dict[str, Any]:
    return {"role": {"coding": [{"code": role}]}, "reference": {"reference": reference}}


def label(code: str) -> dict[str, str]:
    return {"system": CONFIDENTIALITY_SYSTEM if code in CONFIDENTIALITY else ACT_CODE, "code": code}


def dates(given: Any) -> Any:
    if isinstance(given, dict):
        return given
    start, end = given
    return ({"start": start} if start else {}) | ({"end": end} if end else {})


def resource_type(code: str) -> dict[str, str]:
    return {"system": "http://hl7.org/fhir/resource-types", "code": code}


SHORT: dict[str, tuple[str, Any]] = {
    "actors": ("actor", lambda v: [a if isinstance(a, dict) else actor(a) for a in v]),
    "purposes": ("purpose", lambda v: [{"system": ACT_REASON, "code": code} for code in v]),
    "labels": ("securityLabel", lambda v: [label(code) for code in v]),
    "classes": ("class", lambda v: [resource_type(code) for code in v]),
    "codes": ("code", lambda v: [{"coding": [{"system": s, "code": c}]} for s, c in v]),
    "actions": (
        "action",
        lambda v: [{"coding": [{"system": CONSENT_ACTION, "code": code}]} for code in v],
    ),
    "data": (
        "data",
        lambda v: [
            d if isinstance(d, dict) else {"meaning": d[0], "reference": {"reference": d[1]}}
            for d in v
        ],
    ),
    "period": ("period", dates),
    "data_period": ("dataPeriod", dates),
    "inner": ("provision", list),
}


def provision(type_: str | None, **given: Any) -> dict[str, Any]:
    """Write a provision: what SHORT has a name for in short, the rest as it is."""
    node: dict[str, Any] = {"type": type_} if type_ else {}
    for name, value in given.items():
        element, write = SHORT.get(name, (name, lambda v: v))
        node[element] = write(value)
    return node


def permit(**given: Any) -> dict[str, Any]:
    return provision("permit", **given)


def deny(**given: Any) -> dict[str, Any]:
    return provision("deny", **given)


def resource(root: dict[str, Any] | None, id_: str = "k1", **elements: Any) -> dict[str, Any]:
    """Write a Consent around a root provision."""
    written: dict[str, Any] = {
        "resourceType": "Consent",
        "id": id_,
        "status": "active",
        "scope": {"coding": [{"system": CONSENT_SCOPE, "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": LOINC, "code": "59284-0"}]}],
        "patient": {"reference": "Patient/p1"},
        "dateTime": "2026-01-01",
    }
    if root is not None:
        written["provision"] = root
    return written | elements


def policy(
    root: dict[str, Any] | None,
    id_: str = "k1",
    received: int = 1,
    owner: str = "h1",
    **elements: Any,
) -> Policy:
    return parse(
        resource(root, id_, **elements),
        received=received,
        owner=owner,
        base="https://gateway.example/fhir",
    )


def request(
    actors: Any = (I,), purpose: str = "TREAT", action: str = "access", now: int = NOW, **more: Any
) -> Request:
    return Request("internet", frozenset(actors), purpose, action, now, **more)


def facts(
    type_: str = "Observation",
    labels: Any = ("N",),
    *,
    id_: str = "x",
    codes: Any = (),
    day: str | None = "2026-05-01",
    last: str | None = None,
    owner: str = "h1",
    **links: Any,
) -> Facts:
    low = high = None
    if day:
        high = span(last or day).high
        low = at(day)
        assert high is not None
        high -= 1
    return Facts(
        type_,
        frozenset(labels),
        frozenset(f"{s}|{c}" for s, c in codes),
        low,
        high,
        owner,
        f"{type_}/{id_}",
        **{name: None if v is None else frozenset(v) for name, v in links.items()},
    )


O1 = facts(id_="o1")
O2 = facts(id_="o2", labels=("R", "HIV"))
C3 = facts("Condition", ("R", "PSY"), id_="c3")
K1 = policy(permit(actors=[I], purposes=["TREAT"]), "k1", 1)
K2 = policy(deny(labels=["HIV"]), "k2", 2)
