"""What a message goes through, and what comes of it, as values between worker and store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from gateway.ingest.ids import DerivedIds
from gateway.ingest.sending import Sent
from gateway.ingest.sources import Feed
from gateway.store import Message
from gateway.store.worklist import Lacking
from mappings.findings import Finding
from mappings.runtime.types import Listing
from mappings.translate import Made, Translation
from mappings.worklist import Want


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The functions a message goes through; `gateway.cli` and tests put them together.

    Attributes
    ----------
    translate : callable
        (feed, a message's `Content`, ids) → `Translation`; if orders are known to be of
        another kind than they look (`gateway.ingest.things.order_kinds`), with their kinds.
    valid : callable
        Whether a resource is FHIR R4.
    labels : callable
        (resource, the source's labels or None) → security labels.
    lacking : callable
        (feed, translation) → what the source's tables lacked for it, for the worklist.
    """

    translate: Callable[..., Translation]
    valid: Callable[[dict[str, Any]], bool]
    labels: Callable[[dict[str, Any], str | None], frozenset[str]]
    lacking: Callable[[Feed, Translation], Iterable[Want]] = lambda _feed, _translation: ()


class Said(NamedTuple):
    """What a message says, whose feed said it, and the ids of that feed's tenant.

    `merges` are pairs (surviving, retired) of compartments, `moves` what came to another record:
    its type, its id there was, its id there is; `lists` what it lists of a record; `own` whose
    numbers are the source's own: the name of that authority, and its system; `unnamed` the
    compartment of a patient who is not named, and is found by the orders; `sent` when it was
    sent, if that is known; `brought` what is kept with that which comes to another record, by its
    type and id there; `waited` whether it came before its orders, and waited for them.
    """

    feed: Feed
    ids: DerivedIds
    made: Sequence[Made]
    merges: Sequence[tuple[str, str]]
    moves: Sequence[tuple[str, str, str]] = ()
    lists: Sequence[Listing] = ()
    own: tuple[str, str] = ("", "")
    unnamed: str = ""
    sent: Sent | None = None
    brought: Mapping[tuple[str, str], bytes] = MappingProxyType({})
    waited: bool = False


class Prepared(NamedTuple):
    """A message ready to be applied, or, where it says nothing, to be quarantined.

    `raw` is None where the message itself can no longer be opened. `again` prepares it anew, with
    the kinds of its orders.
    """

    message: Message
    raw: bytes | None
    said: Said | None
    findings: tuple[Finding, ...]
    lacking: tuple[Lacking, ...] = ()
    again: Callable[[Mapping[str, str]], Prepared] | None = None

    @property
    def seq(self) -> int:
        """Number in the spool."""
        return self.message.entry.seq

    @property
    def reason(self) -> str | None:
        """Why it is quarantined; None for one that is applied."""
        return next((one.code for one in self.findings if one.severity == "error"), None)

    @property
    def home(self) -> str | None:
        """The compartment it is kept with: its patient's, else its source's directory."""
        made = self.said.made if self.said else ()
        patients = (one.compartment for one in made if one.home == "patient")
        return next(patients, made[0].compartment if made else None)

    def refused(self, found: Finding) -> Prepared:
        """Return it as one to be quarantined, with the reason added."""
        return self._replace(said=None, findings=(*self.findings, found))
