"""Why the judge decided as it did: short codes, each with a sentence for an auditor."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """The reason of a `Decision`: the value is the code, `sentence` is what an auditor reads."""

    sentence: str

    def __new__(cls, code: str, sentence: str) -> Reason:
        """Make a member that is its code and carries its sentence."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.sentence = sentence
        return member

    # Permitted
    PERMITTED = (
        "permitted",
        "An active Consent permits this organisation this action for this purpose, and covers the "
        "resource.",
    )
    PERMITTED_BY_EXCEPTION = (
        "permitted-by-exception",
        "A provision inside an active Consent permits the resource, as an exception to the "
        "Consent's own rule.",
    )

    # Denied whatever the Consents permit
    LOCKED = (
        "locked",
        "The operator has switched all disclosure off; no Consent can permit anything meanwhile.",
    )
    DENIED = (
        "denied",
        "An active Consent denies the resource; a denial wins over every permission.",
    )
    DENIED_BY_EXCEPTION = (
        "denied-by-exception",
        "A provision inside an active Consent denies the resource, as an exception to what the "
        "Consent permits.",
    )

    # Denied because nothing permits: about the request
    NO_CONSENT = (
        "no-consent",
        "No Consent in force permits anything in this record; without one nothing is disclosed.",
    )
    NOT_UNDERSTOOD = (
        "not-understood",
        "The only permission there is holds a criterion or a modifier this judge does not know, "
        "so it permits nothing.",
    )
    ACTOR_NOT_NAMED = (
        "actor-not-named",
        "No permission in force names this organisation by a reference that the gateway resolved.",
    )
    OUTSIDE_PERIOD = (
        "outside-period",
        "The permission that names this organisation has not begun or has ended.",
    )
    ACTION_NOT_PERMITTED = (
        "action-not-permitted",
        "The permission in force for this organisation does not extend to this action.",
    )
    PURPOSE_NOT_PERMITTED = (
        "purpose-not-permitted",
        "The permission in force for this organisation does not extend to this purpose of use.",
    )

    # Denied because nothing permits: about the resource
    TYPE_NOT_COVERED = (
        "type-not-covered",
        "The permission is for other types of resource.",
    )
    LABEL_NOT_COVERED = (
        "label-not-covered",
        "The resource is more confidential, or otherwise sensitive, than the permission allows.",
    )
    HOLDER_NOT_COVERED = (
        "holder-not-covered",
        "The permission is for records held by another organisation.",
    )
    DATE_NOT_COVERED = (
        "date-not-covered",
        "The resource lies outside the period of data the permission is for, or has no clinical "
        "date.",
    )
    CODE_NOT_COVERED = (
        "code-not-covered",
        "The permission is for resources with other codes.",
    )
    DATA_NOT_COVERED = (
        "data-not-covered",
        "The permission is for particular resources, and this is not one of them.",
    )
