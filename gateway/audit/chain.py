"""The hash chain: the link before and a sealed event in, the next link out; heads are signed.

``hash`` = SHA-256(hash before ‖ seq ‖ recorded ‖ organisation ‖ person ‖ sealed event), numbers as
8 bytes big-endian, texts and bytes with their length as 4 bytes before them. The first link follows
32 zero bytes. A head is a compact JWS (ES256) over the last link's number and hash: whoever keeps
one can later have it proved that the log still contains, unaltered, everything up to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

import orjson
from joserfc import jws
from joserfc.errors import JoseError

from gateway.keys import Signer

START = bytes(32)


class Link(NamedTuple):
    """One event of the log as it is stored."""

    seq: int
    recorded: int
    organisation: str | None
    person: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the log: how many links, and the last one's hash."""

    seq: int
    hash: bytes


class HeadError(ValueError):
    """Not a head signed by this gateway."""


def link_hash(before: bytes, link: Link) -> bytes:
    """Return the hash of a link."""
    state = sha256(before)
    state.update(link.seq.to_bytes(8, "big"))
    state.update(link.recorded.to_bytes(8, "big"))
    for part in (link.organisation, link.person):
        data = b"\0" if part is None else b"\1" + part.encode()
        state.update(len(data).to_bytes(4, "big") + data)
    state.update(len(link.body).to_bytes(4, "big"))
    state.update(link.body)
    return state.digest()


def aad(seq: int) -> bytes:
    """Return what an event's seal is bound to."""
    return b"audit/%d" % seq


def sign(head: Head, signer: Signer) -> str:
    """Sign a head."""
    payload = orjson.dumps({"seq": head.seq, "hash": head.hash.hex()})
    header: dict[str, Any] = {"alg": "ES256", "kid": signer.kid, "typ": "yiqiao-audit-head"}
    return jws.serialize_compact(header, payload, signer.key, algorithms=["ES256"])


def key_of(signed: str) -> str:
    """Return the id of the key that a head says it is signed with; empty where it is no head."""
    try:
        kid = jws.extract_compact(signed.encode()).headers().get("kid")
    except (JoseError, ValueError):
        return ""
    return kid if isinstance(kid, str) else ""


def read_head(signed: str, signer: Signer) -> Head:
    """Verify a signed head.

    Raises
    ------
    HeadError
        The signature is not of this gateway's audit key, past or present, or it signs no head.
    """
    try:
        token = jws.deserialize_compact(signed, signer.public_keys, algorithms=["ES256"])
        payload = orjson.loads(token.payload)
        return Head(int(payload["seq"]), bytes.fromhex(payload["hash"]))
    except (JoseError, ValueError, KeyError, TypeError) as fault:
        raise HeadError("not a head of this gateway's audit log") from fault
