"""What a translation has to say: findings are values, without patient content."""

from __future__ import annotations

from typing import Literal, NamedTuple

Severity = Literal["information", "warning", "error"]

#: Every finding's code with the sentence an auditor reads; a test keeps it complete.
CODES: dict[str, str] = {
    "ambiguous-time": "the clocks were put back: this local time occurred twice; the first was "
    "assumed",
    "already-filled": "FHIR has room for one value here, and another one has it",
    "bad-value": "the value is not valid for its element; it was left out",
    "broken-segment": "a line without a segment name was joined to the segment before it",
    "charset-otherwise": "the octets are not text of the declared character set; they were read in "
    "the one they are in",
    "charset-uncertain": "the octets may be text of another character set, too; configure the "
    "source's",
    "control-characters": "control characters, which FHIR's strings cannot have, were left out",
    "erased": "the sender deletes this element",
    "extra-repetition": "FHIR has room for one value here; further repetitions were left out",
    "filler": "the field has a word that means no value; it was left out",
    "incomplete": "FHIR requires more here than could be read; the element that lacks it was left "
    "out",
    "kept-as-text": "the value does not fit its declared type; it was kept as written",
    "no-patient": "the message is about a patient but names none",
    "patient-by-order": "the message names no patient; the patient is found by its orders",
    "no-patient-identifier": "the patient has no identifier; the record stands alone",
    "nothing-to-add-to": "the segment adds to a resource that the message does not have",
    "no-structure": "no table for this message structure; segments with tables were translated",
    "repaired-header": "MSH-2 is incomplete; the standard encoding characters were assumed",
    "skipped-time": "the clocks were put forward: this local time did not occur; the earlier "
    "offset was used",
    "strange-characters": "characters without a standard meaning (C1 controls, private use) were "
    "kept",
    "unknown-segment": "no table for this segment; its fields were left out",
    "unmapped-code": "this code has no FHIR code in the tables",
    "unmapped-component": "no table row for this component; it was left out",
    "unmapped-field": "no table row for this field; it was left out",
    "not-applicable": "the table rows for this field do not apply here; it was left out",
    "undecodable": "the bytes are not text in the character set that applies",
    "invalid-resource": "the resource does not satisfy FHIR R4 and was withheld",
    "too-many-patients": "the appointment has more patients and resources than can be told apart",
    "missing-msh": "the message does not begin with an MSH segment",
    "bad-encoding-characters": "MSH-1 and MSH-2 do not name usable delimiters",
    "unsupported-message": "the message has nothing that the tables carry over",
}


class Finding(NamedTuple):
    """One thing understood only in part, or not at all.

    ``location`` is written as HL7 writes it: ``PID-3[2].4``, ``ZPI``, ``OBX[3]-5``; ``detail``
    never repeats a value from the message.
    """

    severity: Severity
    code: str
    location: str
    detail: str = ""

    @property
    def text(self) -> str:
        """The sentence for `code`, with the detail where there is one."""
        sentence = CODES[self.code]
        return f"{sentence}: {self.detail}" if self.detail else sentence


class Unmapped(NamedTuple):
    """A code that a code table does not have: beside its finding, as received, for a worklist.

    ``table`` is the code table's name, ``system`` the one its sender gave (or the table's own).
    """

    table: str
    system: str
    code: str
    location: str
