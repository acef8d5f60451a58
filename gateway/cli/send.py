"""`yiqiao send`: files of messages in, acknowledgements out, over MLLP."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from gateway.cli.common import err, fail, out

if TYPE_CHECKING:
    from adapters.files import Piece

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
    tls = None
    if scheme == "mllps":
        tls = _tls(ca, certificate, key)
    elif ca or certificate or key:
        fail("--ca, --certificate and --key are for mllps://", code=2)
    total = sum(_count(path) for path in files)
    accepted = 0
    with Progress(console=err, transient=True, disable=total < _MANY) as progress:
        task = progress.add_task("sending", total=total)

        def on_sent(sent: Sent) -> None:
            nonlocal accepted
            accepted += sent.accepted
            progress.advance(task)
            if total < _MANY or not sent.accepted:
                out.print(_line(sent))

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


def _count(path: Path) -> int:
    """Return how many messages a file has, and tell what else is in it."""
    from adapters.files import Kind

    found = list(_pieces(path))
    stray = sum(len(piece.octets) for piece in found if piece.kind is Kind.NOISE)
    if stray:
        err.print(f"{path}: {stray} octets that belong to no message", style="yellow")
    count = sum(piece.kind is Kind.MESSAGE for piece in found)
    if not count:
        fail(f"{path}: no message found in it")
    return count


def _messages(files: list[Path]) -> Iterator[bytes]:
    from adapters.files import Kind

    for path in files:
        yield from (piece.octets for piece in _pieces(path) if piece.kind is Kind.MESSAGE)


def _pieces(path: Path) -> Iterator[Piece]:
    from adapters.charset import UndecodableError
    from adapters.files import split_messages

    try:
        yield from split_messages(path.read_bytes())
    except UndecodableError as fault:  # of a file in UTF-16 or UTF-32
        fail(f"{path}: {fault}")


def _line(sent: object) -> str:
    from adapters.mllp.client import Sent

    assert isinstance(sent, Sent)
    number = sent.number + 1
    if sent.acknowledgement is None:
        return f"message {number}: no acknowledgement: {sent.fault}"
    ack = sent.acknowledgement
    return f"message {number}: {ack.code or '?'} {ack.control_id} {ack.text}".rstrip()


def _tls(ca: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    from adapters.mllp.pem import PemError, show, trust

    if key is not None and certificate is None:
        fail("--key goes with --certificate", code=2)
    # Not ssl.create_default_context(): from Python 3.13 on it refuses authorities that do not say
    # all that RFC 5280 asks of one, and a hospital's own may be old.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        if ca is not None:
            trust(context, ca)
        else:
            context.load_default_certs()
        if certificate is not None:
            show(context, certificate, key)
    except PemError as fault:
        fail(str(fault), code=2)
    return context
