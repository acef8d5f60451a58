"""`yiqiao quarantine`: messages that could not be translated; nothing is ever dropped."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from gateway.cli.common import fail, open_store, out, print_table, when

app = typer.Typer(
    help="Messages that could not be translated. Nothing is ever dropped.", no_args_is_help=True
)


@app.command("list")
def list_(
    source: Annotated[str | None, typer.Option(help="Only this source's.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100,
    after: Annotated[int, typer.Option(help="Only numbers above this.")] = 0,
) -> None:
    """List quarantined messages, oldest first."""
    with open_store() as (_, store), store.read() as tx:
        if source is not None and tx.directory.source(source) is None:
            fail(f"there is no source {source}")
        entries = tx.spool.entries(source=source, limit=limit, after=after)
    print_table(
        ("number", "received", "source", "type", "control id", "reason"),
        [
            (e.seq, when(e.received), e.source, e.message_type, e.control_id, e.reason)
            for e in entries
        ],
    )


@app.command()
def show(
    number: Annotated[int, typer.Argument(help="The message's number.")],
    content: Annotated[
        bool, typer.Option("--content", help="Also print the message: patient content.")
    ] = False,
) -> None:
    """Say why a message is in quarantine."""
    from gateway.audit.events import SUCCESS, Event
    from gateway.audit.log import AuditLog
    from gateway.ingest.findings import load

    with open_store() as (settings, store):
        with store.read() as tx:
            message = tx.spool.get(number)
            if message is None:
                fail(f"there is no message {number}")
            entry = message.entry
            out.print(f"message {entry.seq} {entry.message_type} {entry.control_id}")
            out.print(f"  source {entry.source or 'unknown'}, received {when(entry.received)}")
            for name in (entry.sender or "").splitlines():
                out.print(f"  sender {name}")
            out.print(f"  {entry.state}{f': {entry.reason}' if entry.reason else ''}")
            for finding in load(tx.spool.findings(message) or b"[]"):
                said = (
                    finding[part] for part in ("severity", "location", "code", "text", "detail")
                )
                out.print(f"  {': '.join(filter(None, dict.fromkeys(said)))}")
            raw = tx.spool.raw(message) if content else None
        if raw is not None:
            event = Event("operation", SUCCESS, "quarantine-content", tenant=settings.tenant,
                          request=f"quarantine show {number} --content")  # fmt: skip
            AuditLog(store, settings.fhir_base).record(event)  # before anybody sees it
    if raw is not None:
        out.print(re.sub("\r\n?", "\n", _readable(raw, entry.charset)))


def _readable(raw: bytes, charset: str | None) -> str:
    """Return a message as text; octets that are none, escaped."""
    from adapters.charset import UndecodableError, decode

    try:
        return decode(raw, connection=charset).text
    except UndecodableError as fault:
        return raw.decode(fault.charset if fault.known else "ascii", "backslashreplace")


@app.command()
def replay(
    numbers: Annotated[
        list[int] | None, typer.Argument(help="Messages to try again.", metavar="[NUMBER…]")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Try all of them again.")] = False,
) -> None:
    """Put messages back into the queue, after the mapping (or the source) was mended.

    A running gateway takes up changed sources and site profiles within seconds, the tables that
    come with the program when it is started again.
    """
    if not numbers and not everything:
        fail("name messages, or say --all", code=2)
    from gateway.ingest.arrival.replay import replay as replay_messages
    from gateway.translator import Translator

    translator = Translator()
    with open_store() as (_, store):
        done = replay_messages(
            store,
            None if everything else numbers,
            knows=translator.knows,
        )
    out.print(f"{done.pending} messages wait again; a running gateway takes them now")
    if done.quarantined:
        out.print(f"{done.quarantined} still cannot be read and stay in quarantine")
    absent = 0 if everything else len(set(numbers or ())) - done.pending - done.quarantined
    if absent:
        fail(f"{absent} of these numbers {'is' if absent == 1 else 'are'} not in quarantine")
