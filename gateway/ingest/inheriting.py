"""What a batch writes, in; out, with the labels of what led to it, and what else these restrict.

`gateway.ingest.spreading` says what restricts what. What is written looks at what it refers to.
Only if a resource that was known is more, or less, confidential than it was, the whole record is
read: what refers to it came before, or will not come again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from consent.labels import passed_on
from consent.vocabulary import CONFIDENTIALITY
from gateway.ingest import known
from gateway.ingest.spreading import LEADING, references, spread
from gateway.store import Key, New, Row, Tx, compartment_of, document_of

JSON = dict[str, Any]
_Key = tuple[str, str]
_USUAL = frozenset("ULMN") & CONFIDENTIALITY.keys()


def inherit(
    tx: Tx, news: list[New], rows: dict[_Key, Row], label: Callable[[JSON, str], str]
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
    """
    last = {
        (new.type, new.id): number for number, new in enumerate(news)
        if new.content is not None and new.type != "Binary"
    }  # fmt: skip
    contents: dict[_Key, JSON] = {key: news[at].content or {} for key, at in last.items()}
    around = spread({**_outside(tx, contents), **contents}, whole=False)
    contents |= {key: content for key, content in around.items() if key in last}
    homes = {
        news[at].compartment: news[at].zone for key, at in last.items()
        if key in rows and _is_otherwise(tx, rows[key], contents[key])
    }  # fmt: skip
    for home, zone in homes.items():
        stored = {(row.type, row.id): row for row in tx.resources.rows([home])}
        record = {key: known.content(tx, row) for key, row in stored.items() if key not in last}
        record |= {key: contents[key] for key, at in last.items() if news[at].compartment == home}
        for key, content in spread(record, whole=True).items():
            if key in last:
                contents[key] = content
            else:
                row = rows[key] = stored[key]
                news.append(
                    New(
                        home, row.type, row.id, content, row.owner, label(content, row.owner),
                        row.spool_seq, zone, row.told,
                    )
                )  # fmt: skip
    for key, at in last.items():
        if contents[key] is not news[at].content:
            labels = label(contents[key], news[at].owner)
            news[at] = news[at]._replace(content=contents[key], labels=labels)
    for at, new in enumerate(news):
        document = last.get(("DocumentReference", document_of(new.id)))
        if new.type == "Binary" and document is not None:
            news[at] = new._replace(labels=news[document].labels)


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


def _is_otherwise(tx: Tx, row: Row, content: JSON) -> bool:
    """Whether a resource leads to more, or less, that is confidential than it did."""
    if row.type not in LEADING or row.deleted:
        return False
    before = passed_on(known.content(tx, row)) if _restricts(row) else frozenset[str]()
    return before != passed_on(content)
