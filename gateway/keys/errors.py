"""What can go wrong with keys. No message here carries key material or sealed content.

::

    KeysError
    ├── KeyringError      a key file or a token cannot be used
    ├── UnknownKeyError   no key-encryption key of that id
    └── UnsealError       sealed bytes are not authentic under this key and context
"""


class KeysError(Exception):
    """Base of every failure in `gateway.keys`."""


class KeyringError(KeysError):
    """A key file is missing, malformed or readable by others, or a token fails."""


class UnknownKeyError(KeysError):
    """The provider holds no key-encryption key of that id."""


class UnsealError(KeysError):
    """Sealed bytes were altered, moved, or sealed under another key."""
