"""`yiqiao conformance`: what the tables say, proven by messages and held beside HL7's maps."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.common import err, fail, out

if TYPE_CHECKING:
    from mappings.proof.proof import Judged, Proof

app = typer.Typer(help="What the mapping tables say, proven.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `tables` a command of its own while it is the only one."""


@app.command()
def tables(
    profile: Annotated[
        str | None,
        typer.Option("--profile", "-p", help="Site profile: a name, or the path of a .map file."),
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(
            "--map",
            help="One map (PID[Patient]), code table, list of names or message structure alone.",
        ),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Print every row, with the message that shows it.")
    ] = False,
    failures: Annotated[
        bool,
        typer.Option("--failures", help="Print only what is not satisfied, with its message."),
    ] = False,
    published: Annotated[
        Path | None,
        typer.Option(
            help="Instead, compare with HL7's published v2-to-FHIR maps (CSV) in this folder.",
            file_okay=False,
        ),
    ] = None,
) -> None:
    """Prove that every row of the mapping tables does what it says.

    For each row a message is made up that values its field, with its condition true; the element
    must have the expected value. The same message without the field, and with the condition
    false, must not have it. Prints how many rows were exercised and satisfied, and how many
    waivers of published rows there are, by map. Exit code 1 if a row is not satisfied.

    With --published, says how many of HL7's published rows our tables satisfy, mend, waive and
    miss, and how many they would, but no message reaches. Exit code 1 if one is missing.
    """
    if published is not None:
        _compare(published, maps=verbose)
        return
    proof = _prove(profile, only)
    if not failures:
        _print_counts(proof)
    wrong, idle = proof.of("unsatisfied"), proof.of("idle")
    _print_rows(proof.judged if verbose else wrong, messages=verbose or failures)
    if not verbose:
        _print_rows(idle, messages=False)
    uncalled = sorted({judged.verdict.map for judged in proof.judged if judged.uncalled})
    if uncalled:
        out.print(f"called by no row: {', '.join(uncalled)}")
    if wrong:
        err.print(f"{len(wrong)} rows do not do what they say", style="red")
        raise typer.Exit(1)


def _prove(profile: str | None, only: str | None) -> Proof:
    from gateway.proving import proof
    from mappings.proof.proof import UnknownTableError

    try:
        return proof(profile=profile, only=[only] if only else ())
    except UnknownTableError as fault:
        fail(str(fault), code=2)


def _print_counts(proof: Proof) -> None:
    from importlib.resources import files

    from conformance.waivers import waivers
    from mappings.proof.report import table

    waived = waivers(Path(str(files("conformance"))) / "waivers.tsv")
    text = table(proof, lambda names: sum(any(map(w.concerns, names)) for w in waived))
    out.print(text)
    out.print(f"{proof.messages} messages translated")


def _print_rows(judged: Iterable[Judged], *, messages: bool) -> None:
    for _, verdict, _ in judged:
        line = f"{verdict.verdict:<12}{verdict.where}  {verdict.map}  {verdict.row}"
        out.print(f"{line}: {verdict.why}" if verdict.why else line)
        if messages:
            for segment in verdict.message.split("\r"):
                if segment:
                    out.print(f"    {segment}")


def _compare(folder: Path, *, maps: bool) -> None:
    from importlib.resources import files

    from conformance.published import report
    from conformance.waivers import waivers
    from mappings.dictionary import LAYERS, read
    from mappings.language.plain import (
        built_in_codes,
        plain_codes,
        plain_mentions,
        plain_references,
        plain_rows,
    )
    from mappings.proof.callers import never_called

    ours = read(LAYERS, None)  # as they run: a country's layer must not undo the standard
    try:
        found = report(
            folder,
            plain_rows(ours),
            [*plain_codes(ours), *built_in_codes()],
            plain_mentions(ours),
            waivers(Path(str(files("conformance"))) / "waivers.tsv"),
            never_called(ours),
            plain_references(ours),
        )
    except ValueError as fault:
        fail(str(fault), code=2)
    if not found.verdicts:
        fail(f"{folder} has no published maps", code=2)
    out.print(found.text(maps=maps))
    out.print(found.shares())
    if found.missing:
        raise typer.Exit(1)
