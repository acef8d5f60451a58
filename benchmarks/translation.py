"""Translate (parse, map, validate, serialise) an ORU against `hl7.parse` of the same message."""

from __future__ import annotations

import hl7

from benchmarks.measure import Ratio, paired, seconds
from gateway.demo.feed import report
from gateway.ingest.ids import DerivedIds
from gateway.keys.hashes import Hashes
from gateway.serving import settle_memory
from gateway.translator import Translator
from mappings import exact

IDS = DerivedIds(Hashes(b"benchmark".ljust(32, b".")), "bench")


def against_hl7() -> Ratio:
    """Return the promised ratio: an ORU with 30 OBX."""
    work, text = Translator(), report(1, results=30)
    work.dictionary(None)
    settle_memory()  # as a running gateway does

    def ours() -> int:
        result = work.translate(text, IDS, source="bench", envelope=False)
        assert not result.rejected
        return sum(len(exact.dumps(made.resource)) for made in result.made)

    return paired("translate ORU^R01 with 30 OBX", ours, lambda: hl7.parse(text), limit=0.25)


def growth() -> list[str]:
    """Time per OBX at 10, 100, 1,000 and 10,000 of them: it should stay the same."""
    work, lines = Translator(), []
    for count in (10, 100, 1_000, 10_000):
        text = report(1, results=count)
        spent = seconds(
            lambda text=text: work.translate(text, IDS, source="bench"), max(1, 3_000 // count)
        )
        lines.append(f"     {count:>6} OBX: {spent / count * 1e6:6.1f} µs per OBX")
    return lines
