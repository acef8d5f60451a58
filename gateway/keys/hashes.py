"""Keyed hashes: values in; tokens that can be compared, but not read back, out.

BLAKE2b (RFC 7693) keyed with one secret, personalised per use, so that a look-up token never
equals an id made from the same words. ``("ab", "c")`` and ``("a", "bc")`` differ: parts are joined
by a separator (U+001F), or, where a part holds one, length-prefixed behind an octet that no text
has.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from hashlib import blake2b, sha256

ID_CHARACTERS = 16
_SEPARATOR = "\x1f"
_ID_BYTES = 10  # 16 base32 characters
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = tuple(a + b for a in _ALPHABET for b in _ALPHABET)


def _pack(parts: tuple[str, ...]) -> bytes:
    joined = _SEPARATOR.join(parts)
    if joined.count(_SEPARATOR) == len(parts) - 1:
        return joined.encode("utf-8", "surrogatepass")
    prefixed = "".join([f"{len(part)}:{part}" for part in parts])
    return b"\xff" + prefixed.encode("utf-8", "surrogatepass")


def _base32(raw: bytes) -> str:
    """Write 10 bytes as 16 characters (RFC 4648, lower case); the library's is too slow here."""
    n, p = int.from_bytes(raw), _PAIRS
    return (
        p[n >> 70] + p[n >> 60 & 1023] + p[n >> 50 & 1023] + p[n >> 40 & 1023]
        + p[n >> 30 & 1023] + p[n >> 20 & 1023] + p[n >> 10 & 1023] + p[n & 1023]
    )  # fmt: skip


def random_id() -> str:
    """Return a new id of 16 characters from the alphabet of derived ids."""
    return _base32(secrets.token_bytes(_ID_BYTES))


class Hashes:
    """The keyed hash functions under one secret of 32 bytes."""

    __slots__ = ("_id", "_key", "_local")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._id = blake2b(digest_size=_ID_BYTES, key=key, person=b"id")  # keyed once, then copied
        self._local = blake2b(digest_size=ID_CHARACTERS // 2, key=key, person=b"local")

    def token(self, kind: str, *parts: str) -> bytes:
        """Return 16 bytes by which a value of that kind is looked up."""
        return blake2b(
            _pack((kind, *parts)), digest_size=16, key=self._key, person=b"token"
        ).digest()

    def digest(self, kind: str, *parts: bytes) -> bytes:
        """Return 16 bytes that stand for raw content, such as a message as received.

        SHA-256 first, which processors have instructions for: messages are long.
        """
        state = sha256()
        for part in parts:
            state.update(len(part).to_bytes(8, "big"))
            state.update(part)
        packed = _pack((kind,)) + state.digest()
        return blake2b(packed, digest_size=16, key=self._key, person=b"digest").digest()

    def code_token(self, system: str, code: str) -> bytes:
        """Return 8 bytes for a coding: enough to narrow a search, too few to be a catalogue."""
        return blake2b(_pack((system, code)), digest_size=8, key=self._key, person=b"code").digest()

    def derive_id(self, *parts: str) -> str:
        """Return the 16-character id (base32, lower case) that these parts always get."""
        state = self._id.copy()
        state.update(_pack(parts))
        return _base32(state.digest())

    def local_ids(self, *parts: str) -> Callable[..., str]:
        """Return what gives an id for use within a compartment: 16 hexadecimal characters.

        It is called with the parts that follow these; what is common is hashed once.
        """
        begun = self._local.copy()
        begun.update(_pack(parts) + _SEPARATOR.encode())
        copy, between = begun.copy, _SEPARATOR.join
        plain = _SEPARATOR not in "".join(parts)

        def local_id(*more: str) -> str:
            joined = between(more)
            if plain and joined.count(_SEPARATOR) < len(more):
                state = copy()
                state.update(joined.encode("utf-8", "surrogatepass"))
            else:
                state = self._local.copy()
                state.update(_pack((*parts, *more)))
            return state.hexdigest()

        return local_id
