"""Searches and ``$everything`` page by page: parameters in, a searchset Bundle out.

https://hl7.org/fhir/R4/http.html#search, https://hl7.org/fhir/R4/http.html#paging. The total is of
what is visible. A page link holds only under the consents it was made under; when one has changed
it is refused and the client searches again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from gateway.disclosure import bundles, everything, identifiers
from gateway.disclosure.admission import check_interaction
from gateway.disclosure.bundles import Entry
from gateway.disclosure.door import Answer, Call, Door
from gateway.disclosure.refusals import Absent, BadRequest, LinkExpired
from gateway.disclosure.search import query as queries
from gateway.disclosure.search.matching import Reading
from gateway.disclosure.search.order import Key
from gateway.disclosure.search.paging import Pages, Place
from gateway.disclosure.search.query import Pair, Query
from gateway.disclosure.searching import Search
from gateway.disclosure.session import Session
from gateway.settings import Settings

PAGE = "_page"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A listing as asked for: the parameters, and where in it to go on."""

    pairs: Sequence[Pair]
    place: Place | None

    @property
    def after(self) -> Key | None:
        return self.place.after if self.place else None


class Listing:
    """Answers searches and ``$everything`` through a door.

    Parameters
    ----------
    door, settings
        The way in; page sizes and limits.
    """

    def __init__(self, door: Door, settings: Settings) -> None:
        self._door = door
        self._limits = settings.disclosure
        self._pages = Pages(door.store.keys, settings.disclosure.page_link_seconds)
        self._reading = Reading(door.zone, door.base, identifiers.compared)
        self._search = Search(settings.disclosure.max_persons)

    def search(self, call: Call, type_: str, pairs: Sequence[Pair], *, lenient: bool) -> Answer:
        """Answer a search of a type.

        Raises
        ------
        BadRequest, TooCostly, LinkExpired, Forbidden, Unavailable
            See `gateway.disclosure.refusals`.
        """
        with self._door.enter(call) as session:
            check_interaction(session.asker, type_, "s")
            asked = self._asked(session, type_, pairs)
            query = queries.parse(type_, asked.pairs, self._reading, lenient=lenient)
            matches = self._search.matches(session, query)
            self._check_epoch(session, asked)
            size = _page_size(query, self._limits.page_size, self._limits.max_page_size)
            later = [m for m in matches if asked.after is None or m.key > asked.after]
            page = later[:size]
            entries = self._search.entries(session, page)
            entries += self._search.included(session, query, entries)
            after = page[-1].key if page and len(later) > size else None
            links = self._links(session, type_, query.used, asked, after)
            session.leaves(entries)
            return Answer(
                bundles.searchset(self._door.base, entries, total=len(matches), links=links)
            )

    def everything(
        self, call: Call, patient: str, pairs: Sequence[Pair], *, lenient: bool
    ) -> Answer:
        """Answer ``Patient/{patient}/$everything``; raises as `search`, and `Absent`."""
        with self._door.enter(call) as session:
            check_interaction(session.asker, "Patient", "r")
            path = f"Patient/{patient}/$everything"
            asked = self._asked(session, path, pairs)
            wanted = everything.parse(asked.pairs, session.zone, lenient=lenient)
            record = session.view.record(patient)
            session.about(record)
            found = everything.entries(session, record, wanted) if record else None
            if found is None:
                raise Absent
            self._check_epoch(session, asked)
            page, after = _cut(found, wanted.count, asked.after)
            links = self._links(session, path, wanted.used, asked, after)
            session.leaves(page)
            return Answer(bundles.searchset(self._door.base, page, total=len(found), links=links))

    def _asked(self, session: Session, path: str, pairs: Sequence[Pair]) -> _Asked:
        tokens = [value for name, value in pairs if name == PAGE]
        if not tokens:
            return _Asked(pairs, None)
        if len(pairs) > 1:
            raise BadRequest("a page link is followed as it is")
        place = self._pages.open(tokens[0], path, session.asker, session.tx.now)
        return _Asked(place.pairs, place)

    def _check_epoch(self, session: Session, asked: _Asked) -> None:
        if asked.place is not None and asked.place.epoch != session.view.epoch():
            raise LinkExpired(reason="consent-changed")

    def _links(
        self,
        session: Session,
        path: str,
        used: Sequence[Pair],
        asked: _Asked,
        after: Key | None,
    ) -> list[bundles.Link]:
        url = f"{self._door.base}/{path}"
        links = [("self", f"{url}?{urlencode(used)}" if used else url)]
        if after is not None:
            place = Place(path, list(asked.pairs), session.view.epoch(), after)
            token = self._pages.seal(place, session.asker, session.tx.now)
            links.append(("next", f"{url}?{PAGE}={token}"))
        return links


def _page_size(query: Query, usual: int, largest: int) -> int:
    if query.only_count:
        return 0
    return min(usual if query.count is None else query.count, largest)


def _cut(
    found: Sequence[Entry], count: int | None, after: Key | None
) -> tuple[list[Entry], Key | None]:
    """Return the page that follows a place, and the place at its end if more follow."""
    start = 0
    if after is not None:
        keys = [[one.type, one.id] for one in found]
        if after not in keys:
            raise LinkExpired(reason="record-changed")
        start = keys.index(after) + 1
    page = list(found[start:]) if count is None else list(found[start : start + count])
    more = start + len(page) < len(found)
    return page, [page[-1].type, page[-1].id] if more else None
