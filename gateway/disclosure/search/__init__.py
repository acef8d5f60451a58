"""FHIR search on what is already known to be visible."""
