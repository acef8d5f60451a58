"""Whose feed it is: MSH-4.1 in, the registered source out, without a query per message."""

from __future__ import annotations

from time import monotonic
from typing import NamedTuple

from gateway.store import Store
from gateway.store.models import Source


class Feed(NamedTuple):
    """A source and the tenant of its organisation."""

    organisation: str
    tenant: str
    source: Source


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
                Feed(source.organisation, tenants[source.organisation], source)
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
