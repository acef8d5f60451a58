"""A person's consents: their rows in, the judge's policies out, each parsed once per version.

What a consent names by reference may lie in the record that its own was merged into: it is meant
there, too.

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

from consent import Policy, known_as, limited, named, parse
from gateway.disclosure.admission import PATIENT_APP
from gateway.store import Row, Tx, compartment_of

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
        return _as_named_now(tx, [self._one(tx, row) for row in rows])

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


def _as_named_now(tx: Tx, policies: Sequence[Policy]) -> list[Policy]:
    """Return policies that find what they name in the record that it was merged into."""
    of = [named(policy.rule) for policy in policies]
    references = [name for names in of for name in names]
    if not references:
        return list(policies)
    ids = {name: name.partition("/")[2] for name in references}
    groups = tx.merges.groups({compartment_of(id_) for id_ in ids.values()})
    now = {}
    for name, id_ in ids.items():
        home, dot, local = id_.partition(".")
        if dot and groups[home].survivor != home:
            now[name] = f"{name.partition('/')[0]}/{groups[home].survivor}.{local}"
    return [known_as(p, now) if now and names else p for p, names in zip(policies, of, strict=True)]
