"""A proof in, its counts as text out: by map, by kind, in total."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable

from mappings.proof.proof import Proof

KINDS = ("rows", "codes", "names", "messages")
_HEAD = ("rows", "exercised", "satisfied", "waived")


def tally(proof: Proof) -> dict[tuple[str, str], Counter[str]]:
    """Count verdicts by kind and map."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for kind, verdict, _ in proof.judged:
        found.setdefault((kind, verdict.map), Counter())[verdict.verdict] += 1
    return found


def table(proof: Proof, waived: Callable[[Collection[str]], int]) -> str:
    """Write how many rows each map has, were exercised and satisfied; by kind and in total.

    Parameters
    ----------
    proof
        What was found.
    waived
        How many waivers of published rows concern any of some maps, by their names.
    """
    lines = [_line("", _HEAD, "")]
    counts = tally(proof)
    for kind in (*KINDS, ""):
        here = {name: c for (k, name), c in counts.items() if kind in {"", k}}
        if kind:
            lines += [_counted(name, here[name], waived([name])) for name in sorted(here)]
        total = sum(here.values(), Counter())
        lines.append(_counted(f"all {kind}".rstrip(), total, waived(here)))
    return "\n".join(lines)


def _counted(name: str, counts: Counter[str], waived: int) -> str:
    satisfied = counts["satisfied"]
    exercised = satisfied + counts["unsatisfied"]
    total = exercised + counts["idle"]
    share = f"{100 * satisfied / total:9.1f} %" if total else ""
    return _line(name, (total, exercised, satisfied, waived), share)


def _line(name: str, cells: Iterable[object], tail: str) -> str:
    return (f"{name:<58}" + "".join(f"{cell:>11}" for cell in cells) + tail).rstrip()
