"""The store's tables, one schema for SQLite and PostgreSQL.

Rows are metadata in the clear plus a sealed body (`gateway.keys`). The compartment is the leading
column of every key that holds record content, so that rows of one patient lie together and the
schema can be distributed by it. Times are integers: microseconds since 1970-01-01 UTC. Hashes are
keyed (`gateway.keys.Keys.token`): equality can be looked up, values cannot be read back.
"""

from gateway.store.models.access import (
    AuditHead,
    AuditRow,
    Client,
    ConsentIndex,
    Organisation,
    SpentAssertion,
    VerificationAttempt,
)
from gateway.store.models.base import table
from gateway.store.models.feeds import (
    ListedResource,
    OrderHome,
    OrderNumber,
    OrderWait,
    Source,
    SpoolRow,
    WorklistRow,
)
from gateway.store.models.records import (
    CommitSequence,
    Compartment,
    IdentityToken,
    LinkReview,
    Merge,
    Person,
    ResourceHistory,
    ResourceRow,
)

__all__ = [
    "AuditHead",
    "AuditRow",
    "Client",
    "CommitSequence",
    "Compartment",
    "ConsentIndex",
    "IdentityToken",
    "LinkReview",
    "ListedResource",
    "Merge",
    "OrderHome",
    "OrderNumber",
    "OrderWait",
    "Organisation",
    "Person",
    "ResourceHistory",
    "ResourceRow",
    "Source",
    "SpentAssertion",
    "SpoolRow",
    "VerificationAttempt",
    "WorklistRow",
    "table",
]
