"""The code systems a Consent speaks in, and what the judge makes of their codes: tables only."""

from __future__ import annotations

from consent.model import Type

CONSENT_SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
PRIVACY_SCOPE = f"{CONSENT_SCOPE}|patient-privacy"
CONSENT_ACTION = "http://terminology.hl7.org/CodeSystem/consentaction"
ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CONFIDENTIALITY_SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
RESOURCE_TYPES = frozenset({"http://hl7.org/fhir/resource-types", "http://hl7.org/fhir/fhir-types"})

ACCESS = "access"
ACTIONS = frozenset({"collect", "access", "use", "disclose", "correct"})

# v3-Confidentiality, from least to most confidential.
CONFIDENTIALITY = {code: rank for rank, code in enumerate("ULMNRV")}
RESTRICTED = CONFIDENTIALITY["R"]
VERY_RESTRICTED = CONFIDENTIALITY["V"]

# v3-ActCode: what is sensitive, of whom, and how it is to be dealt with; UWM and VIP of table 0177.
_SENSITIVITIES = """
    ETH GDIS HIV MST SCA SDV SEX SPI BH COGN DVD EMOTDIS MH PSY PSYTHPN SUD ETHUD OPIOIDUD STD TBOO
    VIO SICKLE DEMO DOB GENDER LIVARG MARST RACE REL B EMPL LOCIS SSP ADOL CEL DIA DRGIS EMP PDS PHY
    PRS COMPT ACOCOMPT CTCOMPT FMCOMPT HRCOMPT LRCOMPT PACOMPT RESCOMPT RMGTCOMPT
    SecurityPolicy AUTHPOL ACCESSCONSCHEME DELEPOL ObligationPolicy ANONY AOD AUDIT AUDTR CPLYCC
    CPLYCD CPLYJPP CPLYOPP CPLYOSP CPLYPOL DECLASSIFYLABEL DEID DELAU DOWNGRDLABEL DRIVLABEL
    ENCRYPT ENCRYPTR ENCRYPTT ENCRYPTU HUAPRV LABEL MASK MINEC PERSISTLABEL PRIVMARK PSEUD REDACT
    UPGRDLABEL RefrainPolicy NOAUTH NOCOLLECT NODSCLCD NODSCLCDS NOINTEGRATE NOLIST NOMOU NOORGPOL
    NOPAT NOPERSISTP NORDSCLCD NORDSCLCDS NORDSCLW NORELINK NOREUSE NOVIP ORCON UWM VIP
"""
SENSITIVITIES = frozenset(_SENSITIVITIES.split())

# What lies below a sensitivity, or is another name of the same: who denies the one denies these.
BENEATH: dict[str, frozenset[str]] = {
    general: frozenset(special.split())
    for general, special in {
        "BH": "COGN DVD EMOTDIS ETH ETHUD MH OPIOIDUD PSY PSYTHPN SUD",
        "DEMO": "DOB GENDER LIVARG MARST RACE REL",
        "ETH": "ETHUD OPIOIDUD SUD",
        "GDIS": "SICKLE",
        "MH": "EMOTDIS PSY PSYTHPN",
        "PSY": "MH PSYTHPN",
        "SDV": "DVD VIO",
        "SUD": "ETH ETHUD OPIOIDUD",
        "VIO": "DVD SDV",
    }.items()
}

# R4 leaves the root provision's type to Consent.policyRule where the provision does not say.
POLICY_RULES: dict[str, Type] = {
    "OPTIN": "permit",
    "OPTINR": "permit",
    "OPTOUT": "deny",
    "OPTOUTE": "deny",
}

# A permission that names no purpose does not extend to these: research and marketing are other
# people's ends, and need a Consent that says so.
EXPLICIT_PURPOSES = frozenset(
    {
        "HRESCH",
        "BIORCH",
        "CLINTRCH",
        "CLINTRCHNPC",
        "CLINTRCHPC",
        "DSRCH",
        "POARCH",
        "PRECLINTRCH",
        "TRANSRCH",
        "HMARKT",
    }
)

# provision.actor.role (value set security-role-type). A role says what the actor is in the rule:
# one who receives, the holder whose records are meant, or one who stands beside the Consent itself
# and limits nothing. Any other role could limit what is meant, in a way this judge does not know.
HOLDER_ROLE = "CST"
RECIPIENT_ROLES = frozenset(
    {
        "IRCP", "PRCP", "TRC", "NOT", "CALLBCK", "PPRF", "SPRF",  # v3-ParticipationType
        "AFFL", "AGNT", "ASSIGNED", "CAREGIVER", "CLAIM", "COVPTY", "EMP", "GUARD", "NAMED",
        "NOK", "PAT", "PAYOR", "PROV", "QUAL", "RESPRSN", "UNDWRT",  # v3-RoleClass
        "DPOWATT", "HPOWATT", "INTPRTER", "POWATT", "SPOWATT",  # v3-RoleCode
        "DELEGATEE", "GRANTEE",  # contractsignertypecodes and its kin
        "dataprocessor", "humanuser",  # extra-security-role-type
    }
)  # fmt: skip
BYSTANDER_ROLES = frozenset(
    {"CONSENTER", "CONSWIT", "DELEGATOR", "EVTWIT", "GRANTOR", "LA", "VALID", "VERF", "WIT"}
)
ROLES = RECIPIENT_ROLES | BYSTANDER_ROLES | {HOLDER_ROLE}

# What R4 defines in a provision. Anything else is a criterion this judge does not know.
CRITERIA = frozenset(
    {
        "type", "period", "actor", "action", "securityLabel", "purpose", "class", "code",
        "dataPeriod", "data", "provision",
    }
)  # fmt: skip
