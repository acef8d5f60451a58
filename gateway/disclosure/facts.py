"""What the judge is told: a row of the store in, its `Facts` out; and whom a rule names. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from consent import Facts, Rule
from gateway.store import Row

_CODE_BYTES = 8


def recipients(rule: Rule) -> Iterator[str]:
    """Return whom a rule and its exceptions name."""
    yield from rule.recipients or ()
    for exception in rule.exceptions:
        yield from recipients(exception)


def relabelled(row: Row, other: Row) -> Row:
    """Return a row with the labels of another one beside its own."""
    return row._replace(labels=" ".join(sorted({*row.labels.split(), *other.labels.split()})))


@lru_cache(maxsize=4096)
def _labels(text: str) -> frozenset[str]:
    return frozenset(text.split())


@lru_cache(maxsize=65_536)
def codes(joined: bytes) -> frozenset[bytes]:
    """Return a row's keyed hashes of codes, apart."""
    return frozenset(
        joined[start : start + _CODE_BYTES] for start in range(0, len(joined), _CODE_BYTES)
    )


def facts(row: Row) -> Facts:
    """Return what the judge may know of a row."""
    return Facts(
        row.type,
        _labels(row.labels),
        codes(row.codes),
        row.low,
        row.high,
        row.owner,
        f"{row.type}/{row.id}",
    )
