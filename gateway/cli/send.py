"""`yiqiao send`: files of messages in, acknowledgements out, over MLLP."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from gateway.cli.common import err, fail, out

_MANY = 20  # messages from which a progress bar tells more than their acknowledgements


def send(
    files: Annotated[list[Path], typer.Argument(help="Files of HL7v2 messages.", metavar="FILE…")],
    to: Annotated[str, typer.Option("--to", help="Where to send: mllp://host:port or mllps://…")],
    connections: Annotated[
        int, typer.Option(min=1, max=256, help="Connections; order is kept over one.")
    ] = 1,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for each answer.")] = 30.0,
    ca: Annotated[Path | None, typer.Option(help="PEM authorities to trust, for mllps://.")] = None,
    certificate: Annotated[
        Path | None, typer.Option(help="PEM certificate chain to show, for mllps://.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="PEM private key, if it is not in the same file.")
    ] = None,
) -> None:
    """Send HL7v2 messages over MLLP and print their acknowledgements.

    Exit code 1 if any message was not accepted (AA or CA).

    Example: yiqiao send feed.hl7 --to mllp://127.0.0.1:2575
    """
    import asyncio

    from rich.progress import Progress

    from adapters.mllp.client import Sent, send_all

    scheme, host, port = _address(to)
    tls = _tls(ca, certificate, key) if scheme == "mllps" else None
    total = sum(1 for _ in _messages(files))
    if not total:
        fail("no message found in the files")
    accepted = 0
    with Progress(console=err, transient=True, disable=total < _MANY) as progress:
        task = progress.add_task("sending", total=total)

        def on_sent(sent: Sent) -> None:
            nonlocal accepted
            accepted += sent.accepted
            progress.advance(task)
            if total < _MANY or not sent.accepted:
                out.print(_line(sent), markup=False)

        asyncio.run(
            send_all(
                host,
                port,
                _messages(files),
                on_sent,
                connections=connections,
                timeout=timeout,
                tls=tls,
            )
        )
    err.print(
        f"{accepted} of {total} messages accepted", style="green" if accepted == total else "red"
    )
    if accepted != total:
        raise typer.Exit(1)


def _address(to: str) -> tuple[str, str, int]:
    try:
        address = urlsplit(to)
        scheme, host, port = address.scheme, address.hostname, address.port
    except ValueError:  # a port that is no number, a bracket left open
        scheme, host, port = "", None, None
    if scheme not in {"mllp", "mllps"} or not host or not port:
        fail("--to must be mllp://host:port or mllps://host:port", code=2)
    return scheme, host, port


def _messages(files: list[Path]) -> Iterator[bytes]:
    from adapters.files import Kind, split_messages

    for path in files:
        try:
            octets = path.read_bytes()
        except OSError as fault:
            fail(f"{path}: {fault.strerror}", code=2)
        yield from (p.octets for p in split_messages(octets) if p.kind is Kind.MESSAGE)


def _line(sent: object) -> str:
    from adapters.mllp.client import Sent

    assert isinstance(sent, Sent)
    number = sent.number + 1
    if sent.acknowledgement is None:
        return f"message {number}: no acknowledgement: {sent.fault}"
    ack = sent.acknowledgement
    return f"message {number}: {ack.code or '?'} {ack.control_id} {ack.text}".rstrip()


def _tls(ca: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca)
    except OSError as fault:  # ssl.SSLError is one
        fail(f"{ca}: {fault.strerror}", code=2)
    if certificate is not None:
        try:
            context.load_cert_chain(certificate, key)
        except OSError as fault:
            fail(f"{certificate}: {fault.strerror}", code=2)
    return context
