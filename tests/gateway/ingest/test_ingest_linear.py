"""What applying a message costs: in proportion to its segments, the first time and again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from counting import lines_run
from ingest_feed import hl7

FEW, MANY = 20, 60
PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"
REPORT = f"OBR|1|O1|F1|X^x^L|||20260301080000{'|' * 18}F"
PARENT = (f"OBR|1|P1|F|CUL^x^L|||20260301080000{'|' * 18}F", "OBX|1|ST|ORG^x^L|1|E||||||F")
CHILD = f"OBR|%d|P1|C%d|SUS^x^L|||20260301080000{'|' * 18}F"
RESULT = "OBX|1|NM|A%d^a^L||%d||||||F"


def _each(*patterns: str) -> Callable[[int], list[str]]:
    return lambda count: [p.replace("%d", str(n)) for n in range(10, 10 + count) for p in patterns]


@pytest.mark.parametrize(
    ("kind", "before", "more"),
    [
        ("ORU^R01", (REPORT,), _each("OBX|1|NM|A^a^L||%d||||||F|||2026030108%d")),
        ("ORU^R01", (REPORT,), _each("OBX|1|NM|A%d^a^L||%d||||||F")),
        ("ORU^R01", PARENT, _each(f"{CHILD}|ORG&x&L^1^E|||P1^F", RESULT)),
        ("ORU^R01", PARENT, _each(f"{CHILD}|ORG&x&L^1^E|||Q1", RESULT)),
        ("ORU^R01", PARENT, _each(f"{CHILD}|ORG&x&L^1^E|||P1", RESULT)),
        ("ORU^R01", (), _each(f"OBR|%d|O%d|F%d|X%d^x^L|||20260301080000{'|' * 18}F", RESULT)),
        ("RDE^O11", (), _each("ORC|NW|O%d", "RXE|^BID|D%d^x^L|1||TAB")),
        ("ADT^A08", (), _each("AL1|1|DA|P%d^x^L")),
        ("ADT^A08", ("PV1|1|I|||||||||||||||||V1",), _each("DG1|1||I%d^x^I10||20260301|F")),
        ("SIU^S12", ("RGS|1|A",), _each("AIP|%d|A|D%d^x")),
        ("RAS^O17", ("ORC|RE|O1",), _each(f"RXA|0|%d|20%d0301@||D^x^L|1{'|' * 15}U")),
        ("RAS^O17", ("ORC|RE|O1",), _each(f"RXA|0|1|20%d0301@||D^x^L|1{'|' * 15}U")),
    ],
    ids=["series", "panel", "children", "orphans", "siblings", "reports", "drugs", "allergies",
         "diagnoses", "appointment", "corrections", "doubts"],
)  # fmt: skip
def test_three_times_as_much_costs_three_times_as_much(
    tjh, kind: str, before: tuple[str, ...], more: Callable[[int], list[str]]
) -> None:
    head = ("SCH|A1|F1|||||G|||30|MIN|^^^20260401090000",) if kind == "SIU^S12" else ()

    def cost(count: int, patient: int) -> list[int]:
        pid = PID.replace("|7^", f"|{patient}^")
        lines = []
        for time in ("20260301100000", "20260301110000"):
            body = [*head, pid, *before, *(one.replace("@", time[8:]) for one in more(count))]
            tjh.accept(hl7(*body, type_=kind, control_id=f"{patient} {time}", sent=time))
            lines.append(lines_run(tjh.worker.drain))
        return lines

    cost(1, 1)  # what is known of the source after its first message
    nothing, few, many = cost(1, 2), cost(FEW, 3), cost(MANY, 4)
    for none, some, all_ in zip(nothing, few, many, strict=True):
        assert all_ - none < 1.25 * MANY / FEW * (some - none)


def test_a_number_that_many_share_costs_a_new_patient_no_more(tjh) -> None:
    """The number of whoever is not insured, of a family, of a company."""
    sent = iter(range(10**6))

    def cost(patients: int) -> int:
        for number in (next(sent) for _ in range(patients)):
            body = f"PID|1||{number}^^^TJH01^MR~000000^^^YB^PI||Doe{number}^Jo||19000101|M"
            tjh.accept(hl7(body, type_="ADT^A28", control_id=str(number)))
        return lines_run(tjh.worker.drain)

    cost(2)
    few = cost(1)
    cost(MANY)
    assert cost(1) < 1.1 * few


def test_a_visit_costs_no_more_for_those_before_it(tjh) -> None:
    """What each of them listed is of another visit: it is not even read."""

    def visit(number: int) -> int:
        pv1 = f"PV1|1|I{'|' * 17}V{number}"
        lists = [f"DG1|{n}||I1{n}^x^I10||20260301|A" for n in range(4)]
        tjh.accept(hl7(PID, pv1, *lists, type_="ADT^A08", control_id=f"V{number}"))
        return lines_run(tjh.worker.drain)

    costs = [visit(number) for number in range(25)]
    assert min(costs[15:]) <= min(costs[2:15])
