"""The dictionary: HL7v2 messages in, FHIR R4 resources and findings out.

Knowledge lives in `mappings/tables` (readable tables), mechanism in Python: `hl7v2` reads
messages, `language` reads tables, `compiler` checks tables against FHIR and turns them into
Python source, `runtime` is what that source calls, `translate` is the one pure function.
"""
