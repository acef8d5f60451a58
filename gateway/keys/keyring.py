"""Key-encryption keys in a file: the provider for a laptop, a test, or a small installation.

The file is made on first use, with one key. Anyone who can read it can read every record: keep it
apart from the database and its backups, or use an HSM (`gateway.keys.pkcs11`).
"""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from gateway.keys import files
from gateway.keys.envelope import KEY_BYTES
from gateway.keys.errors import KeyringError, UnknownKeyError, UnsealError
from gateway.keys.hashes import random_id
from gateway.keys.provider import Wrapped


class FileKeyring:
    """A `KekProvider` over a JSON file ``{"active": id, "keys": {id: base64}}`` of mode 0600."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.exists():
            first = random_id()
            files.create(path, {"active": first, "keys": {first: _new_key()}})
        self._load()

    @property
    def active(self) -> str:
        """Id of the key that `wrap` uses."""
        return self._active

    def wrap(self, key: bytes) -> Wrapped:
        """Wrap a key under the active key (RFC 3394)."""
        return Wrapped(self._active, aes_key_wrap(self._keys[self._active], key))

    def unwrap(self, kek: str, wrapped: bytes) -> bytes:
        """Unwrap a key; another process's new key is found by reading the file again.

        Raises
        ------
        UnknownKeyError
            There is no key of that id.
        UnsealError
            The wrapped bytes are not authentic under that key.
        """
        if kek not in self._keys:
            self._load()
        if kek not in self._keys:
            raise UnknownKeyError(f"no key-encryption key {kek} in {self._path}")
        try:
            return aes_key_unwrap(self._keys[kek], wrapped)
        except InvalidUnwrap:
            raise UnsealError(f"a key does not unwrap under {kek}") from None

    def rotate(self) -> str:
        """Make a new key, make it the active one, and return its id."""
        document = files.read(self._path)
        new = random_id()
        files.replace(self._path, {"active": new, "keys": {**document["keys"], new: _new_key()}})
        self._load()
        return new

    def _load(self) -> None:
        document = files.read(self._path)
        try:
            self._keys = {name: _decode(key) for name, key in document["keys"].items()}
            self._active: str = document["active"]
        except (KeyError, AttributeError, TypeError, ValueError):
            raise KeyringError(f"{self._path} is not a keyring") from None
        if self._active not in self._keys:
            raise KeyringError(f"{self._path} lacks its active key")


def _new_key() -> str:
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()


def _decode(key: Any) -> bytes:
    material = base64.b64decode(key, validate=True)
    if len(material) != KEY_BYTES:
        raise ValueError
    return material
