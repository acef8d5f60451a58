"""Whose feed it is: MSH-4.1 in, the registered source out, without a query per message."""

from __future__ import annotations

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
from mappings.runtime.zones import zone_named


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


class SourceBook:
    """The registered sources, read again when they are older than `seconds`."""

    def __init__(self, store: Store, seconds: float = 2.0) -> None:
        self._store = store
        self._seconds = seconds
        self._read = float("-inf")
        self._by_facility: dict[str, Feed] = {}
        self._by_organisation: dict[str, Feed] = {}

    @property
    def stale(self) -> bool:
        """Whether `refresh` is due."""
        return monotonic() - self._read > self._seconds

    def refresh(self) -> None:
        """Read the sources again."""
        with self._store.read() as tx:
            tenants = {one.id: one.tenant for one in tx.directory.organisations()}
            feeds = [
                self._feed(source, tenants[source.organisation])
                for source in tx.directory.sources()
            ]
        self._by_facility = {feed.source.facility: feed for feed in feeds}
        self._by_organisation = {feed.organisation: feed for feed in feeds}
        self._read = monotonic()

    def _feed(self, source: Source, tenant: str) -> Feed:
        try:
            said = profile_settings(source.profile)
        except (TableError, OSError):  # edited wrongly just now: what was known holds
            known = self._by_organisation.get(source.organisation)
            return known._replace(tenant=tenant, source=source) if known else _feed(source, tenant)
        written = {name: setting.value for name, setting in said.items()}
        feed = _feed(source, tenant, written.get("timezone"), written.get("charset"))
        return feed._replace(processing=frozenset(written.get("processing", "").split()))

    def of_facility(self, facility: str) -> Feed | None:
        """Return the feed that MSH-4.1 names."""
        return self._by_facility.get(facility)

    def of_organisation(self, organisation: str) -> Feed | None:
        """Return the feed of an organisation."""
        return self._by_organisation.get(organisation)


def _feed(source: Source, tenant: str, zone: str | None = None, charset: str | None = None) -> Feed:
    """Return a feed; the zone its profile says comes before the one it was registered with."""
    known = zone_named(zone or source.timezone) or CHINA
    return Feed(source.organisation, tenant, source, known, charset)
