"""How confidential messages say that something is: what is known and said in; what holds, out.

A field that is empty says nothing, and a system that answers an order seldom sends back how
confidential it is. So labels (``meta.security``, a document's ``securityLabel``) add up over
messages, whatever else of a resource is replaced. Each keeps with it who said it: the kind of
message and the field. It is lifted by that field alone, in that kind of message: by ``""``, by a
code of what is no more confidential than usual, or by another degree of confidentiality. Pure.

What was not said of a resource itself, but of the order, report, visit or patient that led to it
(`gateway.ingest.versions.spreading`), is called inherited.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from consent.labels import stated
from consent.vocabulary import CONFIDENTIALITY, CONFIDENTIALITY_SYSTEM, RESTRICTED
from mappings.hl7v2.message import Segment
from mappings.translate import Made

JSON = dict[str, Any]

#: The extension that says by what a label was given: ``ADT PD1-12``.
SOURCE = "https://yiqiao.org/fhir/StructureDefinition/label-source"
INHERITED = "inherited"
_WORD = "meta.security"
# The field that gives labels where the tables do not name it.
_FIELDS = {"Condition": "DG1-18", "Encounter": "ARV", "Patient": "ARV"}
_OTHERWISE = "ORC-28"
_INDICATORS = {"Condition": "DG1-18", "Encounter": "PV2-22", "Patient": "PD1-12"}  # N takes back
_NEVER_LIFTED = "ARV"  # one of several restrictions; which one is meant is not said
_DEGREES = frozenset(CONFIDENTIALITY)
_CLASSIFICATION = "MSH-26"
_REGISTRATION, _PERSONAL = "ADT", frozenset({"Encounter", "Patient"})


def weighed(known: JSON | None, made: Made, kind: str, *, late: bool) -> tuple[JSON, Made, bool]:
    """Return what is known without the labels that a message lifts, and what it says, with sources.

    Parameters
    ----------
    known : dict or None
        The resource as it was; neither it nor `made` is changed.
    made : Made
        What a message says of it. If it replaces the resource, it says the labels again that stand.
    kind : str
        The kind of message: ``ORU``.
    late : bool
        Whether what is known was said after the message: then it lifts nothing.

    Returns
    -------
    tuple
        What is known; what is said; whether something still restricts what the message says is not
        restricted.
    """
    before = known or {}
    said = _said(made, kind)
    words = [word for word in made.erase if is_label(word)]
    old = labels_of(before)
    if not (said or words or old or "securityLabel" in before):
        return before, made, False
    if late:
        spoken = {source_of(one) for one in old}
        said = [one for one in said if source_of(one) not in spoken]
        lifted: set[str] = set()
    else:
        field = _INDICATORS.get(made.resource["resourceType"], _OTHERWISE)
        lifted = {f"{kind} {word.partition(' ')[2] or field}" for word in words}
        lifted |= {source_of(one) for one in said if _is_usual(one)}
    degrees = {source_of(one) for one in said if _is_degree(one)}
    stands = [
        one for one in old
        if (source := source_of(one)).endswith(_NEVER_LIFTED)
        or not (source in lifted or (source in degrees and _is_degree(one)))
    ]  # fmt: skip
    freed = bool(words) or any(_is_usual(one) for one in said)
    still = freed and any(not _is_usual(one) and stated(one) for one in stands)
    before = with_labels(before, stands) if known is not None else before
    resource = with_labels(made.resource, _added(stands, said) if made.replace else said)
    documents = _documents(before, resource, made, late=late)
    if documents:
        resource = {**resource, "securityLabel": documents}
        before = {**before, "securityLabel": documents} if "securityLabel" in before else before
    erase = tuple(word for word in made.erase if word not in words)
    return before, made._replace(resource=resource, erase=erase), still


def classified(made: Sequence[Made], header: Segment | None) -> Sequence[Made]:
    """Return what a message says, under the classification of the message itself (MSH-26).

    A patient and a visit that a message only mentions are as they are. What is not known as a code
    of usual confidentiality (table 0952) restricts.
    """
    code = header.value("26.1").upper() if header else ""
    if not (header and code):
        return made
    registers = header.value("9.1") == _REGISTRATION
    labels: list[JSON] = []
    words: tuple[str, ...] = (f"{_WORD} {_CLASSIFICATION}",)
    if CONFIDENTIALITY.get(code, RESTRICTED) >= RESTRICTED:
        level = code if code in CONFIDENTIALITY else "R"
        coding = {"system": CONFIDENTIALITY_SYSTEM, "code": level}
        labels, words = [sourced(coding, _CLASSIFICATION)], ()
    return [
        one._replace(
            resource=with_labels(one.resource, _added(labels_of(one.resource), labels)),
            erase=(*one.erase, *words),
        )
        if one.home == "patient" and (registers or not _is_personal(one))
        else one
        for one in made
    ]


def _is_personal(made: Made) -> bool:
    return made.resource["resourceType"] in _PERSONAL


def is_label(word: str) -> bool:
    """Whether a word (`gateway.ingest.versions.erasing`) lifts labels."""
    return word.partition(" ")[0] == _WORD


def labels_of(resource: JSON) -> list[JSON]:
    """Return the labels of a resource's ``meta.security``; not to be changed."""
    labels: list[JSON] = resource.get("meta", {}).get("security", [])
    return labels


def source_of(label: JSON) -> str:
    """Return by what a label was given; "" if that is not kept."""
    for extension in label.get("extension", ()):
        if extension.get("url") == SOURCE:
            return str(extension.get("valueString", ""))
    return ""


def sourced(label: JSON, source: str) -> JSON:
    """Return a label with whatever gave it."""
    others = [one for one in label.get("extension", ()) if one.get("url") != SOURCE]
    return {**label, "extension": [*others, {"url": SOURCE, "valueString": source}]}


def with_labels(resource: JSON, labels: Sequence[JSON]) -> JSON:
    """Return a resource with these labels, and no others, in its ``meta.security``."""
    meta = {name: value for name, value in resource.get("meta", {}).items() if name != "security"}
    if labels:
        meta["security"] = list(labels)
    bare = {name: value for name, value in resource.items() if name != "meta"}
    return {**bare, "meta": meta} if meta else bare


def _said(made: Made, kind: str) -> list[JSON]:
    """Return the labels that a message gives, each with its source."""
    field = _FIELDS.get(made.resource["resourceType"], _OTHERWISE)
    return [_named(one, kind, field) for one in labels_of(made.resource)]


def _named(label: JSON, kind: str, field: str) -> JSON:
    told = source_of(label)
    if told == INHERITED or " " in told:  # it was stored, and is said of another resource now
        return label
    return sourced(label, f"{kind} {told or field}")


def _added(labels: Sequence[JSON], more: Iterable[JSON]) -> list[JSON]:
    return [*labels, *(one for one in more if one not in labels)]


def _is_degree(label: JSON) -> bool:
    return label.get("system") == CONFIDENTIALITY_SYSTEM and label.get("code") in _DEGREES


def _is_usual(label: JSON) -> bool:
    return CONFIDENTIALITY.get(stated(label), RESTRICTED) < RESTRICTED


def _documents(known: JSON, said: JSON, made: Made, *, late: bool) -> list[JSON]:
    """Return a document's own labels: one field (TXA-18) gives them."""
    old, new = known.get("securityLabel", []), said.get("securityLabel", [])
    if not new:
        return old if made.replace else []
    codings = [coding for concept in new for coding in concept.get("coding", ())]
    usual = any(_is_usual(coding) for coding in codings)
    return new if usual and not late else _added(old, new)
