"""What a row calls by name, and what generated code calls for a data type: values in, FHIR out."""
