"""All secrets of one installation behind one object: a directory and a KEK provider in, `Keys` out.

What is not a key-encryption key — the secret of the keyed hashes, the spool's and the audit's data
keys, the signing keys — lies in ``secrets.json``, sealed under a data key that the provider wraps;
with an HSM the file alone opens nothing.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from gateway.keys import files
from gateway.keys.envelope import KEY_BYTES, Algorithm, DataKey
from gateway.keys.errors import KeyringError
from gateway.keys.hashes import Hashes
from gateway.keys.keyring import FileKeyring
from gateway.keys.provider import KekProvider, Wrapped
from gateway.keys.signing import Signer

_AAD = b"yiqiao/secrets"


class _Secrets(NamedTuple):
    hashes: bytes
    spool: bytes
    audit: bytes
    access: Signer
    receipt: Signer
    log: Signer


class Keys:
    """The installation's keys.

    Parameters
    ----------
    directory : Path
        Where ``secrets.json`` (and the file keyring) lie; made on first use.
    provider : KekProvider, optional
        Where key-encryption keys live; default: ``keyring.json`` in `directory`.
    algorithm : Algorithm
        What new values are sealed with.

    Attributes
    ----------
    directory : Path
        Where they lie.
    spool_key, audit_key : DataKey
        For messages not yet applied, and for audit events.
    access_signer, receipt_signer, audit_signer : Signer
        For access tokens, visit receipts, and heads of the audit log.

    Raises
    ------
    KeyringError
        A key file is malformed or readable by others.
    """

    def __init__(
        self,
        directory: Path,
        provider: KekProvider | None = None,
        algorithm: Algorithm = Algorithm.AES_256_GCM,
    ) -> None:
        self.directory = directory
        self._path = directory / "secrets.json"
        self._algorithm = algorithm
        self._provider = provider or FileKeyring(directory / "keyring.json")
        if not self._path.exists():
            files.create(self._path, self._sealed(_new_secrets()))
        self._load()

    def token(self, kind: str, *parts: str) -> bytes:
        """Return 16 bytes by which a value of that kind is looked up."""
        return self._hashes.token(kind, *parts)

    def digest(self, kind: str, *parts: bytes) -> bytes:
        """Return 16 bytes that stand for raw content."""
        return self._hashes.digest(kind, *parts)

    def code_token(self, system: str, code: str) -> bytes:
        """Return 8 bytes for a coding."""
        return self._code_token(system, code)

    def derive_id(self, *parts: str) -> str:
        """Return the 16-character id that these parts always get."""
        return self._hashes.derive_id(*parts)

    def local_ids(self, *parts: str) -> Callable[..., str]:
        """Return what gives the 16-character ids of parts that begin with these."""
        return self._hashes.local_ids(*parts)

    @property
    def active_kek(self) -> str:
        """Id of the key-encryption key that new data keys are wrapped under."""
        return self._provider.active

    def new_data_key(self) -> Wrapped:
        """Make a data key and return it wrapped: ``(kek, data)``."""
        return self._provider.wrap(os.urandom(KEY_BYTES))

    def unwrap(self, kek: str, wrapped: bytes) -> DataKey:
        """Return a data key ready for use.

        Raises
        ------
        UnknownKeyError, UnsealError
            See `KekProvider.unwrap`.
        """
        return DataKey(self._provider.unwrap(kek, wrapped), self._algorithm)

    def rewrap(self, kek: str, wrapped: bytes) -> Wrapped:
        """Wrap a data key anew, under the active key-encryption key."""
        return self._provider.wrap(self._provider.unwrap(kek, wrapped))

    def rotate(self) -> str:
        """Make a new key-encryption key and new signing keys; return the former's id.

        Data keys stay as they are until `Store.rewrap` has wrapped them anew; retired public keys
        still verify. The secret of the keyed hashes never changes: every id derives from it.
        """
        self._load()
        new = self._provider.rotate()
        secrets = self._secrets
        files.replace(
            self._path,
            self._sealed(
                secrets._replace(
                    access=secrets.access.rotated(),
                    receipt=secrets.receipt.rotated(),
                    log=secrets.log.rotated(),
                )
            ),
        )
        self._load()
        return new

    def refresh(self) -> bool:
        """Read the secrets again if another process has rotated them; tell whether it had."""
        if _stamp(self._path) == self._stamp:
            return False
        self._load()
        return True

    def _sealed(self, secrets: _Secrets) -> dict[str, Any]:
        material = os.urandom(KEY_BYTES)
        kek, wrapped = self._provider.wrap(material)
        plain = orjson.dumps(
            {
                "hashes": _encode(secrets.hashes),
                "spool": _encode(secrets.spool),
                "audit": _encode(secrets.audit),
                "access": secrets.access.dump(),
                "receipt": secrets.receipt.dump(),
                "log": secrets.log.dump(),
            }
        )
        sealed = DataKey(material, self._algorithm).seal(plain, _AAD)
        return {"kek": kek, "key": _encode(wrapped), "sealed": _encode(sealed)}

    def _load(self) -> None:
        self._stamp = _stamp(self._path)
        document = files.read(self._path)
        try:
            kek, wrapped, sealed = document["kek"], document["key"], document["sealed"]
            key = self.unwrap(kek, base64.b64decode(wrapped, validate=True))
            plain = orjson.loads(key.open(base64.b64decode(sealed, validate=True), _AAD))
        except (KeyError, TypeError, ValueError):
            raise KeyringError(f"{self._path} is not a secrets file") from None
        self._secrets = secrets = _Secrets(
            base64.b64decode(plain["hashes"]),
            base64.b64decode(plain["spool"]),
            base64.b64decode(plain["audit"]),
            Signer.load(plain["access"]),
            Signer.load(plain["receipt"]),
            Signer.load(plain["log"]),
        )
        self._hashes = Hashes(secrets.hashes)
        # Few codes make up nearly all there are.
        self._code_token = lru_cache(maxsize=65_536)(self._hashes.code_token)
        self.spool_key = DataKey(secrets.spool, self._algorithm, lasting=True)
        self.audit_key = DataKey(secrets.audit, self._algorithm, lasting=True)
        self.access_signer = secrets.access
        self.receipt_signer = secrets.receipt
        self.audit_signer = secrets.log


def _new_secrets() -> _Secrets:
    hashes, spool, audit = (os.urandom(KEY_BYTES) for _ in range(3))
    return _Secrets(hashes, spool, audit, Signer.generate(), Signer.generate(), Signer.generate())


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_ino
