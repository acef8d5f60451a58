"""The judge: FHIR Consent in, a decision with its reason out.

`parse` reads a Consent into a `Policy`, `validate` says what a Consent must satisfy before it is
kept, `decide` and `compile_policies` judge a resource by its `Facts`, `labels_for` gives a resource
its security labels. All of it is pure: no input or output, no clock, no keys.
"""

from consent.codes import code_keys
from consent.decide import Judge, compile_policies, decide, governing
from consent.labels import labels_for, passed_on
from consent.model import Decision, Facts, Policy, Request, Rule, known_as, limited, named
from consent.parse import parse
from consent.reasons import Reason
from consent.shapes import ConsentError
from consent.validate import validate

__all__ = [
    "ConsentError",
    "Decision",
    "Facts",
    "Judge",
    "Policy",
    "Reason",
    "Request",
    "Rule",
    "code_keys",
    "compile_policies",
    "decide",
    "governing",
    "known_as",
    "labels_for",
    "limited",
    "named",
    "parse",
    "passed_on",
    "validate",
]
