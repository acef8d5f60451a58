"""`python -m conformance.official FILE…`: resources as lines of JSON in, HL7's remarks on them out.

Exits with 1 where an error is found, with 2 where nothing could be judged. With ``--if-reachable``
a machine without Java or Maven is told and passed over.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from conformance.official.judge import FAULTS, BrokenError, Remark, UnreachableError, judge


def main(arguments: list[str] | None = None) -> int:
    """Judge the resources of files; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m conformance.official", description="Have HL7's validator judge resources."
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="NDJSON of resources")
    parser.add_argument("--warnings", action="store_true", help="show warnings too")
    parser.add_argument(
        "--if-reachable", action="store_true", help="pass where Java or Maven cannot be had"
    )
    options = parser.parse_args(arguments)
    lines = [line for file in options.files for line in file.read_bytes().splitlines() if line]
    try:
        remarks = judge(lines)
    except UnreachableError as why:
        _say(f"official validation NOT RUN: {why}")
        return 0 if options.if_reachable else 2
    except BrokenError as why:
        _say(f"official validation FAILED: {why}")
        return 2
    shown = FAULTS | {"warning"} if options.warnings else FAULTS
    for remark in remarks:
        if remark.severity in shown:
            _say(_line(lines[remark.line - 1], remark))
    count = Counter("error" if r.severity in FAULTS else r.severity for r in remarks)
    _say(f"official validation: {len(lines)} judged, {count['error']} errors, "
         f"{count['warning']} warnings")  # fmt: skip
    return 1 if count["error"] else 0


def _line(resource: bytes, remark: Remark) -> str:
    name = json.loads(resource).get("id", f"line {remark.line}")
    return f"{remark.severity}: {name}: {remark.path}: {remark.text} ({remark.key})"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
