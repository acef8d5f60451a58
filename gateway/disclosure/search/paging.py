"""Page links: where a search stands in, a sealed token out, and back for whom it was made.

The token holds the query itself and the place of the last entry given. It is bound to tenant,
client and purpose (it opens for nobody else), to the consents that ruled when it was made, and to a
time. Sealed, because a query may name a patient and URLs end up in logs.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.disclosure.admission import Asker
from gateway.disclosure.refusals import BadRequest, LinkExpired
from gateway.keys import DataKey, Keys, UnsealError

_LONGEST = 8 * 1024


@dataclass(frozen=True, slots=True)
class Place:
    """Where a search stands: what was asked (`path`, `pairs`), under which consents, after what."""

    path: str
    pairs: list[tuple[str, str]]
    epoch: str
    after: list[Any]


class Pages:
    """Seals and opens page tokens.

    Parameters
    ----------
    keys : Keys
        The tokens' own key is derived from its hash secret.
    seconds : int
        Lifetime of a token.
    """

    def __init__(self, keys: Keys, seconds: int) -> None:
        material = keys.token("page-link", "low") + keys.token("page-link", "high")
        self._key = DataKey(material, lasting=True)
        self._seconds = seconds

    def seal(self, place: Place, asker: Asker, now: int) -> str:
        """Return a token for an asker; `now` in µs."""
        plain = orjson.dumps(
            [now + self._seconds * 1_000_000, place.path, place.pairs, place.epoch, place.after]
        )
        sealed = self._key.seal(plain, _bound(asker))
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open(self, token: str, path: str, asker: Asker, now: int) -> Place:
        """Return the place a token holds.

        Raises
        ------
        BadRequest
            Not a token, or one made for another client, purpose or address.
        LinkExpired
            It is past its time.
        """
        try:
            if len(token) > _LONGEST:
                raise ValueError("too long")
            sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            expires, made_for, pairs, epoch, after = orjson.loads(
                self._key.open(sealed, _bound(asker))
            )
        except (binascii.Error, ValueError, UnsealError) as fault:
            raise BadRequest("not a page link of this client", reason="page-link") from fault
        if made_for != path:
            raise BadRequest("not a page link of this address", reason="page-link")
        if expires <= now:
            raise LinkExpired(reason="page-link-expired")
        return Place(path, [(name, value) for name, value in pairs], epoch, after)


def _bound(asker: Asker) -> bytes:
    return orjson.dumps(["page", asker.tenant, asker.client, asker.purpose])
