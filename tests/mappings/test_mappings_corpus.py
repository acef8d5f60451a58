"""Every message of a corpus, where one is given: no crash, valid resources, reasons for refusals.

``YIQIAO_TEST_CORPUS`` names a folder of files that hold messages; without it nothing is collected.
"""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path

import pytest

from adapters.charset import UndecodableError, decode
from adapters.files import Kind, split_messages
from conformance.definitions import definitions
from conformance.validator import Validator
from mappings.dictionary import load

CORPUS = os.environ.get("YIQIAO_TEST_CORPUS")
FOLDERS = sorted(p for p in Path(CORPUS).iterdir() if p.is_dir()) if CORPUS else []
VALIDATOR = Validator()


class HashedIds:
    """Ids that two things never share; readable ones are too short for that."""

    def compartment(self, kind: str, *key: str) -> str:
        return blake2b(repr((kind, key)).encode(), digest_size=8).hexdigest()

    def resource(self, compartment: str, type_: str, *key: str) -> str:
        name = repr((compartment, type_, key)).encode()
        return f"{compartment}.{blake2b(name, digest_size=8).hexdigest()}"


#: Types of which every well-formed message is translated.
NAMED = frozenset({
    "ADT", "BAR", "DFT", "MDM", "OMG", "OMI", "OML", "OMP", "ORL", "ORM", "ORR", "ORU", "OUL",
    "PPR", "RAS", "RDE", "RDS", "REF", "RGV", "RSP", "SIU", "VXU",
})  # fmt: skip


def _is_well_formed(text: str, type_: str) -> bool:
    """Whether a message of a named type says whose it is: a number or a name in its PID."""
    pids = (line.split("|") for line in text.splitlines() if line.startswith("PID|"))
    named = any(field.strip("^~& ") for pid in pids for field in pid[2:6])
    return type_.partition("^")[0] in NAMED and named


if FOLDERS:

    @pytest.mark.corpus
    @pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
    def test_corpus(folder: Path) -> None:
        dictionary = load(definitions())
        seen = 0
        for path in sorted(folder.rglob("*.hl7")):
            for piece in split_messages(path.read_bytes()):
                if piece.kind is not Kind.MESSAGE:
                    continue
                try:
                    text = decode(piece.octets).text
                except UndecodableError:
                    continue
                made = dictionary.translate(text, HashedIds(), source="corpus")
                seen += 1
                for each in [*made.envelope, *made.made]:
                    assert VALIDATOR.errors(each.resource) == [], path
                if made.rejected:
                    assert made.made == []
                    assert any(f.severity == "error" for f in made.findings), path
                    assert not _is_well_formed(text, made.type), path
        assert seen
