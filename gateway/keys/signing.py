"""Signing keys: one private key that signs, and every public key that ever did.

ES256 (RFC 7518, 3.4). What was signed must stay verifiable after the key is rotated: a receipt for
as long as anybody holds it, an audit head for as long as the log. The private half of a retired key
is forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from joserfc.jwk import ECKey, KeySet


class Signer:
    """An ES256 key pair and its predecessors' public keys."""

    def __init__(self, private: ECKey, retired: Sequence[ECKey] = ()) -> None:
        self._private = private
        self._retired = tuple(retired)

    @classmethod
    def generate(cls) -> Signer:
        """Make a new key pair; its `kid` is its RFC 7638 thumbprint."""
        return cls(_new_key())

    @property
    def key(self) -> ECKey:
        """The private key that signs now."""
        return self._private

    @property
    def kid(self) -> str:
        """The `kid` to put in the header of what is signed now."""
        return str(self._private.kid)

    def knows(self, kid: str) -> bool:
        """Whether that key is, or was, this one's."""
        return any(key.kid == kid for key in (self._private, *self._retired))

    @property
    def public_keys(self) -> KeySet:
        """What verifies: the present key and all before it, public halves, newest first."""
        return KeySet([ECKey.import_key(key) for key in self.jwks()["keys"]])

    def jwks(self) -> dict[str, list[dict[str, Any]]]:
        """Return the JSON Web Key Set (RFC 7517, 5) to publish."""
        keys = (self._private, *self._retired)
        return {
            "keys": [{**key.as_dict(private=False), "use": "sig", "alg": "ES256"} for key in keys]
        }

    def rotated(self) -> Signer:
        """Return a signer with a new key, which still verifies what this one signed."""
        public = ECKey.import_key(self.jwks()["keys"][0])
        return Signer(_new_key(), (public, *self._retired))

    def dump(self) -> dict[str, Any]:
        """Return all of it, the private key too, as JSON values; for a sealed file only."""
        return {
            "private": self._private.as_dict(private=True),
            "retired": [key.as_dict(private=False) for key in self._retired],
        }

    @classmethod
    def load(cls, document: dict[str, Any]) -> Signer:
        """Make a signer of what `dump` returned."""
        return cls(
            ECKey.import_key(document["private"]),
            [ECKey.import_key(key) for key in document["retired"]],
        )


def _new_key() -> ECKey:
    return ECKey.generate_key("P-256", auto_kid=True)
