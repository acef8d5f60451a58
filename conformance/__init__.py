"""The mirror: what FHIR R4 requires and what we claim.

`conformance.definitions` answers questions about R4, `conformance.validator` judges resources, and
`conformance.capability` states what the gateway offers. Imports nothing else of ours.
"""
