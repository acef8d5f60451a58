"""Tables in, one Python module of straight-line functions out, every row checked against FHIR."""
