"""The store: sealed records, the spool, persons, and who takes part. `Store` is the door."""

from gateway.store.clinical import FOREVER, NEVER
from gateway.store.compartments import CompartmentRow, NewCompartment
from gateway.store.errors import ConflictError, ErasedError, SchemaError, StoreError
from gateway.store.merges import Group, MergeEvent
from gateway.store.persons import PersonRow, Review
from gateway.store.spool import Arrival, Depth, Entry, Message, Outcome, Placed
from gateway.store.store import Store, Tx, now_us
from gateway.store.versions import Key, New, Row, Stored, compartment_of, document_of, is_id

__all__ = [
    "FOREVER",
    "NEVER",
    "Arrival",
    "CompartmentRow",
    "ConflictError",
    "Depth",
    "Entry",
    "ErasedError",
    "Group",
    "Key",
    "MergeEvent",
    "Message",
    "New",
    "NewCompartment",
    "Outcome",
    "PersonRow",
    "Placed",
    "Review",
    "Row",
    "SchemaError",
    "Store",
    "StoreError",
    "Stored",
    "Tx",
    "compartment_of",
    "document_of",
    "is_id",
    "now_us",
]
