"""FHIR R4 resources as lines of JSON in, what HL7's validator remarks on them out.

The validator is HAPI's packing of it (``pom.xml``), run by ``Validate.java``. Nothing is looked up
while it runs: it has R4's definitions and code systems; of others it knows nothing and warns.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterable
from importlib.resources import as_file, files
from pathlib import Path
from typing import NamedTuple

FAULTS = frozenset({"error", "fatal"})
#: Nobody's patient, with a sex that FHIR does not know: a validator that lets it pass, judges not.
_CANARY = b'{"resourceType":"Patient","gender":"canary"}'


class Remark(NamedTuple):
    """One thing the validator said.

    Attributes
    ----------
    line
        The resource's number, from 1.
    severity
        ``fatal``, ``error``, ``warning`` or ``information``.
    path
        Where: ``Bundle.entry[0].resource/*Patient/x*/.gender``.
    key
        The validator's name for what it says, or an invariant's URL; may be empty.
    text
        What it says. It may quote the resource.
    """

    line: int
    severity: str
    path: str
    key: str
    text: str


class UnreachableError(Exception):
    """Java or Maven is missing here, or Maven reaches nothing; the text says which."""


class BrokenError(Exception):
    """The validator itself failed; the text is its last word."""


def judge(resources: Iterable[bytes]) -> list[Remark]:
    """Have every resource judged, one JSON text without line breaks each.

    Raises
    ------
    UnreachableError
        The validator cannot be had here.
    BrokenError
        It stopped before the end, or passed what no validator may pass.
    """
    lines = [_CANARY, *resources]
    with as_file(files("conformance.official")) as folder:
        classes = _classes(folder)
        said = _run(
            ["java", "-cp", classes, str(folder / "Validate.java")], b"\n".join(lines) + b"\n"
        )
    remarks, judged = [], 0
    for line in said.stdout.decode().splitlines():
        number, severity, *rest = line.split("\t")
        if severity == "done":
            judged += 1
        else:
            path, key, text = rest
            remarks.append(Remark(int(number) - 1, severity, path, key, text))
    if judged != len(lines):
        raise BrokenError(
            f"stopped after {judged} of {len(lines)} resources: {_reason(said.stderr)}"
        )
    if not any(remark.line == 0 and remark.severity in FAULTS for remark in remarks):
        raise BrokenError("passed a resource that is wrong for certain")
    return [remark for remark in remarks if remark.line > 0]


def _classes(folder: Path) -> str:
    """Return the class path, once Maven has what ``pom.xml`` names."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "classpath"
        done = _run(
            ["mvn", "--quiet", "--batch-mode", "--file", str(folder / "pom.xml"),
             "dependency:build-classpath", f"-Dmdep.outputFile={path}"]
        )  # fmt: skip
        if done.returncode:
            raise UnreachableError(f"Maven failed: {_reason(done.stdout or done.stderr)}")
        return path.read_text(encoding="utf-8").strip()


def _run(command: list[str], given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603 - the commands above
            command, input=given, capture_output=True, check=False
        )
    except FileNotFoundError:
        raise UnreachableError(f"no {command[0]} on this machine") from None


def _reason(said: bytes) -> str:
    """Return the first line that says what went wrong: what follows is where to read about it."""
    lines = [line for line in said.decode(errors="replace").splitlines() if line.strip()]
    return next((line for line in lines if "ERROR" in line or "Exception" in line), "no reason")
