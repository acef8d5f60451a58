"""Key-encryption keys in a hardware security module (PKCS#11): they are made there and stay there.

Data keys go in to be wrapped, and come out of being unwrapped, with AES key wrap (CKM_AES_KEY_WRAP,
RFC 3394). A key-encryption key is a token object labelled ``yiqiao-kek-<number>-<random>``; the one
with the highest number is active. Needs the ``hsm`` extra.

Follows PKCS#11 v2.40, 4.8 (secret keys) and 5.13 (C_WrapKey, C_UnwrapKey).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass
from pkcs11.exceptions import (
    DeviceError,
    DeviceRemoved,
    PKCS11Error,
    SessionClosed,
    SessionHandleInvalid,
    UserAlreadyLoggedIn,
    UserNotLoggedIn,
)

from gateway.keys.errors import KeyringError, UnknownKeyError, UnsealError
from gateway.keys.hashes import random_id
from gateway.keys.provider import Wrapped

T = TypeVar("T")

_PREFIX = "yiqiao-kek-"
_BITS = 256
_LOST = (DeviceError, DeviceRemoved, SessionClosed, SessionHandleInvalid, UserNotLoggedIn)
_KEK = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
_DATA_KEY = {
    Attribute.CLASS: ObjectClass.SECRET_KEY,
    Attribute.KEY_TYPE: KeyType.AES,
    Attribute.TOKEN: False,
    Attribute.SENSITIVE: False,
    Attribute.EXTRACTABLE: True,
}


class HsmKeyring:
    """A `KekProvider` over a PKCS#11 token.

    Parameters
    ----------
    library : Path
        The vendor's PKCS#11 library.
    token : str
        Label of the token.
    pin : str
        The user's PIN.

    Raises
    ------
    KeyringError
        The library, the token or the PIN cannot be used.
    """

    def __init__(self, library: Path, token: str, pin: str) -> None:
        self._pin = pin
        self._lock = Lock()  # a PKCS#11 session is one conversation
        try:
            self._token = pkcs11.lib(str(library)).get_token(token_label=token)
            self._session = self._open()
            if not self._labels():
                self._generate(self._session, 1)
            self._active = max(self._labels())
        except PKCS11Error as fault:
            why = type(fault).__name__
            raise KeyringError(f"token {token} of {library} cannot be used: {why}") from None

    @property
    def active(self) -> str:
        """Label of the key that `wrap` uses."""
        return self._active

    def wrap(self, key: bytes) -> Wrapped:
        """Wrap a key under the active key, in the token."""
        kek = self._active

        def do(session: Any) -> bytes:
            data_key = session.create_object({**_DATA_KEY, Attribute.VALUE: key})
            try:
                wrapped = _kek(session, kek).wrap_key(data_key, mechanism=Mechanism.AES_KEY_WRAP)
            finally:
                data_key.destroy()
            return bytes(wrapped)

        return Wrapped(kek, self._with_session(do))

    def unwrap(self, kek: str, wrapped: bytes) -> bytes:
        """Unwrap a key, in the token.

        Raises
        ------
        UnknownKeyError
            The token holds no key of that label.
        UnsealError
            The wrapped bytes are not authentic under that key.
        """

        def do(session: Any) -> bytes:
            holder = _kek(session, kek)
            try:
                data_key = holder.unwrap_key(
                    ObjectClass.SECRET_KEY,
                    KeyType.AES,
                    wrapped,
                    mechanism=Mechanism.AES_KEY_WRAP,
                    template=_DATA_KEY,
                )
            except _LOST:
                raise
            except PKCS11Error:
                raise UnsealError(f"a key does not unwrap under {kek}") from None
            try:
                return bytes(data_key[Attribute.VALUE])
            finally:
                data_key.destroy()

        key = self._with_session(do)
        self._active = max(self._active, kek)  # another process may have rotated
        return key

    def rotate(self) -> str:
        """Make a new key in the token, make it the active one, and return its label."""

        def do(session: Any) -> str:
            number = int(max(self._labels()).removeprefix(_PREFIX).split("-")[0])
            return self._generate(session, number + 1)

        self._active = self._with_session(do)
        return self._active

    def close(self) -> None:
        """End the session."""
        self._session.close()

    def _open(self) -> Any:
        try:
            return self._token.open(rw=True, user_pin=self._pin)
        except UserAlreadyLoggedIn:  # a login is the process's, not the session's
            return self._token.open(rw=True)

    def _with_session(self, do: Callable[[Any], T]) -> T:
        """Run with the session; once more with a new one where the token has dropped it.

        Raises
        ------
        KeyringError
            The token is away, or fails.
        """
        with self._lock:
            try:
                try:
                    return do(self._session)
                except _LOST:
                    self._session = self._open()
                    return do(self._session)
            except PKCS11Error as fault:
                raise KeyringError(f"the token fails: {type(fault).__name__}") from None

    def _labels(self) -> list[str]:
        found = self._session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY})
        return [label for key in found if (label := key.label or "").startswith(_PREFIX)]

    @staticmethod
    def _generate(session: Any, number: int) -> str:
        label = f"{_PREFIX}{number:06d}-{random_id()}"
        session.generate_key(
            KeyType.AES,
            _BITS,
            label=label,
            store=True,
            capabilities=MechanismFlag.WRAP | MechanismFlag.UNWRAP,
            template=_KEK,
        )
        return label


def _kek(session: Any, label: str) -> Any:
    wanted = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.LABEL: label}
    for key in session.get_objects(wanted):
        return key
    raise UnknownKeyError(f"the token holds no key-encryption key {label}")
