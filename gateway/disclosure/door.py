"""The one door from the store to any response: a call in, an answer as bytes out.

Every way out runs through `Door.enter`: who asks is established from the token and the registration
of this moment; what it may see is settled on metadata (`View`); the answer is made; the AuditEvent
is committed; only then does the answer leave. A refusal is audited the same way, and so
is a failure nobody foresaw. Where the store,
a consent or the audit cannot be read or written, nothing leaves (`Unavailable`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError

from consent import ConsentError
from gateway.audit.events import FAILED, REFUSED, SUCCESS, Event
from gateway.audit.log import AuditLog, AuditUnavailableError
from gateway.auth.tokens import Grant
from gateway.disclosure.admission import Asker, admit
from gateway.disclosure.policies import Policies
from gateway.disclosure.refusals import Refusal, Unavailable
from gateway.disclosure.registration import registered
from gateway.disclosure.session import Session
from gateway.disclosure.view import View
from gateway.keys import KeysError
from gateway.settings import Settings
from gateway.store import Store, StoreError, Tx


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it came: the token's grant, the interaction, the request line, the address.

    `request` may name a patient; it goes into the sealed AuditEvent and nowhere else.
    """

    grant: Grant
    interaction: str
    request: str
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What leaves: JSON, and what its headers are made of; other octets bring their own."""

    body: bytes
    version: str | None = None
    modified: str | None = None
    location: str | None = None
    created: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


class Door:
    """The door of one store.

    Parameters
    ----------
    store, audit, settings
        What it guards, where it is recorded, and how it is configured.
    """

    def __init__(self, store: Store, audit: AuditLog, settings: Settings) -> None:
        self.store = store
        self.audit = audit
        self.base = settings.fhir_base
        self.zone = ZoneInfo(settings.disclosure.timezone)
        self._policies = Policies(self.base, self.zone)

    @contextmanager
    def enter(
        self, call: Call, *, write: bool = False, first: Callable[[Session], None] | None = None
    ) -> Iterator[Session]:
        """Admit a call; when the block is left its AuditEvent is committed, or the block failed.

        With `write`, the event is committed together with what the block wrote. What `first` writes
        is committed before the block begins: no failure of the block undoes it.

        Raises
        ------
        Refusal
            As raised inside, or by admission; audited.
        Unavailable
            The store, a consent, a key or the audit failed: the answer must not leave.
        """
        trail = _Trail(call)
        try:
            if first is not None:
                with self.store.begin() as tx:
                    first(self._admit(tx, trail))
            with self.store.begin() if write else self.store.read() as tx:
                session = self._admit(tx, trail)
                yield session
                if write:
                    self.audit.append(tx, trail.event(SUCCESS, session.outcome))
            if not write:
                self.audit.record(trail.event(SUCCESS, session.outcome))
        except Refusal as refusal:
            self._record(trail.event(REFUSED, refusal.reason))
            raise
        except (SQLAlchemyError, StoreError, KeysError, ConsentError) as fault:
            self._record(trail.event(FAILED, type(fault).__name__))
            raise Unavailable(reason=type(fault).__name__) from fault
        except AuditUnavailableError as fault:
            raise Unavailable(reason="audit") from fault
        except Exception as fault:
            self._record(trail.event(FAILED, type(fault).__name__))
            raise

    def view(self, tx: Tx, asker: Asker) -> View:
        """Return what an asker may see in a transaction."""
        return View(tx, asker, self._policies)

    def _admit(self, tx: Tx, trail: _Trail) -> Session:
        grant = trail.call.grant
        asker = admit(grant, registered(tx, grant.client))
        trail.session = Session(tx, asker, self.view(tx, asker), self.zone)
        return trail.session

    def _record(self, event: Event) -> None:
        try:
            self.audit.record(event)
        except AuditUnavailableError as fault:
            raise Unavailable(reason="audit") from fault


class _Trail:
    """What a call leaves in the audit log."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.session: Session | None = None

    def event(self, outcome: str, reason: str) -> Event:
        call, session = self.call, self.session
        view = session.view if session else None
        answered = outcome == SUCCESS
        return Event(
            interaction=call.interaction,
            outcome=outcome,
            reason=reason,
            client=call.grant.client,
            organisation=call.grant.organisation,
            tenant=call.grant.tenant,
            purpose=call.grant.purpose,
            persons=sorted(session.persons | session.view.persons) if session else (),
            disclosed=session.disclosed if session and answered else (),
            hidden=view.hidden if view else 0,
            policies=sorted(view.relied_on) if view and answered else (),
            request=call.request,
            address=call.address,
        )
