"""Referrals: who asks, who is asked, and who is only told of."""

from __future__ import annotations

from speaking import PID, found, message, of, one


def test_who_is_only_told_of_is_not_asked() -> None:
    """Of the roles of table 0286, the patient's own doctor (PP) takes no part in a referral."""
    made = message(
        "REF^I12", "RF1|A|||||R1",
        "PRD|RP|Li^An|||||D1", "PRD|PP|Wu^Bo|||||D2", "PRD|RT|Xu^Ci|||||D3",
        "PRD|CP|Ye^Di|||||D4", "PRD|XX|Ma^Er|||||D5", PID,
    )  # fmt: skip
    request = one(made, "ServiceRequest")
    assert request["requester"]["reference"].endswith("Practitioner-D1")
    assert [each["reference"][-2:] for each in request["performer"]] == ["D3", "D4"]
    assert len(of(made, "Practitioner")) == 5
    assert found(made) == ["not-applicable PRD[2]-1", "not-applicable PRD[5]-1"]
