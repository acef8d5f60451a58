"""Orders that stand behind prior results are of the patient and the visit of the message."""

from __future__ import annotations

import pytest
from speaking import message, of

from mappings.hl7v2.message import parse
from mappings.hl7v2.priors import own_orders_first

OURS, PRIOR = "PID|1||100^^^H", "PID|1||200^^^H"


@pytest.mark.parametrize(
    ("kind", "sent", "read"),
    [
        ("OML^O21", "PID|1 ORC|NW|1 OBR|1 PID|2 ORC|RE|9 OBR|9 OBX ORC|NW|2 OBR|2",
         "PID|1 ORC|NW|1 OBR|1 ORC|NW|2 OBR|2 PID|2 ORC|RE|9 OBR|9 OBX"),
        ("OMG^O19", "PID|1 ORC|NW|1 PID|2 OBR|9 OBX ORC|CA|2 PID|3 ORC|PR|8 ORC|NW|3",
         "PID|1 ORC|NW|1 ORC|CA|2 ORC|NW|3 PID|2 OBR|9 OBX PID|3 ORC|PR|8"),
        ("OML^O33", "PID|1 SPM|1 ORC|NW|1 PID|2 ORC|RE|9 OBR|9 OBX SPM|2 SAC ORC|NW|2 OBR|2",
         "PID|1 SPM|1 ORC|NW|1 SPM|2 SAC ORC|NW|2 OBR|2 PID|2 ORC|RE|9 OBR|9 OBX"),
        # Two patients who are both ordered for; a message of results; one without prior patients.
        ("OML^O21", "PID|1 ORC|NW|1 PID|2 ORC|NW|2 ORC|RE|3 ORC|NW|4", ""),
        ("OML^O21", "PID|1 ORC|RE|1 PID|2 ORC|RE|2 ORC|NW|3", ""),
        ("OML^O21", "PID|1 ORC|NW|1 ORC|PR|9 ORC|NW|2", ""),
        ("OML^O21", "PID|1 ORC|NW|1 PID|2 AL1 NTE", ""),
        ("ORM^O01", "PID|1 ORC|NW|1 PID|2 ORC|RE|9 ORC|NW|2", ""),
    ],
)  # fmt: skip
def test_own_orders_stand_before_prior_results(kind: str, sent: str, read: str) -> None:
    text = "\r".join([f"MSH|^~\\&|||||||{kind}", *sent.split()])
    _, *made = own_orders_first(parse(text).segments)
    assert ["|".join(segment.fields) for segment in made] == (read or sent).split()


@pytest.mark.parametrize("prior", [OURS, PRIOR])
@pytest.mark.parametrize("kind", ["OML^O21", "OMG^O19", "OMI^O23"])
def test_an_order_behind_a_prior_result_is_of_the_message_s_patient(kind: str, prior: str) -> None:
    made = message(
        kind,
        OURS, "PV1|1|I|||||||||||||||||V1", "ORC|NW|O1", "OBR|1|O1||CBC^^L",
        prior, "ORC|RE|O9|F9", "OBR|1|O9|F9|HBS^^L", "OBX|1|NM|HBS^^L||7||||||F",
        "ORC|NW|O2", "OBR|2|O2||BMP^^L",
    )  # fmt: skip
    orders = {order["code"]["coding"][0]["code"]: order for order in of(made, "ServiceRequest")}
    (visit,) = of(made, "Encounter")
    for code in ("CBC", "BMP"):
        assert orders[code]["subject"] == {"reference": "Patient/patient-100.Patient"}
        assert orders[code]["encounter"] == {"reference": f"Encounter/{visit['id']}"}
    assert orders["HBS"]["subject"]["reference"].startswith(f"Patient/patient-{prior[7:10]}")
