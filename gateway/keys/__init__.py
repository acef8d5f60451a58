"""Keys: what seals, hashes and signs. `Keys` is the door; the rest are its parts."""

from gateway.keys.envelope import Algorithm, DataKey
from gateway.keys.errors import KeyringError, KeysError, UnknownKeyError, UnsealError
from gateway.keys.hashes import ID_CHARACTERS, random_id
from gateway.keys.keyring import FileKeyring
from gateway.keys.keys import Keys
from gateway.keys.opening import open_keys
from gateway.keys.provider import KekProvider, Wrapped
from gateway.keys.signing import Signer

__all__ = [
    "ID_CHARACTERS",
    "Algorithm",
    "DataKey",
    "FileKeyring",
    "KekProvider",
    "KeyringError",
    "Keys",
    "KeysError",
    "Signer",
    "UnknownKeyError",
    "UnsealError",
    "Wrapped",
    "open_keys",
    "random_id",
]
