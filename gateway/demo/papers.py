"""What the people of the story send: messages, a Consent, a question about a visit."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from adapters.files import Kind, split_messages

ID_CARD = "urn:oid:2.16.156.10011.1.3"
NUMBER = "110101190001010030"  # synthetic: born in 1900, never given to anyone


def paths() -> list[Path]:
    """Return the files of the hospitals' messages, in the order they are sent."""
    folder = Path(str(files("gateway.demo"))) / "data"
    return sorted(folder.glob("*.hl7"))


def octets(path: Path) -> bytes:
    """Return a message in the character set that its file name tells of."""
    codec = "gb18030" if ".gb18030." in path.name else "utf-8"
    text = path.read_text(encoding="utf-8").encode(codec)
    piece = next(p for p in split_messages(text) if p.kind is Kind.MESSAGE)
    return piece.octets.replace(b"\n", b"\r")


def charset(message: bytes) -> str:
    """Name the character set of a message, as the story tells it."""
    try:
        message.decode("utf-8")
    except UnicodeDecodeError:
        return "GB18030"
    return "ASCII" if message.isascii() else "UTF-8"


def consent(number: str) -> dict[str, Any]:
    """Return the Consent of the person with an identity number, as the patient app writes it."""

    def actor(organisation: str) -> list[dict[str, Any]]:
        role = {"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
                "code": "IRCP"}  # fmt: skip
        return [
            {"role": {"coding": [role]}, "reference": {"reference": f"Organization/{organisation}"}}
        ]

    reason = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope",
                              "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"identifier": {"system": ID_CARD, "value": number}},
        "dateTime": "2026-03-02T09:00:00+08:00",
        "policyRule": {"text": "separate consent"},
        "provision": {
            "type": "deny",
            "provision": [
                {
                    "type": "permit",
                    "actor": actor("cloudcare"),
                    "purpose": [{"system": reason, "code": "TREAT"}],
                },
                {
                    "type": "permit",
                    "actor": actor("evergreen"),
                    "purpose": [{"system": reason, "code": "HPAYMT"}],
                    "class": [
                        {"system": "http://hl7.org/fhir/resource-types", "code": type_}
                        for type_ in ("Encounter", "Condition")
                    ],
                },
                {
                    "type": "deny",
                    "securityLabel": [
                        {
                            "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
                            "code": "PSY",
                        }
                    ],
                },
            ],
        },
    }  # fmt: skip


def question(day: str, category: str) -> dict[str, Any]:
    """Return what an insurer asks (`Encounter/$verify-visit`)."""
    return {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "identity", "valueIdentifier": {"system": ID_CARD, "value": NUMBER}},
            {"name": "hospital", "valueString": "tjh01"},
            {"name": "date", "valueDate": day},
            {"name": "diagnosisCategory", "valueCode": category},
        ],
    }
