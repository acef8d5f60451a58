"""Envelope encryption: plaintext and its context in, sealed bytes out, and back.

A sealed value is ``algorithm (1 byte) ‖ salt (0 or 16) ‖ nonce (12) ‖ ciphertext ‖ tag (16)``. The
algorithm byte is the key's choice when sealing and the value's own when opening, so a store may
hold both algorithms while an installation moves from one to the other.

A random 96-bit nonce is good for 2^32 values under one key (NIST SP 800-38D, 8.3). One patient's
compartment never comes near; the spool's and the audit's keys would, so they are `lasting`: each
value is sealed under a key of its own, derived from the data key and a random 128-bit salt.
"""

from __future__ import annotations

import os
from enum import IntEnum
from hashlib import blake2b
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.keys.errors import UnsealError

KEY_BYTES = 32
_NONCE = 12
_TAG = 16
_SALT = 16
_SALTED = 0x10  # flag on the algorithm byte


class Algorithm(IntEnum):
    """The ciphers a value may be sealed with; the number is the sealed value's first byte."""

    AES_256_GCM = 1
    SM4_GCM = 2


class _Aead(Protocol):
    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes: ...
    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes: ...


class _Sm4Gcm:
    """SM4 (GB/T 32907) in Galois/Counter Mode, with the interface of `AESGCM`."""

    def __init__(self, key: bytes) -> None:
        self._cipher = algorithms.SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        encryptor = Cipher(self._cipher, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated_data)
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        mode = modes.GCM(nonce, data[-_TAG:], min_tag_length=_TAG)
        decryptor = Cipher(self._cipher, mode).decryptor()
        decryptor.authenticate_additional_data(associated_data)
        return decryptor.update(data[:-_TAG]) + decryptor.finalize()


def _cipher(algorithm: Algorithm, material: bytes, salt: bytes) -> _Aead:
    """One cipher per algorithm and salt; no two of them ever use the same key bytes."""
    if algorithm is Algorithm.AES_256_GCM:
        if not salt:
            return AESGCM(material)
        return AESGCM(_derive(material, salt, b"aes-256-gcm", 32))
    return _Sm4Gcm(_derive(material, salt, b"sm4-gcm", 16))


def _derive(material: bytes, salt: bytes, use: bytes, size: int) -> bytes:
    return blake2b(key=material, salt=salt, person=use, digest_size=size).digest()


class DataKey:
    """A 256-bit key that seals and opens values.

    Parameters
    ----------
    material : bytes
        32 random bytes.
    algorithm : Algorithm
        What `seal` uses; `open` reads whatever the value says.
    lasting : bool
        For a key that will seal billions of values: derive a key per value.
    """

    __slots__ = ("_algorithm", "_ciphers", "_lasting", "_material")

    def __init__(
        self,
        material: bytes,
        algorithm: Algorithm = Algorithm.AES_256_GCM,
        *,
        lasting: bool = False,
    ) -> None:
        if len(material) != KEY_BYTES:
            raise ValueError(f"a data key is {KEY_BYTES} bytes")
        self._material = material
        self._algorithm = algorithm
        self._lasting = lasting
        self._ciphers: dict[Algorithm, _Aead] = {}

    def seal(self, plaintext: bytes, aad: bytes) -> bytes:
        """Encrypt `plaintext` and bind it to `aad`, which `open` must be given again."""
        if self._lasting:
            salt = os.urandom(_SALT)
            cipher = _cipher(self._algorithm, self._material, salt)
            head = bytes((self._algorithm | _SALTED,)) + salt
        else:
            cipher = self._unsalted(self._algorithm)
            head = bytes((self._algorithm,))
        nonce = os.urandom(_NONCE)
        return head + nonce + cipher.encrypt(nonce, plaintext, aad)

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        """Decrypt what `seal` returned.

        Raises
        ------
        UnsealError
            The bytes or `aad` are not those that were sealed, or the key is another.
        """
        try:
            algorithm = Algorithm(sealed[0] & ~_SALTED)
        except (IndexError, ValueError):
            raise UnsealError("not a sealed value") from None
        start = 1
        if sealed[0] & _SALTED:
            start += _SALT
            cipher = _cipher(algorithm, self._material, sealed[1:start].ljust(_SALT, b"\0"))
        else:
            cipher = self._unsalted(algorithm)
        body = start + _NONCE
        if len(sealed) < body + _TAG:
            raise UnsealError("sealed value is cut short")
        try:
            return cipher.decrypt(sealed[start:body], sealed[body:], aad)
        except InvalidTag:
            raise UnsealError("sealed value is not authentic here") from None

    def _unsalted(self, algorithm: Algorithm) -> _Aead:
        cipher = self._ciphers.get(algorithm)
        if cipher is None:
            cipher = self._ciphers[algorithm] = _cipher(algorithm, self._material, b"")
        return cipher

    def __repr__(self) -> str:
        return f"DataKey({self._algorithm.name}, …)"
