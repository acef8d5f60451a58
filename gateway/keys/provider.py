"""What a key-encryption key (KEK) must do, wherever it lives: wrap and unwrap data keys."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Wrapped(NamedTuple):
    """A data key under a key-encryption key."""

    kek: str
    data: bytes


class KekProvider(Protocol):
    """Holder of key-encryption keys: a file keyring, or an HSM behind PKCS#11.

    Keys are wrapped with AES key wrap (RFC 3394). The active key wraps; every key ever active
    still unwraps, until `gateway.store` has rewrapped what it holds.
    """

    @property
    def active(self) -> str:
        """Id of the key that `wrap` uses."""
        ...

    def wrap(self, key: bytes) -> Wrapped:
        """Wrap 32 bytes under the active key."""
        ...

    def unwrap(self, kek: str, wrapped: bytes) -> bytes:
        """Return the bytes that were wrapped.

        Raises
        ------
        UnknownKeyError
            There is no key of that id.
        UnsealError
            The wrapped bytes are not authentic under that key.
        """
        ...

    def rotate(self) -> str:
        """Make a new key, make it the active one, and return its id."""
        ...
