"""`yiqiao source`: hospitals whose feeds are taken."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.common import check_name, fail, open_store, out, print_table
from gateway.cli.worklist import worklist

if TYPE_CHECKING:
    from gateway.store import Store

app = typer.Typer(help="Hospitals whose feeds are taken.", no_args_is_help=True)
app.command("worklist")(worklist)

_CERTIFICATE = (
    "A certificate it sends with over MLLP, and nobody else: a PEM file, sha256:…, dns:…, subject:…"
)


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Short name, e.g. tjh01.")],
    facility: Annotated[str, typer.Option(help="What the hospital writes in MSH-4.")],
    title: Annotated[str | None, typer.Option(help="The hospital's full name.")] = None,
    profile: Annotated[
        str | None, typer.Option(help="Site profile: a name, or the path of a .map file.")
    ] = None,
    charset: Annotated[str | None, typer.Option(help="Overrides MSH-18.")] = None,
    timezone: Annotated[
        str, typer.Option(help="For times without an offset: an offset, or an IANA name.")
    ] = "+08:00",
    identifier: Annotated[
        str | None, typer.Option(help="Official identifier, as SYSTEM|VALUE.")
    ] = None,
    certificate: Annotated[
        list[str] | None, typer.Option(help=f"{_CERTIFICATE}; one or more.")
    ] = None,
) -> None:
    """Register a hospital as a source.

    Example: yiqiao source add tjh01 --facility TJH01 --profile tjh01 --title 天津测试医院
    """
    check_name(name)
    from sqlalchemy.exc import IntegrityError

    from gateway.store.models import Organisation, Source

    _check(charset, timezone, facility)
    system, _, value = (identifier or "").rpartition("|")
    if identifier and not (system and value):
        fail("--identifier must be SYSTEM|VALUE", code=2)
    profile = _profile(profile)
    certificates = _certificates(certificate or [])
    with open_store() as (settings, store):
        try:
            with store.begin() as tx:
                tx.directory.add(
                    Organisation(
                        id=name, tenant=settings.tenant, kind="source", name=title or name,
                        identifier_system=system or None, identifier_value=value or None,
                        created=tx.now,
                    )
                )  # fmt: skip
                tx.directory.add(
                    Source(organisation=name, facility=facility, profile=profile,
                           charset=charset, timezone=timezone, certificates=certificates)
                )  # fmt: skip
        except IntegrityError:
            fail(_taken(store, name, facility))
    out.print(f"source {name}: messages with MSH-4 {facility} are taken")


@app.command()
def change(
    name: Annotated[str, typer.Argument(help="The source's short name.")],
    facility: Annotated[str | None, typer.Option(help="What it writes in MSH-4.")] = None,
    profile: Annotated[
        str | None, typer.Option(help="Site profile; an empty one takes it away.")
    ] = None,
    charset: Annotated[
        str | None, typer.Option(help="Overrides MSH-18; an empty one takes it away.")
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(help="For times without an offset: an offset, or an IANA name.")
    ] = None,
    certificate: Annotated[
        list[str] | None,
        typer.Option(help=f"{_CERTIFICATE}. All it has from now on; an empty one takes them away."),
    ] = None,
) -> None:
    """Change how a source's messages are read, for instance before a quarantine is replayed.

    A running gateway takes a change up within seconds, and so one of a profile's file.
    """
    from sqlalchemy.exc import IntegrityError

    _check(charset or None, timezone, facility)
    values: dict[str, object] = {}
    if facility is not None:
        values["facility"] = facility
    if profile is not None:
        values["profile"] = _profile(profile or None)
    if charset is not None:
        values["charset"] = charset or None
    if timezone is not None:
        values["timezone"] = timezone
    if certificate is not None:
        values["certificates"] = _certificates(certificate)
    if not values:
        fail("say what to change", code=2)
    with open_store() as (_, store):
        try:
            with store.begin() as tx:
                done = tx.directory.change_source(name, **values)
        except IntegrityError:
            fail(_taken(store, "", facility))
    if not done:
        fail(f"there is no source {name}")
    out.print(f"source {name} is changed")


def _taken(store: Store, name: str, facility: str | None) -> str:
    """Say which of the two is registered already, and as what."""
    with store.read() as tx:
        known = tx.directory.organisation(name)
        owners = [one.organisation for one in tx.directory.sources() if one.facility == facility]
    if known is None:
        return f"facility {facility} is registered already: it is source {', '.join(owners)}'s"
    if known.kind == "source":
        return f"source {name} is registered already: yiqiao source change {name} changes it"
    return f"{name} is registered already, as {known.kind}: choose another name"


def _check(charset: str | None, timezone: str | None, facility: str | None) -> None:
    if facility is not None:
        first = re.split(r"[|^~&]", facility)[0].strip()
        if first != facility or not first:
            meant = f": write {first}" if first else ""
            fail(f"{facility!r} is not what MSH-4.1 can say{meant}", code=2)
    if charset is not None:
        from adapters.charset import codec_named

        if codec_named(charset) is None:
            fail(f"no character set is called {charset!r}", code=2)
    if timezone is not None:
        from mappings.runtime.text.zones import zone_named

        if zone_named(timezone) is None:
            fail(
                f"{timezone!r} is no offset such as +08:00, nor a zone such as Asia/Shanghai",
                code=2,
            )


def _certificates(written: list[str]) -> str:
    """Return names of certificates as the store has them; empty words name none."""
    return "\n".join(sorted({_certificate(one) for one in written if one}))


def _certificate(written: str) -> str:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    from adapters.mllp.certificates import fingerprint, name_of

    try:
        return name_of(written)
    except ValueError as fault:
        if not Path(written).is_file():
            fail(f"{fault}; nor is there such a file", code=2)
    try:
        found = x509.load_pem_x509_certificate(Path(written).read_bytes())
    except ValueError:
        fail(f"{written}: no certificate in PEM", code=2)
    return fingerprint(found.public_bytes(Encoding.DER))


def _profile(profile: str | None) -> str | None:
    """Compile a profile, which refuses a wrong row, and name it so that any process finds it."""
    from gateway.translator import tables
    from mappings.profile import find_profile

    tables(profile)
    if profile is not None and find_profile(profile) == Path(profile):
        return str(Path(profile).resolve())  # the gateway may be started from elsewhere
    return profile


@app.command("list")
def list_() -> None:
    """List the sources."""
    with open_store() as (_, store), store.read() as tx:
        names = {o.id: o.name for o in tx.directory.organisations()}
        rows = [
            (
                s.organisation,
                s.facility,
                names.get(s.organisation),
                s.profile,
                s.charset,
                s.timezone,
                s.certificates.replace("\n", "; "),
            )
            for s in tx.directory.sources()
        ]
    columns = ("source", "facility", "title", "profile", "charset", "timezone", "certificates")
    print_table(columns, rows)
