"""Golden pairs: what each message in `golden/` becomes, as a document a person can review.

``golden/NAME.PROFILE.hl7`` is a synthetic message, ``golden/NAME.PROFILE.json`` what it becomes:
resources with readable ids, and findings. To write the answers anew after a table changed::

    python -m tests.mappings.golden_pairs

and review the difference (``git diff``) element by element: it is the proof that a row does what
its author meant.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from conformance.definitions import definitions
from mappings.dictionary import Dictionary, load

GOLDEN = Path(__file__).parent / "golden"
_SYSTEM = re.compile(r"(?:https?:|urn:)[^|]*?([^/:|]+)\|")
_OTHER = re.compile(r"[^A-Za-z0-9-]+")


class ReadableIds:
    """Ids that say what they were made of: ``patient-0000012345.Encounter-OP26030100001``."""

    def compartment(self, kind: str, *key: str) -> str:
        """``directory``, or ``patient-`` and the hospital's number."""
        return "directory" if kind == "directory" else f"patient-{_plain(key[-1])}"

    def resource(self, compartment: str, type_: str, *key: str) -> str:
        """The compartment, the type, and the business key."""
        return ".".join([compartment, "-".join([type_, *(_plain(k) for k in key if k)])])[:64]


def _plain(key: str) -> str:
    key = _SYSTEM.sub(r"\1-", key)  # of who gave a number out, the name at the end says enough
    text = "".join(c if c.isascii() else f"{ord(c):x}" for c in key)
    return _OTHER.sub("-", text).strip("-")


@cache
def dictionary(profile: str) -> Dictionary:
    """The dictionary of a hospital; "": of none."""
    return load(definitions(), profile=profile or None)


def messages() -> list[Path]:
    """Every golden message."""
    return sorted(GOLDEN.glob("*.hl7"))


def answer(path: Path) -> dict[str, Any]:
    """What a golden message becomes."""
    profile = path.stem.partition(".")[2]
    text = path.read_text(encoding="utf-8")
    tables = dictionary(profile)
    tables.compiled.memory.clear()  # what is remembered comes in another order than what is made
    translation = tables.translate(text, ReadableIds(), source=profile)
    return {
        "findings": [f"{f.severity} {f.code} {f.location} {f.detail}".rstrip()
                     for f in translation.findings],
        "merges": [list(pair) for pair in translation.merges],
        **({"moves": [list(each) for each in translation.moves]} if translation.moves else {}),
        **({"unnamed": translation.unnamed} if translation.unnamed else {}),
        "envelope": [m.resource for m in translation.envelope],
        "resources": [
            {**m.resource, **({"~erased": list(m.erase)} if m.erase else {}),
             **({"~weak": list(m.weak)} if m.weak else {})}
            for m in translation.made
        ],
    }  # fmt: skip


def main() -> None:
    """Write every answer anew."""
    for path in messages():
        text = json.dumps(answer(path), ensure_ascii=False, indent=1, default="decimal {}".format)
        text = re.sub(r'"decimal ([^"]+)"', r"\1", text)
        path.with_suffix(".json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
