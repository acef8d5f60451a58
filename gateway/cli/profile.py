"""`yiqiao profile`: the one file that says how a hospital writes, begun, checked and compared."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.common import check_name, err, fail, out, print_table

if TYPE_CHECKING:
    from gateway.profiles.survey import Survey
    from mappings.dictionary import Dictionary

app = typer.Typer(
    help="Site profiles: one file that says how a hospital writes. They need no store.",
    no_args_is_help=True,
)
NONE = "none"


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="The source's short name, e.g. tjh01.")],
    from_: Annotated[
        list[str] | None,
        typer.Option("--from", help="A file of the hospital's messages; may repeat."),
    ] = None,
    out_: Annotated[
        Path | None, typer.Option("--out", help="Write the profile there, a new file.")
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(help="Address of the hospital; its numbers and codes are named below it."),
    ] = None,
) -> None:
    """Begin a hospital's profile, with what its messages show that it needs.

    What the messages show for certain (assigning authorities, coding systems, the character set)
    becomes rows; what somebody must decide (what a local code means, what a Z-segment says) stands
    there as comments, to be completed. No patient content is written: of codes and names, only
    what has the shape of one.

    For example:

      yiqiao profile new ours --from sample.hl7 --url https://hospital.example.org --out ours.map
    """
    from gateway.profiles.feeds import samples
    from gateway.profiles.starter import starter
    from gateway.profiles.survey import survey
    from mappings.dictionary import LAYERS, read

    check_name(name)
    url = (url or f"https://{name.lower()}.example.org").rstrip("/")
    if not url.startswith(("https://", "http://", "urn:")) or len(url.split()) != 1:
        fail("--url must be an address, as https://hospital.example.org", code=2)
    found = survey(samples(from_ or (), None), name, None)
    text = starter(name, url, found, read(LAYERS, None))
    if out_ is None:
        out.print(text, end="")
        return
    try:
        with out_.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        fail(f"{out_} is there already: choose another name", code=2)
    out.print(f"{out_}: complete it, then: yiqiao profile check {out_}")


@app.command()
def check(
    profile: Annotated[str, typer.Argument(help="The profile: a path, or a name.")],
    against: Annotated[
        list[str] | None, typer.Option(help="A file of messages to try it on; may repeat.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 for a row to look at, too.")
    ] = False,
) -> None:
    """Check a profile, and try it on messages.

    Says which row is wrong, by file, line and reason; then which want looking at: written
    twice, known without them, never reached, used by nobody, or most likely a slip: a code that
    its HL7 table does not have, a condition on a segment or an event that HL7 does not have, a name
    that means something else without it, letters that a file in GBK shows in UTF-8. Each row is
    proven with messages made up for it: one is wrong, too, of which something comes that FHIR does
    not allow, for every message with it would be refused. With messages of your own, also says
    what of them is not understood, as counts by place, and which rows of the profile had nothing
    to do.

    Exit code 0: it can be used. 1: a row is wrong, or a message was rejected.

    For example:

      yiqiao profile check ours.map --against sample.hl7
    """
    from gateway.profiles.checking import check as remarks_on
    from gateway.profiles.proving import unproven
    from gateway.translator import tables
    from mappings.language.tree import TableError
    from mappings.profile import find_profile

    find_profile(profile)
    try:
        dictionary = tables(profile)  # what is wrong is told before what is odd
        remarks = remarks_on(profile)
        forbidden, others = unproven(profile)
    except TableError as fault:
        fail(str(fault))
    told = {remark.where for remark in remarks}
    remarks += [remark for remark in others if remark.where not in told]
    for remark in sorted(remarks):
        err.print(f"{remark.where}: {remark.text}", style="yellow")
    if forbidden:
        fail("\n".join(f"{remark.where}: {remark.text}" for remark in forbidden))
    rejected = _try(profile, dictionary, against) if against else 0
    if rejected:
        fail(f"{profile}: {_many(rejected, 'message')} rejected")
    out.print(f"{profile}: it can be used; {_many(len(remarks), 'row')} to look at")
    if strict and remarks:
        raise typer.Exit(1)


def _try(profile: str, dictionary: Dictionary, files: list[str]) -> int:
    """Translate messages with a profile, and tell how it went; return how many were rejected."""
    from gateway.profiles.checking import idle
    from gateway.profiles.feeds import samples
    from gateway.profiles.survey import survey

    charset = dictionary.settings.get("charset")
    feed = samples(files, charset.value if charset else None)
    found = survey(feed, "profile", profile, explain=True)
    _tell(found)
    for remark in idle(profile, found.rows):
        out.print(f"{remark.where}: {remark.text}")
    kept = found.messages - found.rejected
    out.print(f"{_many(found.messages, 'message')}: {kept} translated, {found.rejected} rejected")
    return found.rejected


def _tell(found: Survey) -> None:
    """Print what was not understood: findings, then what the tables lack."""
    findings = sorted(found.findings.items(), key=lambda item: (-item[1], item[0]))
    if findings:
        print_table(("times", "severity", "finding", "place"), [(n, *what) for what, n in findings])
    lacking = sorted(found.lacking.items(), key=lambda item: (item[0].kind, -item[1], item[0]))
    if lacking:
        out.print()
        print_table(
            ("times", "lacking", "name", "code", "place"), [(n, *what) for what, n in lacking]
        )
    if findings or lacking:
        out.print()


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="A profile: a path, a name, or `none`.")],
    after: Annotated[str, typer.Argument(help="Another one.")],
    feed: Annotated[
        list[str] | None,
        typer.Argument(help="Files of messages to translate with both.", metavar="[FEED…]"),
    ] = None,
    content: Annotated[
        bool, typer.Option("--content", help="Also print values: patient content.")
    ] = False,
) -> None:
    """Show what two profiles do not say alike, and what messages become differently.

    `none` stands for the tables without a profile. Of messages, the elements that differ are
    counted; their values are patient content and are printed only with --content.

    For example:

      yiqiao profile diff none tjh01

      yiqiao profile diff ours.map ours-new.map sample.hl7
    """
    from gateway.profiles.comparing import changed, differences
    from gateway.profiles.feeds import samples
    from gateway.translator import tables
    from mappings.worklist import place

    one, other = (None if name == NONE else name for name in (before, after))
    for profile in (one, other):
        tables(profile)
    print_table(("what", before, after), differences(one, other))
    if not feed:
        return
    out.print()
    found = changed(samples(feed, None), one, other, "profile")
    if content:
        print_table(("message", "element", before, after), found)
        return
    times = Counter((place(c.element), _how(c.before, c.after)) for c in found)
    print_table(("times", "element", "how"), [(n, *what) for what, n in sorted(times.items())])


def _how(before: str | None, after: str | None) -> str:
    if before is None:
        return "only with the second"
    return "only with the first" if after is None else "another value"


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
