"""Translate (parse, map, validate, serialise) messages against `hl7.parse` of the same ones."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle

import hl7

from benchmarks.measure import PROCESSOR, Ratio, paired, seconds
from benchmarks.messages import admissions, monitoring, repeating, reports
from gateway.ingest.ids import DerivedIds
from gateway.keys.hashes import Hashes
from gateway.serving import settle_memory
from gateway.translator import Translator
from mappings import exact

IDS = DerivedIds(Hashes(b"benchmark".ljust(32, b".")), "bench")
ROUNDS, TIMES = 9, 20
SIZES = (10, 100, 1_000, 10_000)
REPETITIONS = (1_000, 8_000)
RUNS = 5


def of_report() -> Ratio:
    """Return the promised ratio of a laboratory report: an ORU with 30 OBX."""
    return _against_hl7("translate ORU^R01 with 30 OBX", reports(ROUNDS * TIMES, 30), 0.2)


def of_admission() -> Ratio:
    """Return the promised ratio of an admission: an ADT^A01 with 20 segments."""
    return _against_hl7("translate ADT^A01 with 20 segments", admissions(ROUNDS * TIMES), 0.3)


def by_size() -> Ratio:
    """Return how far the cost of one more OBX differs between messages of 10 to 10,000 of them.

    All measure the same ten quantities, so that the vocabulary does not grow with the message.
    """
    work = _translate()
    per_obx = []
    for count in SIZES:
        one, many = monitoring(1), monitoring(count)
        head, whole = (
            min(seconds(lambda text=text: work(text), times, PROCESSOR) for _ in range(5))
            for text, times in ((one, 20), (many, max(1, 2_000 // count)))
        )
        per_obx.append((whole - head) / (count - 1))
    low, high = min(per_obx), max(per_obx)
    return Ratio(
        "cost of one more OBX, dearest size against cheapest", high / low, high / low, high / low,
        ", ".join(f"{spent * 1e6:.0f} µs at {count:,}"
                  for spent, count in zip(per_obx, SIZES, strict=True)),
        "the same at any size", 2.0,  # caches fill; a square would be a factor of a thousand
    )  # fmt: skip


def by_repetitions() -> Ratio:
    """Return how far one more repetition (or segment) is dearer where there are 8 times as many.

    The dearest kind counts: a square would be a factor of eight. Nothing is known of any yet.
    """
    work = _translate()
    few, many = (
        {
            name: min(seconds(lambda text=one[name]: work(text), 1, PROCESSOR) for one in runs)
            / count
            for name in runs[0]
        }
        for count in REPETITIONS
        for runs in [[repeating(count, count * run) for run in range(RUNS, 2 * RUNS)]]
    )
    grown = {name: many[name] / few[name] for name in few}
    worst = max(grown, key=grown.__getitem__)
    return Ratio(
        "cost of one more repetition or segment, many against few",
        grown[worst], min(grown.values()), grown[worst],
        ", ".join(f"{name} {spent * 1e6:.0f} µs" for name, spent in many.items()),
        f"{REPETITIONS[0]:,} (at {REPETITIONS[1]:,}; dearest: {worst})", 2.5,
    )  # fmt: skip


def _against_hl7(name: str, texts: list[str], limit: float) -> Ratio:
    work = _translate()
    ours, theirs = cycle(texts), cycle(texts)
    return paired(
        name,
        lambda: work(next(ours)),
        lambda: hl7.parse(next(theirs)),
        limit=limit,
        rounds=ROUNDS,
        times=TIMES,
        clock=PROCESSOR,
    )


def _translate() -> Callable[[str], int]:
    """Return what a running gateway does with a message's text."""
    translator = Translator()
    translator.dictionary(None)
    settle_memory()

    def work(text: str) -> int:
        result = translator.translate(text, IDS, source="bench", envelope=False)
        assert not result.rejected
        return sum(len(exact.dumps(made.resource)) for made in result.made)

    return work
