"""Whose feed it is: MSH-4.1 in, the registered source out, without a query per message."""

from __future__ import annotations

from datetime import datetime, tzinfo
from time import monotonic
from typing import NamedTuple

from gateway.store import Store
from gateway.store.models import Source
from gateway.store.versions import CHINA


class Feed(NamedTuple):
    """A source, the tenant of its organisation, and the zone of its times without an offset."""

    organisation: str
    tenant: str
    source: Source
    zone: tzinfo = CHINA


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
                Feed(source.organisation, tenants[source.organisation], source, _zone(source))
                for source in tx.directory.sources()
            ]
        self._by_facility = {feed.source.facility: feed for feed in feeds}
        self._by_organisation = {feed.organisation: feed for feed in feeds}
        self._read = monotonic()

    def of_facility(self, facility: str) -> Feed | None:
        """Return the feed that MSH-4.1 names."""
        return self._by_facility.get(facility)

    def of_organisation(self, organisation: str) -> Feed | None:
        """Return the feed of an organisation."""
        return self._by_organisation.get(organisation)


def _zone(source: Source) -> tzinfo:
    """Return the zone of an offset such as ``+08:00``; what is none of these is China's."""
    try:
        return datetime.fromisoformat(f"2000-01-01T00:00{source.timezone}").tzinfo or CHINA
    except ValueError:
        return CHINA
