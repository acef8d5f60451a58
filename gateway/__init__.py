"""The house: ingest, store, disclosure, API; the only room that wires the others together."""
