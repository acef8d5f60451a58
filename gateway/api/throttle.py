"""How often somebody may ask: who it is in; a refusal with the seconds to wait, beyond the limit.

Counted in this process, by the minute (`limits`): of several processes each counts for itself.
"""

from __future__ import annotations

import time
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

_HOUSEHOLD = 64  # bits of an IPv6 address: who has one has all the others that begin so


class TooManyRequestsError(Exception):
    """Somebody asked too often (RFC 6585 section 4).

    Attributes
    ----------
    seconds : int
        How long to wait.
    """

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many requests; try again in {seconds} seconds")
        self.seconds = seconds


class Throttle:
    """Counts what each asks for.

    Parameters
    ----------
    per_minute : int
        How much each may; 0 for any number.
    """

    def __init__(self, per_minute: int) -> None:
        self._rate = RateLimitItemPerMinute(per_minute)
        self._counted = FixedWindowRateLimiter(MemoryStorage()) if per_minute else None

    def count(self, who: str) -> None:
        """Count one more.

        Raises
        ------
        TooManyRequestsError
            It is one too many.
        """
        if self._counted is None or self._counted.hit(self._rate, who):
            return
        until = self._counted.get_window_stats(self._rate, who).reset_time
        raise TooManyRequestsError(max(1, ceil(until - time.time())))


def household(address: str | None) -> str:
    """Return the address that is counted for a client's: of IPv6, its network."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return address or ""
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or ip_network((int(found), _HOUSEHOLD), strict=False))
    return str(found)
