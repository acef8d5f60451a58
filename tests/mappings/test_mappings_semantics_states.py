"""States: how far an order has got, whether a consent stands, as its own message says."""

from __future__ import annotations

import pytest
from speaking import PID, found, message, one


@pytest.mark.parametrize("kind", ["ORL^O22", "ORR^O02", "ORM^O01"])
@pytest.mark.parametrize(
    ("control", "status"),
    [
        ("UA", "revoked"), ("RP", "revoked"), ("RQ", "revoked"), ("RU", "revoked"),
        ("RO", "active"), ("NW", "active"),
    ],
)  # fmt: skip
def test_an_order_that_is_replaced_or_refused_is_not_active(
    kind: str, control: str, status: str
) -> None:
    """What is replaced is as cancelled (v2.9 4.5.1.1); who is unable to accept will not do it."""
    made = message(kind, PID, f"ORC|{control}|P1", "OBR|1|P1||A^a^L")
    assert one(made, "ServiceRequest")["status"] == status
    assert [m.weak for m in made.made if m.resource["resourceType"] == "ServiceRequest"] == [
        ("intent",)
    ]
    assert found(made) == []


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("A", "active"), ("L", "active"), ("B", "inactive"), ("P", "proposed"), ("R", "rejected"),
        ("X", "inactive"),
    ],
)  # fmt: skip
def test_a_consent_stands_if_it_was_given(said: str, status: str) -> None:
    """Of table 0498, B says that consent was not sought."""
    con = f"CON|1|001||C1|||||||{said}||20260301"
    made = message("ADT^A08", PID, "PV1|1|I", con)
    assert one(made, "Consent")["status"] == status
    assert found(made) == []
