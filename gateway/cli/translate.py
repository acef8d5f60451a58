"""`yiqiao translate`: HL7v2 in, one line of FHIR JSON a message out, without any store."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast
from urllib.parse import quote

import orjson
import typer

from gateway.cli.common import check_name, err, fail

if TYPE_CHECKING:
    from io import BufferedReader

    from gateway.ingest.ids import DerivedIds
    from gateway.translator import Translator
    from mappings.findings import Finding
    from mappings.translate import Translation


class As(StrEnum):
    """What kind of Bundle to make."""

    TRANSACTION = "transaction"
    MESSAGE = "message"


#: Ids made on the command line come from this, so that anyone gets the same; a gateway's own ids
#: come from a key of its own.
_PUBLIC = b"yiqiao translate: not a secret".ljust(32, b".")
_CHUNK = 1 << 20


def translate(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            help="Files of HL7v2 messages, or - for standard input.", metavar="[FILE…|-]"
        ),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option("--profile", "-p", help="Site profile: a name, or the path of a .map file."),
    ] = None,
    as_: Annotated[
        As,
        typer.Option(
            "--as", help="A transaction Bundle of what one message says by itself, or a message."
        ),
    ] = As.TRANSACTION,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Say which row made each element, and what became of each field.",
        ),
    ] = False,
    charset: Annotated[
        str | None,
        typer.Option(
            "--charset", help="Character set of the files; overrides the profile's and MSH-18."
        ),
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="Name of the source; else MSH-4 names it.")
    ] = None,
) -> None:
    """Translate HL7v2 messages into FHIR R4.

    Prints one line of JSON a message, in input order: a Bundle, or an OperationOutcome where the
    message was rejected. Findings (what was not understood) go to standard error. Nothing is
    stored. Exit code 1 if any message was rejected.

    A transaction Bundle holds what one message says, and nothing of others: it is for looking at,
    and for a FHIR server that knows nothing yet of what it speaks of. Each entry is a PUT; posted
    after another one, it takes away what that had told and this message does not repeat. Nor does
    it say what a message takes back, closes or moves. A record that grows message by message is
    the gateway's: receive them (yiqiao serve) and read the record by FHIR.

    For example:

      yiqiao translate feed.hl7 --profile tjh01 > bundles.ndjson

      cat one.hl7 | yiqiao translate - --explain
    """
    from adapters.charset import codec_named
    from gateway.ingest.ids import DerivedIds
    from gateway.keys.hashes import Hashes
    from gateway.translator import Translator

    if source is not None:
        check_name(source)
    if charset is not None and codec_named(charset) is None:
        fail(f"no character set is called {charset!r}", code=2)
    translator = Translator()
    said = translator.dictionary(profile).settings.get("charset")
    run = _Run(
        translator,
        DerivedIds(Hashes(_PUBLIC), "public"),
        profile,
        as_,
        explain=explain,
        charset=charset or (said.value if said else None),
        source=source,
    )
    for name in files or ["-"]:
        run.file(name)
    if not run.count:
        fail("no message found in the input")
    if run.rejected:
        err.print(f"{run.rejected} of {run.count} messages rejected", style="red")
        raise typer.Exit(1)


class _Run:
    """One run of the command: its options and its counts."""

    def __init__(
        self,
        translator: Translator,
        ids: DerivedIds,
        profile: str | None,
        as_: As,
        *,
        explain: bool,
        charset: str | None,
        source: str | None,
    ) -> None:
        self.translator, self.ids = translator, ids
        self.profile, self.as_, self.explain = profile, as_, explain
        self.charset, self.source = charset, source
        self.count = self.rejected = 0

    def file(self, name: str) -> None:
        """Translate the messages of a file; one that has something in it, and none, is rejected."""
        from adapters.charset import UndecodableError
        from adapters.files import Kind, split_messages

        before, stray = self.count, 0
        try:
            for piece in split_messages(_chunks(name)):
                if piece.kind is Kind.MESSAGE:
                    self.message(piece.octets)
                elif piece.kind is Kind.NOISE:
                    err.print(
                        f"{name}: {len(piece.octets)} octets that belong to no message",
                        style="yellow",
                    )
                    stray += len(piece.octets)
        except UndecodableError as fault:  # of a file in UTF-16 or UTF-32
            self._reject("undecodable", str(fault))
        else:
            if stray and self.count == before:
                self._reject("missing-msh")

    def message(self, octets: bytes) -> None:
        """Translate one message and print it."""
        from adapters.charset import UndecodableError
        from gateway.ingest.findings import of_reading
        from gateway.profiles.feeds import decode_as

        try:
            decoded = decode_as(octets, self.charset)
        except UndecodableError as fault:
            self._reject("undecodable", str(fault))
            return
        text = decoded.content.text
        result = self.translator.translate(
            decoded.content,
            self.ids,
            source=self.source or _facility(text) or "local",
            profile=self.profile,
            explain=self.explain,
        )
        self._tell(result)
        self._say([*of_reading(decoded.doubts), *result.findings], result.control_id)
        if self.explain and result.header is not None:
            self._explain(text, result)

    def _explain(self, text: str, result: Translation) -> None:
        """Say which field and row made each element, then what became of each valued field."""
        from mappings.explain import fates, of_the_message

        apart = of_the_message(result) if self.as_ is As.TRANSACTION else frozenset()
        number = f"message {self.count}{_named(result.control_id)}"
        err.print(f"{number}: which field and row made each element:")
        told = (trace[:4] for trace in result.explained)
        for element, location, row, layer in dict.fromkeys(told):  # a place may be named twice
            if element.partition(".")[0] not in apart:
                err.print(f"  {location:<16} → {element:<48} {row} ({layer})")
        err.print(f"{number}: what became of each valued field:")
        for fate in fates(text, result, apart):
            err.print(f"  {fate.location:<16} {fate.kind:<8} {fate.text}")

    def _tell(self, result: Translation) -> None:
        from mappings.bundle import bundle, operation_outcome

        self.count += 1
        self.rejected += result.rejected
        if result.rejected:
            errors = [finding for finding in result.findings if finding.severity == "error"]
            _print(orjson.dumps(operation_outcome(errors)))
        else:
            _print(bundle(result, self.as_.value))

    def _reject(self, code: str, detail: str = "") -> None:
        """Reject what could not even be read as a message."""
        from mappings.findings import Finding
        from mappings.translate import Translation

        findings = [Finding("error", code, "message", detail)]
        self._tell(Translation([], [], findings, [], "", "", []))
        self._say(findings, "")

    def _say(self, findings: Iterable[Finding], control_id: str) -> None:
        for finding in findings:
            err.print(
                f"message {self.count}{_named(control_id)}: "
                f"{finding.severity}: {finding.location}: {finding.code}: {finding.text}"
            )


def _chunks(name: str) -> Iterator[bytes]:
    if name == "-":
        while chunk := cast("BufferedReader", sys.stdin.buffer).read1(_CHUNK):  # as it comes
            yield chunk
        return
    with Path(name).open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _named(control_id: str) -> str:
    return f" ({control_id})" if control_id else ""


def _facility(text: str) -> str:
    from mappings.hl7v2 import MessageError, parse

    try:
        return quote(parse(text.partition("\r")[0]).header.value("4"), safe="")  # it goes into URIs
    except MessageError:
        return ""


def _print(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()
