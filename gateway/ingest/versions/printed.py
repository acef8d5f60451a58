"""Documents that print a report: the report as known and as said in; what stands of them, out.

A laboratory prints its report once, and corrects a value later without printing it anew: the
document shows what does not hold any more. A document that a message does not repeat stays a form
of its report as long as nothing is changed that it may show. What only comes to the report, a panel
in pieces, changes nothing. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gateway.store import document_of
from mappings.translate import Made

JSON = dict[str, Any]
#: The result of an id, as it was before a message; None if there was none.
Known = Callable[[str], JSON | None]

_FORM = "presentedForm"
#: What a document is that prints what does not hold any more, and one that was withdrawn itself.
OUTDATED, WITHDRAWN = "superseded", "entered-in-error"
_VOID = frozenset({"cancelled", WITHDRAWN})
_BINARY = "Binary/"


class Printed(NamedTuple):
    """A report with the forms that it has after a message, and what became of other documents."""

    report: JSON
    others: Mapping[str, str] = {}  # by their ids, their status


def printed(known: JSON, report: JSON, said: Sequence[Made], result: Known) -> Printed:
    """Return a report after a message, neither argument changed; `known` is as it was before."""
    told = {made.resource["id"]: made.resource for made in said}
    kept = {_document(form) for form in report.get(_FORM, ())} | told.keys()
    rest = [form for form in known.get(_FORM, ()) if _document(form) not in kept]
    documents = {_document(form) for form in rest}
    pairs = list(_told_again(known, told, result)) if rest else []
    others = dict.fromkeys(_withdrawn(pairs) & documents, WITHDRAWN)
    if any(_differs(before, now) for before, now in pairs):
        others = {**dict.fromkeys(documents, OUTDATED), **others}
    forms = [form for form in rest if _document(form) not in others]
    if forms:
        report = {**report, _FORM: [*forms, *report.get(_FORM, ())]}
    return Printed(report, others)


def _document(form: JSON) -> str:
    """Return the id of a form's document, or its address, where that is none of ours."""
    url: str = form.get("url", "")
    return document_of(url.removeprefix(_BINARY)) if url.startswith(_BINARY) else url


def _told_again(
    known: JSON, told: Mapping[str, JSON], result: Known
) -> Iterator[tuple[JSON, JSON]]:  # fmt: skip
    """Yield the results of a report that a message says again: as they were, and as it says."""
    for each in known.get("result", ()):
        id_ = each.get("reference", "").partition("/")[2]
        before = result(id_) if id_ in told else None
        if before is not None:
            yield before, told[id_]


def _withdrawn(pairs: Iterable[tuple[JSON, JSON]]) -> set[str]:
    """Return the ids of documents that were sent as results, and are withdrawn as such."""
    return {
        id_ for before, now in pairs if now.get("status") == WITHDRAWN
        for id_ in documents_of(before)
    }  # fmt: skip


def documents_of(result: JSON) -> set[str]:
    """Return the ids of the documents that a result is."""
    names = (each.get("reference", "").partition("/") for each in result.get("derivedFrom", ()))
    return {id_ for type_, _, id_ in names if type_ == "DocumentReference"}


def _differs(before: JSON, now: JSON) -> bool:
    """Whether a value is withdrawn, or a result says anything that it did not."""
    if documents_of(before):
        return False
    if now.get("status") in _VOID:
        return bool(now["status"] != before.get("status"))
    return any(
        each != before.get(name)
        for name, each in now.items()
        if name.startswith("value") or name in ("component", "interpretation")
    )
