"""What a batch writes, in; out, with the labels of what led to it, and what else these restrict.

`gateway.ingest.versions.spreading` says what restricts what. What is written looks at what it
refers to. Only if a resource that was known is more, or less, confidential than it was, the whole
record is read, with those that were merged with it: what refers to it came before, or will not come
again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Any

from consent.labels import passed_on
from consent.vocabulary import CONFIDENTIALITY
from gateway.ingest.versions import known
from gateway.ingest.versions.spreading import LEADING, merged, references, spread, without_inherited
from gateway.store import Key, New, Row, Tx, compartment_of, document_of

JSON = dict[str, Any]
_Key = tuple[str, str]
_USUAL = frozenset("ULMN") & CONFIDENTIALITY.keys()


def inherit(
    tx: Tx,
    news: list[New],
    rows: dict[_Key, Row],
    label: Callable[[JSON, str], str],
    kin: Callable[[str], frozenset[str]],
    joined: Mapping[str, tzinfo],
) -> None:
    """Let what is to be written inherit labels, and add what has others because of it.

    Parameters
    ----------
    news : list of New
        What is to be written; changed in place.
    rows : dict
        The current rows of all that is; changed in place.
    label : callable
        (resource, owner) → its labels, as the store has them.
    kin : callable
        Compartment → those that are one record with it.
    joined : mapping
        Records in which two have become one that restricts what refers to it, and their zones.
    """
    last = {
        (new.type, new.id): number for number, new in enumerate(news)
        if new.content is not None and new.type != "Binary"
    }  # fmt: skip
    contents: dict[_Key, JSON] = {key: news[at].content or {} for key, at in last.items()}
    around = spread({**_outside(tx, contents), **contents}, whole=False)
    contents |= {key: content for key, content in around.items() if key in last}
    records = {kin(home): zone for home, zone in joined.items()}
    records |= {
        kin(news[at].compartment): news[at].zone for key, at in last.items()
        if _is_otherwise(tx, rows.get(key), contents[key])
    }  # fmt: skip
    for homes, zone in records.items():
        stored = {(row.type, row.id): row for row in tx.resources.rows(sorted(homes))}
        record = {key: known.content(tx, row) for key, row in stored.items() if key not in last}
        record |= {key: contents[key] for key, at in last.items() if news[at].compartment in homes}
        for key, content in spread(record, whole=True).items():
            if key in last:
                contents[key] = content
            else:
                row = rows[key] = stored[key]
                labels = label(content, row.owner)
                news.append(_said_again(row, content, labels, zone))
    for key, at in last.items():
        if contents[key] is not news[at].content:
            labels = label(contents[key], news[at].owner)
            news[at] = news[at]._replace(content=contents[key], labels=labels)
    _label_data(tx, news, rows)


def _said_again(row: Row, content: JSON, labels: str, zone: tzinfo) -> New:
    """Return what is known of a resource under other labels."""
    return New(
        row.compartment, row.type, row.id, content, row.owner, labels, row.spool_seq, zone, row.told
    )  # fmt: skip


def _label_data(tx: Tx, news: list[New], rows: dict[_Key, Row]) -> None:
    """Put the data of documents under the labels that these have; those that are stored, too."""
    documents = {
        new.id: new for new in news if new.type == "DocumentReference" and new.content is not None
    }
    for at, new in enumerate(news):
        document = documents.get(document_of(new.id)) if new.type == "Binary" else None
        if document is not None:
            news[at] = new._replace(labels=document.labels)
    told = {new.id for new in news}
    for document in documents.values():
        before = rows.get((document.type, document.id))
        if before is None or before.labels == document.labels:
            continue
        for content in (document.content or {}).get("content", ()):
            id_ = content.get("attachment", {}).get("url", "").removeprefix("Binary/")
            row = tx.resources.get("Binary", id_) if document_of(id_) and id_ not in told else None
            if row is not None and not row.deleted:
                rows[row.type, row.id] = row
                data = known.content(tx, row)
                news.append(_said_again(row, data, document.labels, document.zone))


def _outside(tx: Tx, contents: dict[_Key, JSON]) -> dict[_Key, JSON]:
    """Return what restricts resources that are written, and is not written itself."""
    named = {
        other
        for content in contents.values() for _, other in references(content)
        if other[0] in LEADING and other not in contents
    }  # fmt: skip
    keys = [Key(compartment_of(id_), type_, id_) for type_, id_ in named]
    found = tx.resources.current(keys) if keys else {}
    return {key: known.content(tx, row) for key, row in found.items() if _restricts(row)}


def _restricts(row: Row) -> bool:
    return not row.deleted and not _USUAL.issuperset(row.labels.split())


def _is_otherwise(tx: Tx, row: Row | None, content: JSON) -> bool:
    """Whether a resource leads to more, or less, that is confidential than it did."""
    if content["resourceType"] not in LEADING or (row is not None and row.deleted):
        return False
    if content["resourceType"] == "Patient" and "link" in content:
        before = known.content(tx, row) if row else {"resourceType": "Patient"}
        return _of_patient(before) != _of_patient(content)
    before = known.content(tx, row) if row and _restricts(row) else {}
    return row is not None and passed_on(before) != passed_on(content)


def _of_patient(patient: JSON) -> tuple[frozenset[str], set[_Key]]:
    """Return what restricts a patient's record: labels of its own, and whom it was merged with."""
    return passed_on(without_inherited(patient)), {*merged(patient)}
