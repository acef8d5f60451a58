"""Prepared messages in; versions, links and settled spool rows out, in one transaction.

The transaction takes its commit sequence first, so that what it reads stays true until it has
written (see `gateway.store.store`), and everything a batch needs is read with a few statements,
however many messages it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gateway.ingest.application import Application
from gateway.ingest.findings import finding
from gateway.ingest.pipeline import Pipeline, Prepared, Said
from gateway.ingest.records import merging, moving, naming, pursuing, reissued, surviving, unnamed
from gateway.ingest.settle import settle
from gateway.ingest.things import (
    administrations,
    appointments,
    cancelled_documents,
    cancelled_prescriptions,
    cancelled_reports,
    mentioned_visits,
    named_by_visits,
    numbered_late,
    order_groups,
    order_kinds,
    orders,
    parent_results,
    prior_results,
    recoded_results,
    refused_requests,
    renumbering,
    results,
    snapshots,
    staff,
    unnumbered_visits,
    vaccines,
)
from gateway.ingest.versions.combining import Judges
from gateway.store import NewCompartment, Tx
from mappings.findings import Finding

Told = Sequence[tuple[int, Said]]


def apply(tx: Tx, pipeline: Pipeline, batch: Sequence[Prepared]) -> None:
    """Apply messages, of whatever sources, in their order, and settle them.

    Raises
    ------
    ErasedError
        A message speaks of a record that was erased.
    ConflictError
        A message is not pending any more.
    InvalidError
        Messages cannot stand beside what is known: they are for the quarantine, whole.
    """
    tx.sequence()
    messages: dict[int, Prepared] = {}
    findings: dict[int, list[Finding]] = {}
    waited: set[int] = set()  # messages that orders of these were waited for by
    judges = Judges(pipeline.valid, findings, {})
    for apart in moving.apart(batch):
        prepared = order_kinds.settled(tx, apart)
        messages |= {message.seq: message for message in prepared}
        findings |= {message.seq: list(message.findings) for message in prepared}
        rest = appointments.settled(tx, _in_place(tx, prepared, messages, judges), findings)
        while rest:
            final, rest = orders.settled(tx, rest, judges)
            final = order_groups.settled(tx, final)
            final = refused_requests.settled(tx, final, findings)
            final = vaccines.settled(tx, final, findings)
            final = prior_results.settled(tx, final, findings)
            final = recoded_results.settled(tx, final, findings)
            final = results.settled(tx, final, findings)
            final = cancelled_prescriptions.settled(tx, final)
            final = cancelled_reports.settled(tx, final, findings)
            final = administrations.settled(tx, final, findings)
            final = parent_results.settled(tx, final)
            final = cancelled_documents.settled(tx, final)
            final = mentioned_visits.settled(tx, final, findings)
            final = snapshots.settled(tx, final, findings)
            application = Application(tx, pipeline, final, judges)
            application.compose()
            tx.resources.put_many(application.news, application.rows)
            application.identify()
            waited |= unnamed.note(tx, final)
    settle(tx, list(messages.values()), findings)
    unnamed.wake(tx, waited)


def _in_place(
    tx: Tx, prepared: Sequence[Prepared], messages: dict[int, Prepared], judges: Judges
) -> Told:
    """Return what messages say, each in the record that it is of, with all that has to be there."""
    findings = judges.findings
    told = [(message.seq, message.said) for message in prepared if message.said]
    run = naming.settled(tx, _placed(tx, told, messages, findings), findings)
    run = reissued.settled(tx, merging.settled(tx, run), findings)
    messages |= {seq: messages[seq]._replace(said=said) for seq, said in run}
    run = surviving.settled(tx, run, findings)
    run = merging.awaited(tx, run, _ensure_compartments(tx, [said for _, said in run]))
    surviving.gathered(tx, run, judges)
    named = numbered_late.settled(tx, run, judges)
    named = renumbering.settled(tx, named, judges)
    run = named_by_visits.settled(tx, run, named)
    run = moving.located(tx, unnumbered_visits.settled(tx, run))
    run = [(seq, moving.carried(tx, seq, said, findings[seq])) for seq, said in run]
    return staff.settled(tx, pursuing.settled(tx, run, findings))


def _placed(
    tx: Tx, run: Told, messages: dict[int, Prepared], findings: Mapping[int, list[Finding]]
) -> Told:
    """Return a run with every message in the record it speaks of; one that waits is refused."""
    if not any(said.unnamed or unnamed.is_nobodys(said) for _, said in run):
        return run
    ((seq, said),) = run  # such a message is alone
    known = unnamed.placed(tx, seq, said)
    if known is None:
        found = finding("error", "unknown-order", "ORC" if said.unnamed else "SCH")
        findings[seq].append(found)
        messages[seq] = messages[seq].refused(found)
        return ()
    return ((seq, known),)


def _ensure_compartments(tx: Tx, told: Iterable[Said]) -> set[str]:
    """Make the compartments that are spoken of; a new patient is a new person until linked.

    Return the new patients' compartments.
    """
    wanted: dict[str, NewCompartment] = {}
    for said in told:
        homes = [(made.compartment, made.home) for made in said.made]
        homes += [(compartment, "patient") for pair in said.merges for compartment in pair]
        for compartment, kind in homes:
            wanted[compartment] = NewCompartment(
                compartment, said.feed.tenant, kind, said.feed.organisation
            )
    known = tx.compartments.many(wanted)
    missing = [new for id_, new in wanted.items() if id_ not in known]
    patients = [new for new in missing if new.kind == "patient"]
    for tenant in {new.tenant for new in patients}:
        theirs = [new for new in patients if new.tenant == tenant]
        persons = tx.persons.create(tenant, len(theirs))
        for new, person in zip(theirs, persons, strict=True):
            wanted[new.id] = new._replace(person=person)
    tx.compartments.ensure(wanted[new.id] for new in missing)
    return {new.id for new in patients}
