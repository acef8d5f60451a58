"""What a translation has to say: findings are values, without patient content."""

from __future__ import annotations

from typing import Literal, NamedTuple

Severity = Literal["information", "warning", "error"]

#: Every finding's code with the sentence an auditor reads; a test keeps it complete.
CODES: dict[str, str] = {
    "ambiguous-time": "the clocks were put back: this local time was twice; the first is taken",
    "already-filled": "FHIR has room for one value here, and another one has it",
    "bad-value": "the value is not one that its element can take; it was left out",
    "broken-segment": "a line without a segment name was joined to the segment before it",
    "charset-otherwise": "the octets are not text of the character set declared; read in their own",
    "charset-uncertain": "the octets may be text of another character set, too; set the source's",
    "control-characters": "control characters, which FHIR's strings cannot have, were left out",
    "erased": "the sender deletes this element",
    "extra-repetition": "FHIR has room for one value here; further repetitions were left out",
    "filler": "a word that says nothing, or none, stands where a value would: it was left out",
    "incomplete": "FHIR requires more here than could be read; what belongs to it was left out",
    "kept-as-text": "the value is not of the kind it is declared to be; it was kept as it stands",
    "no-patient": "the message speaks of a patient and names none",
    "patient-by-order": "the message names no patient; its orders are known by their numbers",
    "no-patient-identifier": "the patient has no identifier; the record stands alone",
    "nothing-to-add-to": "the segment adds to a resource that the message does not have",
    "no-structure": "no table for this message structure; segments with tables were translated",
    "repaired-header": "MSH-2 is incomplete; the standard encoding characters were assumed",
    "skipped-time": "the clocks were put forward: this local time was not; read by those before",
    "strange-characters": "characters that no standard gives a meaning: C1 controls, private use",
    "unknown-segment": "no table for this segment; its fields were left out",
    "unmapped-code": "no FHIR code is known for this code",
    "unmapped-component": "no table row for this component; it was left out",
    "unmapped-field": "no table row for this field; it was left out",
    "not-applicable": "no table row that reads this applies here; it was left out",
    "undecodable": "the bytes are not text in the character set that applies",
    "invalid-resource": "the resource does not satisfy FHIR R4 and was withheld",
    "too-many-patients": "an appointment of more patients and resources than can be told apart",
    "missing-msh": "the message does not begin with an MSH segment",
    "bad-encoding-characters": "MSH-1 and MSH-2 do not name usable delimiters",
    "unsupported-message": "no segment of this message says anything that a table carries over",
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
