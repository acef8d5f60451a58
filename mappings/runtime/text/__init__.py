"""Text in, what it says out: parts, shapes, FHIR primitives. Pure."""
