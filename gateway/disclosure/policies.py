"""A person's consents: their rows in, the judge's policies out, each parsed once per version.

What is parsed depends on the stored version alone, so the cache never needs to be emptied; which
policies rule is read from the store at every request. A stored Consent that cannot be read raises:
then nothing is disclosed (case 56), rather than something by mistake.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import tzinfo
from threading import Lock

import orjson

from consent import Policy, limited, parse
from gateway.disclosure.policy import PATIENT_APP
from gateway.store import Row, Tx

_REMEMBERED = 20_000


class Policies:
    """Parsed consents of one store; safe between threads.

    Parameters
    ----------
    base : str
        The FHIR base URL: references below it are local.
    zone : tzinfo
        Of dates without an offset.
    """

    def __init__(self, base: str, zone: tzinfo) -> None:
        self._base = base
        self._zone = zone
        self._parsed: OrderedDict[tuple[str, int], Policy] = OrderedDict()
        self._lock = Lock()

    def of(self, tx: Tx, rows: Sequence[Row]) -> list[Policy]:
        """Return the policies of Consent rows, unsealing those not seen before.

        Raises
        ------
        ConsentError
            One cannot be read.
        """
        return [self._one(tx, row) for row in rows]

    def _one(self, tx: Tx, row: Row) -> Policy:
        key = (row.id, row.version)
        with self._lock:
            policy = self._parsed.get(key)
        if policy is None:
            policy = self._read(tx, row)
            with self._lock:
                self._parsed[key] = policy
                while len(self._parsed) > _REMEMBERED:
                    self._parsed.popitem(last=False)
        return policy

    def _read(self, tx: Tx, row: Row) -> Policy:
        """Parse a Consent; one that a source wrote speaks of that source's records only."""
        policy = parse(
            orjson.loads(tx.resources.body(row)),
            received=row.seq,
            code_key=tx.keys.code_token,
            owner=row.owner,
            base=self._base,
            zone=self._zone,
        )
        writer = tx.directory.organisation(row.owner)
        whole = writer is not None and writer.kind == PATIENT_APP
        return policy if whole else limited(policy, row.owner)
