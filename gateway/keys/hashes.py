"""Keyed hashes: values in; tokens that can be compared, but not read back, out.

BLAKE2b (RFC 7693) keyed with one secret, personalised per use, so that a look-up token never
equals an id made from the same words. Parts are length-prefixed: ``("ab", "c")`` and
``("a", "bc")`` differ.
"""

from __future__ import annotations

import base64
import secrets
from hashlib import blake2b

ID_CHARACTERS = 16
_ID_BYTES = 10  # 16 base32 characters


def _pack(parts: tuple[str, ...]) -> bytes:
    packed = bytearray()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        packed += len(data).to_bytes(4, "big")
        packed += data
    return bytes(packed)


def random_id() -> str:
    """Return a new id of 16 characters from the alphabet of derived ids."""
    return base64.b32encode(secrets.token_bytes(_ID_BYTES)).decode().lower()


class Hashes:
    """The keyed hash functions under one secret of 32 bytes."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def token(self, kind: str, *parts: str) -> bytes:
        """Return 16 bytes by which a value of that kind is looked up."""
        return blake2b(
            _pack((kind, *parts)), digest_size=16, key=self._key, person=b"token"
        ).digest()

    def digest(self, kind: str, *parts: bytes) -> bytes:
        """Return 16 bytes that stand for raw content, such as a message as received."""
        state = blake2b(_pack((kind,)), digest_size=16, key=self._key, person=b"digest")
        for part in parts:
            state.update(len(part).to_bytes(8, "big"))
            state.update(part)
        return state.digest()

    def code_token(self, system: str, code: str) -> bytes:
        """Return 8 bytes for a coding: enough to narrow a search, too few to be a catalogue."""
        return blake2b(_pack((system, code)), digest_size=8, key=self._key, person=b"code").digest()

    def derive_id(self, *parts: str) -> str:
        """Return the 16-character id (base32, lower case) that these parts always get."""
        raw = blake2b(_pack(parts), digest_size=_ID_BYTES, key=self._key, person=b"id").digest()
        return base64.b32encode(raw).decode().lower()
