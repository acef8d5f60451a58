"""`python -m benchmarks` (`make bench`): print every promised ratio; exit 1 if one is missed."""

from __future__ import annotations

import argparse
import sys

from benchmarks import everything, listener, translation


def main() -> int:
    """Run all benchmarks."""
    argparse.ArgumentParser(
        prog="python -m benchmarks", usage=argparse.SUPPRESS, description=__doc__
    ).parse_args()
    held = True
    for measure in (translation.against_hl7, listener.durable, everything.over_http):
        ratio = measure()
        held = held and ratio.holds
        print(ratio.line(), flush=True)
    print("     translation by size of the message:")
    print("\n".join(translation.growth()))
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
