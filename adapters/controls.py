r"""A message in; where it has control characters, which no value can keep, out.

FHIR's strings have none but tabs and line ends, so the others are left out of names and texts
wherever they come from: a field cut out of a terminal's output, a barcode's separators, NULs of
fixed-width records. What was left out, somebody may have to look at. A sequence nobody can read
(ISO 2022) begins with one, too.
"""

import re
from collections import Counter
from collections.abc import Iterator

__all__ = ["CONTROLS", "has_controls", "places"]

CONTROLS = "control-characters"

_CHUNK = 1 << 16
_PLAIN = bytes(octet for octet in range(256) if octet >= 0x20 or octet in b"\t\r\n")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_WRITTEN = re.compile(  # as escape sequences, alone or among others
    r"\\X(?:[0-9A-F]{2})*?(?:0[0-8BCEF]|1[0-9A-F])(?:[0-9A-F]{2})*\\", re.IGNORECASE
)
_AROUND = "\ufeff\r\n\x0b\x1c\0 "  # a frame's octets, and what fills it


def has_controls(raw: bytes) -> bool:
    """Whether octets of a set compatible with ASCII may have control characters."""
    for start in range(0, len(raw), _CHUNK):
        if raw[start : start + _CHUNK].translate(None, _PLAIN):  # of a large one no copy is made
            return True
    return b"\\X" in raw


def places(text: str) -> Iterator[str]:
    """Yield the fields of a message that have control characters: ``PID-5``."""
    counts: Counter[str] = Counter()
    separator = "|"
    for line in re.split("[\r\n]+", text.strip(_AROUND)):
        if not counts:
            separator = line[3:4] or separator
        name = line[:3]
        counts[name] += 1
        found = [one.start() for form in (_CONTROL, _WRITTEN) for one in form.finditer(line)]
        if found and not (name.isalnum() and line[3:4] == separator):
            yield "message"
            continue
        first = 1 if name == "MSH" else 0
        ordinal = f"[{counts[name]}]" if counts[name] > 1 else ""
        for number in sorted({line.count(separator, 0, at) + first for at in found}):
            yield f"{name}{ordinal}-{number}"
