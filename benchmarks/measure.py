"""Measuring: two things in turn, medians of pairs, so that a noisy machine distorts both alike."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from typing import NamedTuple


class Ratio(NamedTuple):
    """A measured ratio and what it may be."""

    name: str
    ratio: float
    low: float
    high: float
    ours: str
    theirs: str
    limit: float
    at_most: bool = True

    @property
    def holds(self) -> bool:
        """Whether the median keeps the promise."""
        return self.ratio <= self.limit if self.at_most else self.ratio >= self.limit

    def line(self) -> str:
        """One line of the report."""
        sign = "≤" if self.at_most else "≥"
        return (
            f"{'ok  ' if self.holds else 'MISS'} {self.name}: {self.ratio:.3f} "
            f"({self.low:.3f}–{self.high:.3f}; promised {sign} {self.limit:g})   "
            f"{self.ours} against {self.theirs}"
        )


#: Time of the processor, where nothing is waited for: what else runs on a machine hardly counts.
PROCESSOR = time.process_time


def seconds(
    work: Callable[[], object], times: int, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Mean seconds of one call, over `times` calls."""
    gc.collect()
    start = clock()
    for _ in range(times):
        work()
    return (clock() - start) / times


def paired(
    name: str,
    ours: Callable[[], object],
    theirs: Callable[[], object],
    *,
    limit: float,
    rounds: int = 9,
    times: int = 20,
    clock: Callable[[], float] = time.perf_counter,
) -> Ratio:
    """Time two functions in turn; the ratio ours ÷ theirs of each round's means."""
    ours()
    theirs()
    pairs = [(seconds(ours, times, clock), seconds(theirs, times, clock)) for _ in range(rounds)]
    ratios = sorted(a / b for a, b in pairs)
    return Ratio(
        name,
        statistics.median(ratios),
        ratios[0],
        ratios[-1],
        f"{statistics.median(a for a, _ in pairs) * 1e6:,.0f} µs",
        f"{statistics.median(b for _, b in pairs) * 1e6:,.0f} µs",
        limit,
    )
