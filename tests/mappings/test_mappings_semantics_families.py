"""Results that belong together: sub-ids, and tests of what another result found."""

from __future__ import annotations

from typing import Any

import pytest
from speaking import PID, found, message, of, oru

CULTURE = (
    "OBR|1|P1|F1|MIC^Culture^L", "OBX|1|CWE|600-7^Bacteria^LN|1|E^E. coli^L||||||F",
    "OBX|2|CWE|600-7^Bacteria^LN|2|K^Klebsiella^L||||||F",
)  # fmt: skip


def members(observation: dict[str, Any]) -> list[str]:
    return [m["reference"].partition("/")[2] for m in observation.get("hasMember", [])]


def test_susceptibilities_are_members_of_their_organism() -> None:
    made = message(
        "ORU^R01", PID, *CULTURE,
        "OBR|2|P2|F2|SUS|||||||||||||||||||||F|600-7&Bacteria&LN^2^Klebsiella|||P1^F1",
        "OBX|1|SN|18906-8^Cipro^LN||<=^0.25|ug/mL|||||F",
        "OBR|3|P3|F3|SUS|||||||||||||||||||||F|600-7&Bacteria&LN^1",
        "OBX|1|SN|18906-8^Cipro^LN||>^8|ug/mL|||||F", "OBX|2|SN|18964-7^Septra^LN||>^4|ug/mL",
    )  # fmt: skip
    coli, klebsiella, *tests = of(made, "Observation")
    assert members(klebsiella) == [tests[0]["id"]]
    assert members(coli) == [tests[1]["id"], tests[2]["id"]]
    parents = [f"Observation/{one['id']}" for one in (klebsiella, coli, coli)]
    assert [t["derivedFrom"] for t in tests] == [[{"reference": parent}] for parent in parents]


def test_a_member_may_come_before_its_parent() -> None:
    tests = ("OBR|2|P2|F2|SUS|||||||||||||||||||||F|600-7&Bacteria&LN^2",
             "OBX|1|SN|18906-8^Cipro^LN||<=^0.25|ug/mL|||||F")  # fmt: skip
    made = message("ORU^R01", PID, *tests, *CULTURE)
    cipro, coli, klebsiella = of(made, "Observation")
    assert (members(coli), members(klebsiella)) == ([], [cipro["id"]])
    assert cipro["derivedFrom"] == [{"reference": f"Observation/{klebsiella['id']}"}]
    assert found(made) == []
    b, a, c = of(oru("OBX|1|ST|B|1.1|b", "OBX|2|ST|A|1|a", "OBX|3|ST|C|1.1.1|c"), "Observation")
    assert [members(one) for one in (a, b, c)] == [[b["id"]], [c["id"]], []]


def test_a_parent_is_of_the_order_that_is_named() -> None:
    other = ("OBR|2|P9|F9|MIC^Culture^L", "OBX|1|CWE|600-7^Bacteria^LN|1|S^Staph^L||||||F")
    tests = "OBR|3|P3|F3|SUS|||||||||||||||||||||F|600-7&Bacteria&LN^1|||^{}"
    cipro = "OBX|1|SN|18906-8^Cipro^LN||<=^0.25|ug/mL|||||F"
    for order, expected in (("F9", 2), ("F1", 0), ("F7", None)):
        made = message("ORU^R01", PID, *CULTURE, *other, tests.format(order), cipro)
        *organisms, test = of(made, "Observation")
        joined = [n for n, one in enumerate(organisms) if members(one) == [test["id"]]]
        assert joined == ([] if expected is None else [expected])
        assert ("reference" in test["derivedFrom"][0]) is (expected is not None)


@pytest.mark.parametrize(
    ("orders", "parent"),
    [
        ("||P1&HIS^F1", (("PLAC", "https://yiqiao.org/fhir/authority/src/HIS|P1"), ("FILL", "F1"))),
        ("||^F1&H", (("FILL", "F1"),)),  # of the hospital's own
        ("", (("PLAC", "P2"), ("FILL", "F2"))),
    ],
)
def test_a_parent_that_may_come_later_is_awaited(orders: str, parent: object) -> None:
    obr = f"OBR|1|P2|F2|SUS|||||||||||||||||||||F|600-7&Bacteria&LN^2^K|{orders}"
    made = message("ORU^R01", PID, obr, "OBX|1|SN|18906-8^Cipro^LN||<=^0.25|ug/mL|||||F")
    (test,) = (m for m in made.made if m.resource["resourceType"] == "Observation")
    assert test.parent == ("600-7", "2", parent)
    assert test.resource["derivedFrom"] == [{"display": "Bacteria: K"}]
    assert found(made)[-2:] == ["already-filled OBR-26.1.1", "already-filled OBR-26.2"]


@pytest.mark.parametrize(
    ("parent", "words"),
    [("600-7&Bacteria&LN^1^E. coli", "Bacteria: E. coli"), ("600-7^1", "600-7")],
)
def test_a_parent_that_is_not_in_the_message_is_named(parent: str, words: str) -> None:
    made = message(
        "ORU^R01", PID, f"OBR|1|P2|F2|SUS|||||||||||||||||||||F|{parent}", "OBX|1|NM|C||1",
    )  # fmt: skip
    (test,) = of(made, "Observation")
    assert test["derivedFrom"] == [{"display": words}]


def test_sub_ids_are_paths() -> None:
    made = oru("OBX|1|ST|A|1|a", "OBX|2|ST|B|1.1|b", "OBX|3|ST|C|1.1.2|c", "OBX|4|ST|D|1.2|d",
               "OBX|5|ST|E|2.1|e")  # fmt: skip
    a, b, c, d, e = of(made, "Observation")
    assert [members(o) for o in (a, b, c, d, e)] == [[b["id"], d["id"]], [c["id"]], [], [], []]


def test_devices_write_zeros_for_what_is_above() -> None:
    made = oru("OBX|1||MDS|1.0.0.0", "OBX|2||VMD|1.1.0.0", "OBX|3|NM|HR|1.1.0.5|60")
    mds, vmd, rate = of(made, "Observation")
    assert (members(mds), members(vmd)) == ([vmd["id"]], [rate["id"]])


def test_members_are_of_their_own_report() -> None:
    made = message("ORU^R01", PID, "OBR|1|P1|F1|A", "OBX|1|ST|A|1|a",
                   "OBR|2|P2|F2|B", "OBX|1|ST|B|1.1|b")  # fmt: skip
    assert [members(o) for o in of(made, "Observation")] == [[], []]


@pytest.mark.parametrize(
    ("sub_id", "said"),
    [
        ("", None),
        ("1", None),
        ("2", [{"url": "original-sub-identifier", "valueString": "2"}]),
        ("1.1", [{"url": "original-sub-identifier", "valueString": "1.1"}]),
        ("x^2^3^y", [
            {"url": "original-sub-identifier", "valueString": "x"},
            {"url": "group", "valueDecimal": 2}, {"url": "sequence", "valueDecimal": 3},
            {"url": "identifier", "valueString": "y"}]),
    ],
)  # fmt: skip
def test_a_sub_id_that_says_something_is_kept(sub_id: str, said: list[Any] | None) -> None:
    (observation,) = of(oru(f"OBX|1|ST|A|{sub_id}|a"), "Observation")
    kept = observation.get("extension", [{}])[0].get("extension")
    assert kept == said


def test_all_metrics_of_a_device_are_its_members() -> None:
    made = oru("OBX|1||MDS|1.0.0.0", *(f"OBX|{n}|NM|M{n}|1.{n}|{n}" for n in range(2, 3000)))
    assert len(members(of(made, "Observation")[0])) == 2998


def told_sub_ids(*results: str) -> list[str | None]:
    """The sub-ids that are told of results."""
    lines = (f"OBX|{n}|ST|{each}" for n, each in enumerate(results, 1))
    return [
        each["extension"][0]["extension"][0]["valueString"] if "extension" in each else None
        for each in of(oru(*lines), "Observation")
    ]


def test_of_two_organisms_each_has_its_sub_id() -> None:
    """The susceptibilities of the first one had none: a reader took them for anybody's."""
    both = told_sub_ids("ORG|1|E coli", "AMK|1|S", "ORG|2|S aureus", "AMK|2|R")
    assert both == ["1", "1", "2", "2"]
    assert told_sub_ids("ORG|1|E coli", "AMK|1|S") == [None, None]
    assert told_sub_ids("A|1|x", "B|2|x", "C|3|x") == [None, "2", "3"]  # counted through
    assert told_sub_ids("A|1|x", "B|1|x", "C|1.1|x") == [None, None, "1.1"]


def test_a_sub_id_that_is_told_late_is_no_other_result_s() -> None:
    """Results share what they say alike: the second one's stood in the first, too."""
    made = oru(
        "OBX|1|NM|G^g^L||1|||||A|F",
        "OBR|2|P2|F2|A^Aa^L", "OBX|1|NM|G^g^L|1|1|||||A|F", "OBX|2|NM|G^g^L|1|2|||||A|F",
        "OBX|3|NM|G^g^L|2|3|||||A|F",
    )  # fmt: skip
    found = [
        [each["extension"][0]["valueString"] for each in one["extension"] if "extension" in each]
        for one in of(made, "Observation")
    ]
    assert found == [[], ["1"], ["1"], ["2"]]
