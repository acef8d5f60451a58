"""Whose feed it is: MSH-4.1 in, the registered source out, without a query per message.

Anybody can write any name in MSH-4. A source that names certificates speaks through those alone,
and who shows a certificate that sources name speaks for no other (`SourceBook.of_sender`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import tzinfo
from time import monotonic
from typing import NamedTuple

from adapters.charset import codec_named
from adapters.header import Header
from gateway.store import Store
from gateway.store.models import Source
from gateway.store.versions import CHINA
from mappings.language.tree import TableError
from mappings.profile import profile_settings
from mappings.runtime.text.zones import zone_named


class Feed(NamedTuple):
    """A source, the tenant of its organisation, and how it writes.

    `zone` is the zone of its times without an offset; `charset` the character set that its
    profile names, for messages whose source was registered without one; `processing` the
    processing ids (MSH-11) beside production's of which its profile says that they are taken.
    """

    organisation: str
    tenant: str
    source: Source
    zone: tzinfo = CHINA
    charset: str | None = None
    processing: frozenset[str] = frozenset()

    def charset_of(self, header: Header) -> str | None:
        """Return the character set that overrides a message's MSH-18; None where none does.

        A profile may say ``charset MSH-17``: where MSH-18 is empty, the country's field counts,
        if it names a character set.
        """
        charset = self.source.charset or self.charset
        if charset != "MSH-17":
            return charset
        named = header.component(17)
        return named if not header.component(18) and codec_named(named) else None


class Sender(NamedTuple):
    """Who handed a message in, as far as that is proved.

    `organisation` is whose token it came with; `certificate` has the names of the sender's
    certificate (`adapters.mllp.certificates`).
    """

    organisation: str | None = None
    certificate: frozenset[str] = frozenset()

    def __str__(self) -> str:
        """Return it as the spool keeps it: a name a line."""
        token = [] if self.organisation is None else [_TOKEN + self.organisation]
        return "\n".join([*token, *sorted(self.certificate)])

    @classmethod
    def kept(cls, text: str | None) -> Sender:
        """Return the sender that the spool keeps as `text`."""
        names = (text or "").splitlines()
        if names and names[0].startswith(_TOKEN):
            return cls(names[0].removeprefix(_TOKEN))
        return cls(certificate=frozenset(names))


NOBODY = Sender()  # has proved nothing
_TOKEN = "source:"  # noqa: S105 - a kind of name

FindFeed = Callable[[str], Feed | None]
"""Takes what MSH-4.1 says."""


class _Registered(NamedTuple):
    """The sources as they were read: all of it is of one moment.

    `holders` are the organisations that name a certificate; `bound` all those that name any.
    """

    by_facility: Mapping[str, Feed]
    by_organisation: Mapping[str, Feed]
    holders: Mapping[str, Collection[str]]
    bound: Collection[str]


class SourceBook:
    """The registered sources, read again when they are older than `seconds`."""

    def __init__(self, store: Store, seconds: float = 2.0) -> None:
        self._store = store
        self._seconds = seconds
        self._read = float("-inf")
        self._now = _Registered({}, {}, {}, ())

    @property
    def stale(self) -> bool:
        """Whether `refresh` is due."""
        return monotonic() - self._read > self._seconds

    def refresh(self) -> None:
        """Read the sources again."""
        with self._store.read() as tx:
            tenants = {one.id: one.tenant for one in tx.directory.organisations()}
            sources = tx.directory.sources()
        feeds = [self._feed(source, tenants[source.organisation]) for source in sources]
        holders: dict[str, set[str]] = {}
        for source in sources:
            for name in source.certificates.splitlines():
                holders.setdefault(name, set()).add(source.organisation)
        self._now = _Registered(
            by_facility={feed.source.facility: feed for feed in feeds},
            by_organisation={feed.organisation: feed for feed in feeds},
            holders=holders,
            bound=set().union(*holders.values()),
        )
        self._read = monotonic()

    def _feed(self, source: Source, tenant: str) -> Feed:
        try:
            said = profile_settings(source.profile)
        except (TableError, OSError):  # edited wrongly just now: what was known holds
            known = self._now.by_organisation.get(source.organisation)
            return known._replace(tenant=tenant, source=source) if known else _feed(source, tenant)
        written = {name: setting.value for name, setting in said.items()}
        feed = _feed(source, tenant, written.get("timezone"), written.get("charset"))
        return feed._replace(processing=frozenset(written.get("processing", "").split()))

    def of_facility(self, facility: str) -> Feed | None:
        """Return the feed that MSH-4.1 names."""
        return self._now.by_facility.get(facility)

    def of_sender(self, sender: Sender = NOBODY) -> FindFeed:
        """Return what finds a feed by MSH-4.1, among those that a sender may speak for."""
        now = self._now
        holders = {who for name in sender.certificate for who in now.holders.get(name, ())}

        def may(organisation: str) -> bool:
            if sender.organisation is not None:
                return organisation == sender.organisation
            return organisation in holders if holders else organisation not in now.bound

        def find(facility: str) -> Feed | None:
            feed = now.by_facility.get(facility)
            return feed if feed is not None and may(feed.organisation) else None

        return find

    def of_organisation(self, organisation: str) -> Feed | None:
        """Return the feed of an organisation."""
        return self._now.by_organisation.get(organisation)


def _feed(source: Source, tenant: str, zone: str | None = None, charset: str | None = None) -> Feed:
    """Return a feed; the zone its profile says comes before the one it was registered with."""
    known = zone_named(zone or source.timezone) or CHINA
    return Feed(source.organisation, tenant, source, known, charset)
