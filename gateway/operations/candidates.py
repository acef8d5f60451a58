"""Which records could answer a question: compartments and a day or a code in, references out.

Only metadata is read. What is returned may turn out not to answer the question once it is opened,
and whether the asker may see it is not decided here; what is left out answers it in no case.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC

from sqlalchemy import select

from consent.codes import ICD10
from gateway import dates
from gateway.disclosure.facts import codes
from gateway.operations.questions import Question
from gateway.operations.visits import INPATIENT, reaches
from gateway.store import Tx
from gateway.store.clinical import FOREVER, NEVER
from gateway.store.models import ResourceRow, table

_ROWS = table(ResourceRow)
_CLASSES = ("http://terminology.hl7.org/CodeSystem/v3-ActCode", "")
_DAY = 86_400_000_000

Reference = tuple[str, str]


def encounters(
    tx: Tx, compartments: Sequence[str], hospital: str, question: Question
) -> list[Reference]:
    """Return the Encounters of a hospital whose period may reach that day."""
    wanted = _read_there(tx, hospital, question)
    query = select(_ROWS.c.id, _ROWS.c.low, _ROWS.c.high, _ROWS.c.codes).where(
        _ROWS.c.compartment.in_(compartments),
        _ROWS.c.type == "Encounter",
        _ROWS.c.deleted.is_(False),
        _ROWS.c.low < wanted.high,
        _ROWS.c.high >= wanted.low,
    )
    inpatient = {tx.keys.code_token(system, code) for system in _CLASSES for code in INPATIENT}
    return [
        ("Encounter", id_)
        for id_, low, high, joined in tx.connection.execute(query)
        if reaches(_period(low, high), wanted, ongoing=not inpatient.isdisjoint(codes(joined)))
    ]


def conditions(tx: Tx, compartments: Sequence[str], category: str) -> list[Reference]:
    """Return the Conditions that have a code of that ICD-10 category."""
    query = select(_ROWS.c.id, _ROWS.c.codes).where(
        _ROWS.c.compartment.in_(compartments),
        _ROWS.c.type == "Condition",
        _ROWS.c.deleted.is_(False),
    )
    wanted = tx.keys.code_token(ICD10, category)
    return [
        ("Condition", id_)
        for id_, joined in tx.connection.execute(query)
        if wanted in codes(joined)
    ]


def _read_there(tx: Tx, hospital: str, question: Question) -> dates.Range:
    """Widen the day by the same day at the hospital, where dates without an offset were read."""
    day, feed = question.when, tx.directory.source(hospital)
    if feed is None or day.low is None or day.high is None:
        return day
    there = dates.parse(f"{question.day.isoformat()}T00:00:00{feed.timezone}", UTC).low
    if there is None:
        return day
    return dates.Range(min(day.low, there), max(day.high, there + _DAY))


def _period(low: int, high: int) -> dates.Range:
    return dates.Range(None if low == NEVER else low, None if high == FOREVER else high + 1)
