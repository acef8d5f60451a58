"""`yiqiao person`: which hospitals' records are one person's, where a human has to decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.common import open_store, out, print_table, when

if TYPE_CHECKING:
    from gateway.settings import Settings
    from gateway.store import Store, Tx

app = typer.Typer(help="Which records are one person's.", no_args_is_help=True)


@app.command()
def reviews() -> None:
    """List records that may be one person's but lack proof.

    Records are named by their ids: what they say is read through the FHIR API, by whoever may.
    """
    with open_store() as (_, store), store.read() as tx:
        rows = [
            (one.id, one.compartment, one.candidate, one.reason, when(one.created))
            for one in tx.persons.reviews()
        ]
    print_table(("number", "record", "may be of person", "reason", "since"), rows)


@app.command()
def decide(
    number: Annotated[int, typer.Argument(help="The review's number.")],
    same: Annotated[
        bool, typer.Option("--same/--different", help="Whether it is the same person's.")
    ],
) -> None:
    """Settle a review: link the record to the person, or keep them apart for good."""
    with open_store() as (settings, store), store.begin() as tx:
        review = next((one for one in tx.persons.reviews() if one.id == number), None)
        tx.persons.decide(number, linked=same)
        if review is not None:
            reason = "linked-by-review" if same else "kept-apart-by-review"
            _audit(store, settings, tx, reason, [review.compartment, review.candidate])
    out.print(f"review {number} is settled: {'the same' if same else 'different people'}")


@app.command()
def unlink(
    record: Annotated[str, typer.Argument(help="The record's id: an id's part before the dot.")],
) -> None:
    """Take a record away from its person; no rule will link it back."""
    with open_store() as (settings, store), store.begin() as tx:
        before = tx.compartments.get(record)
        person = tx.persons.unlink(record)
        former = [before.person] if before is not None and before.person else []
        _audit(store, settings, tx, "unlinked", [*former, person])
    out.print(f"record {record} stands alone, as person {person}")


def _audit(store: Store, settings: Settings, tx: Tx, reason: str, persons: list[str]) -> None:
    from gateway.audit.events import SUCCESS, Event
    from gateway.audit.log import AuditLog

    event = Event("update", SUCCESS, reason, tenant=settings.tenant, persons=sorted(persons))
    AuditLog(store, settings.fhir_base).append(tx, event)
