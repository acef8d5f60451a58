"""Seconds from nothing until every table is ready to translate, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time

from benchmarks.measure import Ratio

RUNS = 5
_READY = "from gateway.translator import Translator; Translator().dictionary(None)"


def with_all_tables() -> Ratio:
    """Return the promised seconds. The best of some runs: whatever else runs here only adds."""
    ours = sorted(_seconds(_READY) for _ in range(RUNS))
    bare = min(_seconds("pass") for _ in range(RUNS))
    return Ratio(
        "seconds to start with all tables", ours[0], ours[0], ours[-1],
        f"{ours[0]:.2f} s", f"{bare:.2f} s for Python alone", 1.0,
    )  # fmt: skip


def _seconds(program: str) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True)
    return time.perf_counter() - begun
