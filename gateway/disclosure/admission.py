"""Who may ask at all, before any consent is read: pure decisions with reasons.

`admit` turns a token's grant and what is registered *now* into an `Asker`, or refuses; `standing`
says of one row whether it is the asker's own, nobody's business, or for consent to decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from gateway.auth import purposes
from gateway.auth.scopes import Scopes
from gateway.auth.tokens import Grant
from gateway.disclosure.refusals import Forbidden
from gateway.disclosure.registration import Registration

SOURCE = "source"
INTERNET_HOSPITAL = "internet-hospital"
INSURER = "insurer"
PATIENT_APP = "patient-app"

CONSENT_WRITERS = frozenset({SOURCE, PATIENT_APP})


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: established at every request, from the token and the registration both."""

    client: str
    organisation: str
    kind: str
    tenant: str
    purpose: str
    scopes: Scopes


class Standing(Enum):
    """What a row is to an asker before any consent is read."""

    OPEN = "open"
    OWN = "own"
    CONSENT = "consent"
    CLOSED = "closed"


def admit(grant: Grant, registered: Registration | None) -> Asker:
    """Establish who asks, and what for.

    Raises
    ------
    Forbidden
        The client is unknown, revoked or moved to another organisation, or its purpose of use is
        missing, unknown, or not registered for it.
    """
    known = still_registered(grant, registered)
    purpose = grant.purpose
    if purpose is None:
        raise Forbidden("the token carries no purpose of use", reason="no-purpose")
    if purpose not in purposes.KNOWN:
        raise Forbidden("the purpose of use is unknown", reason="unknown-purpose")
    if purpose not in known.purposes.split():
        raise Forbidden(
            "the client is not registered for this purpose of use", reason="unregistered-purpose"
        )
    return Asker(
        client=known.client,
        organisation=known.organisation,
        kind=known.kind,
        tenant=known.tenant,
        purpose=purpose,
        scopes=Scopes.parse(grant.scope).meet(Scopes.parse(known.scopes)),
    )


def still_registered(grant: Grant, registered: Registration | None) -> Registration:
    """Return a client's registration.

    Raises
    ------
    Forbidden
        The client is unknown, revoked, or of another organisation than when it got its token.
    """
    if registered is None or registered.revoked is not None:
        raise Forbidden("the client is not registered any more", reason="client-revoked")
    if (registered.organisation, registered.tenant) != (grant.organisation, grant.tenant):
        raise Forbidden("the client is not registered any more", reason="client-moved")
    return registered


def check_interaction(asker: Asker, type_: str, letter: str) -> None:
    """Check that an asker may do an interaction (a letter of ``cruds``) on a resource type at all.

    Raises
    ------
    Forbidden
        An insurer, which may only verify visits; a scope that is not granted; a writer of
        consents that is neither a source nor a patient's app.
    """
    if asker.kind == INSURER:
        raise Forbidden("an insurer may only verify visits", reason="insurer")
    if not asker.scopes.allows(type_, letter):
        raise Forbidden(f"needs the scope system/{type_}.{letter}", reason="scope")
    if letter in "cu" and asker.kind not in CONSENT_WRITERS:
        raise Forbidden(
            "only a source or a patient's app writes consents", reason="not-a-consent-writer"
        )


def standing(
    asker: Asker, *, tenant: str, kind: str, organisation: str | None, type_: str, owner: str
) -> Standing:
    """Say what a row is to an asker.

    Parameters
    ----------
    asker : Asker
        Who asks.
    tenant, kind, organisation : str
        Of the row's compartment; kind is patient, directory or person.
    type_, owner : str
        The resource type; the organisation that wrote it.
    """
    if tenant != asker.tenant:
        return Standing.CLOSED
    if type_ == "Consent":
        return Standing.OWN if owner == asker.organisation else Standing.CLOSED
    if kind == "directory":
        return Standing.OPEN  # names no patient
    if kind == "patient" and organisation == asker.organisation:
        return Standing.OWN
    return Standing.CONSENT
