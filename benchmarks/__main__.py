"""`python -m benchmarks` (`make bench`): print every promised ratio; exit 1 if one is missed."""

from __future__ import annotations

import argparse
import sys

from benchmarks import everything, listener, memory, start, translation

ALL = {
    "report": translation.of_report,
    "admission": translation.of_admission,
    "size": translation.by_size,
    "repetitions": translation.by_repetitions,
    "memory": memory.of_pdf,
    "start": start.with_all_tables,
    "listener": listener.durable,
    "everything": everything.over_http,
}


def main() -> int:
    """Run the benchmarks that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of: {', '.join(ALL)}")
    names = parser.parse_args().names or list(ALL)
    ratios = []
    for name in names:
        ratios.append(ALL[name]())
        print(ratios[-1].line(), flush=True)
    missed = [ratio.name for ratio in ratios if not ratio.holds]
    print(f"{len(ratios) - len(missed)} of {len(ratios)} promises kept on this machine")
    if missed:
        print(f"MISSED: {'; '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
