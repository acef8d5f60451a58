"""What can go wrong in the store. No message here carries record content.

::

    StoreError
    ├── SchemaError      the database's schema is not one this program knows
    ├── ErasedError      the compartment's key was destroyed: nothing in it can be read or written
    ├── ConflictError    what a transaction relied on was changed by another one; try again
    ├── ForeignKeysError the keys are not those that the database was begun with
    └── LogLostError     the audit log's head is gone: nothing may be added, so nothing disclosed
"""


class StoreError(Exception):
    """Base of every failure in `gateway.store` that is not the database driver's."""


class SchemaError(StoreError):
    """The database was migrated by a newer program, or its address cannot be used."""


class ForeignKeysError(StoreError):
    """The database was begun with other keys than these."""


class ErasedError(StoreError):
    """The compartment was destroyed (crypto-shredding), or never was."""


class ConflictError(StoreError):
    """Another transaction has already done what this one was about to do."""


class LogLostError(StoreError):
    """The audit log's head is gone from a store that was used."""
