"""How often something is to be done (table 0335): codes of the standard, of China, of a site."""

from __future__ import annotations

from typing import Any

import pytest
from golden_pairs import ReadableIds
from speaking import JSON, PID, found, message, of, one

from conformance.definitions import definitions
from mappings.dictionary import load

GTS = "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation"
OURS = """\
codes RepeatPattern  0335 -> v2-0335
  F2        BID
  八小时    v3-GTSAbbreviation#Q8H
  周三      TIW
  必时      PRN
"""


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A hospital that has codes of its own."""
    path = tmp_path_factory.mktemp("profile") / "ours.map"
    path.write_text(OURS, encoding="utf-8")
    return str(path)


def timing(pattern: str, profile: str | None = None, *, older: bool = False) -> JSON:
    """The timing of a prescription that says how often in TQ1-3, or in RXE-1."""
    said = [f"RXE|^{pattern}|A^a^L|1||TAB"] if older else [f"TQ1|1||{pattern}", "RXE||A^a^L|1||TAB"]
    head = "MSH|^~\\&|APP|H|||20260301||RDE^O11|1|P|2.5.1"
    tables = load(definitions(), profile=profile)
    text = "\r".join([head, PID, "ORC|NW|P1", *said])
    made = tables.translate(text, ReadableIds(), source="src")
    (dosage,) = one(made, "MedicationRequest")["dosageInstruction"]
    assert isinstance(dosage["timing"], dict)
    return {**dosage["timing"], "prn": dosage.get("asNeededBoolean")}


def often(pattern: str, profile: str | None = None) -> tuple[Any, ...]:
    """How often per how many of which unit, whichever field says it."""
    said = [timing(pattern, profile, older=older).get("repeat", {}) for older in (True, False)]
    told = {
        tuple(each[name] for name in ("frequency", "period", "periodUnit") if name in each)
        for each in said
    }
    (only,) = told
    return only


@pytest.mark.parametrize(
    ("pattern", "repeat"),
    [("F2", (2, 1, "d")), ("八小时", (1, 8, "h")), ("周三", (3, 1, "wk")), ("BID", (2, 1, "d"))],
)
def test_a_site_s_own_code_says_how_often(ours: str, pattern: str, repeat: tuple[Any, ...]) -> None:
    """A profile that says what the code means says how often."""
    assert often(pattern, ours) == repeat
    code, *own = timing(pattern, ours)["code"]["coding"]
    assert pattern in {one["code"] for one in (code, *own)}
    assert code["code"] in {"BID", "Q8H", "TIW"}


def test_a_site_s_own_code_says_that_it_is_as_needed(ours: str) -> None:
    for older in (True, False):
        assert timing("必时", ours, older=older)["prn"] is True
        assert timing("必时", older=older)["prn"] is None


@pytest.mark.parametrize(
    ("pattern", "repeat"),
    [
        ("QD", (1, 1, "d")), ("5ID", (5, 1, "d")), ("QOD", (1, 2, "d")), ("Q6H", (1, 6, "h")),
        ("QH", (1, 1, "h")), ("Q30M", (1, 30, "min")), ("Q2W", (1, 2, "wk")), ("Q3L", (1, 3, "mo")),
        ("WK", (1, 1, "wk")), ("MO", (1, 1, "mo")), ("BIW", (2, 1, "wk")), ("BED", (1, 1, "d")),
        ("QM", ()), ("QS", ()), ("0ID", ()), ("Q0H", ()), ("X", ()),
    ],
)  # fmt: skip
def test_a_repeat_pattern_says_how_often(pattern: str, repeat: tuple[Any, ...]) -> None:
    """QM alone means every month to some, and every minute to table 0335: it says nothing."""
    assert often(pattern) == repeat


@pytest.mark.parametrize(
    ("pattern", "code", "repeat"),
    [
        ("每日两次", "BID", (2, 1, "d")), ("一日三次", "TID", (3, 1, "d")),
        ("每天1次", "QD", (1, 1, "d")), ("tid", "TID", (3, 1, "d")), ("qn", "QHS", (1, 1, "d")),
        ("每8小时一次", "Q8H", (1, 8, "h")), ("隔日一次", "QOD", (1, 2, "d")),
        ("每周一次", "WK", (1, 1, "wk")), ("每晚睡前", "QHS", (1, 1, "d")),
    ],
)  # fmt: skip
def test_words_that_chinese_hospitals_use(pattern: str, code: str, repeat: tuple[Any, ...]) -> None:
    assert often(pattern) == repeat
    assert [one["code"] for one in timing(pattern)["code"]["coding"]] == [code, pattern]


def test_a_service_is_as_often() -> None:
    for segments in (("ORC|NW|P1", "TQ1|1||每日两次"), ("ORC|NW|P1|||||^每日两次",)):
        made = message("ORM^O01", PID, *segments, "OBR|1|P1||A^a^L")
        (order,) = of(made, "ServiceRequest")
        assert order["occurrenceTiming"]["code"]["coding"][0] == {"system": GTS, "code": "BID"}
        assert order["occurrenceTiming"]["repeat"]["frequency"] == 2
        assert found(made) == []


def repeats(*segments: str) -> dict[str, Any]:
    (order,) = of(message("ORM^O01", PID, *segments, "OBR|1|P1||A^a^L"), "ServiceRequest")
    found: dict[str, Any] = order.get("occurrenceTiming", {}).get("repeat", {})
    return found


@pytest.mark.parametrize(
    ("pattern", "days"),
    [
        ("^DW^1^5", "mon tue wed thu fri"), ("^DW^6^1", "sat sun mon"), ("^DW^1^2", "mon tue"),
        ("^DW^3^3", "wed"), ("^DW^2", "tue"), ("^DW^0^8", ""), ("QD^DW^5^6", "fri sat"),
        ("QJ135", "mon wed fri"), ("QJ531", "mon wed fri"), ("Q1J6", "sat"), ("QJ8", ""),
    ],
)  # fmt: skip
def test_days_of_the_week_are_all_from_the_first_to_the_last(pattern: str, days: str) -> None:
    assert repeats("ORC|NW|P1", f"TQ1|1||{pattern}").get("dayOfWeek", []) == days.split()


@pytest.mark.parametrize(
    ("pattern", "repeat"), [("QJ135", (3, 1, "wk")), ("Q2J2", (1, 2, "wk")), ("QJ", ())]
)
def test_days_are_of_every_week_or_of_every_second(pattern: str, repeat: tuple[Any, ...]) -> None:
    assert often(pattern) == repeat


@pytest.mark.parametrize("period", ["-2", "0", "x"])
def test_an_interval_of_less_than_nothing_is_none_and_is_found(period: str) -> None:
    made = message("ORM^O01", PID, "ORC|NW|P1", f"TQ1|1||BID^^^^{period}^h", "OBR|1|P1||A^a^L")
    repeat = of(made, "ServiceRequest")[0]["occurrenceTiming"]["repeat"]
    assert repeat == {"frequency": 2, "period": 1, "periodUnit": "d"}
    assert "not-applicable TQ1-3.5" in found(made)


def test_an_hour_may_be_written_with_one_digit() -> None:
    for segments in (("ORC|NW|P1", "TQ1|1|||8:00~16:30"), ("ORC|NW|P1|||||^&8:00,16:30",)):
        assert repeats(*segments)["timeOfDay"] == ["08:00:00", "16:30:00"]


def test_every_time_of_a_list_is_told_and_what_is_none_is_found() -> None:
    assert repeats("ORC|NW|P1|||||^&0600,1000,1400,1800,2200")["timeOfDay"] == [
        f"{hour}:00:00" for hour in ("06", "10", "14", "18", "22")
    ]
    made = message("ORM^O01", PID, "ORC|NW|P1|||||^&0600,late,1400", "OBR|1|P1||A^a^L")
    assert of(made, "ServiceRequest")[0]["occurrenceTiming"]["repeat"] == {
        "timeOfDay": ["06:00:00", "14:00:00"]
    }
    assert found(made) == ["bad-value ORC-7.2.2"]
