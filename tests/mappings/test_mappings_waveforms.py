"""Waveforms: channels (CD) and samples (NA, MA) become sampled data with clock, unit and scale."""

from __future__ import annotations

from typing import Any

import pytest
from speaking import found, message, of, one, translated

from mappings.exact import dumps, loads

HEAD = (
    "MSH|^~\\&|ECG|H|||20260301||ORU^W01^ORU_W01|1|P|2.5.1", "PID|1||100^^^H^MR",
    "OBR|1|P1|F1|ECG",
)  # fmt: skip
CHANNELS = "1&I^LA&RA^0.005&mV^1.02&4^500^-2048&2047~2&II^LL&RA^0.005&mV^1&0^500^-2048&2047"


def waves(*segments: str) -> list[dict[str, Any]]:
    """Return the Observations of WAV results, numbers as JSON has them."""
    made = translated(*HEAD, *segments, layers=("base",))
    plain = [loads(dumps(resource)) for resource in of(made, "Observation")]
    return [wave for wave in plain if "WAV" in wave["id"]]


def test_each_channel_of_a_wave_is_a_component() -> None:
    (wave,) = waves(f"OBX|1|CD|E&CHN||{CHANNELS}", "OBX|2|MA|E&WAV||12^9~14^~16^11||||||F")
    first, second = wave["component"]
    assert (first["code"]["text"], second["code"]["text"]) == ("I", "II")
    sampled = first["valueSampledData"]
    assert sampled["data"] == "12 14 16"
    assert second["valueSampledData"]["data"] == "9 E 11"
    assert {k: float(sampled[k]) for k in ("period", "factor", "lowerLimit", "upperLimit")} == {
        "period": 2, "factor": 0.0051, "lowerLimit": -2048, "upperLimit": 2047,
    }  # fmt: skip
    assert float(sampled["origin"]["value"]) == -0.0204  # what a sample of 0 stands for
    assert sampled["origin"]["code"] == "mV"
    assert second["valueSampledData"]["origin"]["value"] == 0
    assert "valueString" not in wave


def test_an_array_for_each_channel() -> None:
    (wave,) = waves(f"OBX|1|CD|E&CHN||{CHANNELS}", "OBX|2|NA|E&WAV||1^2^3~4^5^6||||||F")
    assert [c["valueSampledData"]["data"] for c in wave["component"]] == ["1 2 3", "4 5 6"]


@pytest.mark.parametrize(
    ("definition", "period", "unit", "factor"),
    [
        ("1&Pleth^^2&mV^^300", 3.333333, "mV", 2),
        ("1^^^^0", 0, None, None),
        ("1^A&B^&&milli^1&2^250", 4, "milli", None),
    ],
)
def test_one_channel_is_a_value(
    definition: str, period: float, unit: str | None, factor: float | None
) -> None:
    (wave,) = waves(f"OBX|1|CD|E&CHN||{definition}", "OBX|2|NA|E&WAV||7^8||||||F")
    sampled = wave["valueSampledData"]
    assert float(sampled["period"]) == period
    assert sampled["origin"].get("unit") == unit
    assert sampled.get("factor") == factor
    assert sampled["data"] == "7 8"


def test_moments_of_different_length_are_filled_up() -> None:
    (wave,) = waves("OBX|2|MA|E&WAV||1^10~2^20~3^^30||||||F")
    sampled = wave["valueSampledData"]
    assert sampled["dimensions"] == 3
    assert sampled["data"] == "1 10 E 2 20 E 3 E 30"


def test_more_samples_than_channels_were_defined_stay_together() -> None:
    (wave,) = waves(f"OBX|1|CD|E&CHN||{CHANNELS}", "OBX|2|MA|E&WAV||1^2^3~4^5^6||||||F")
    assert wave["valueSampledData"]["dimensions"] == 3
    assert wave["valueSampledData"]["period"] == 0


def test_channels_are_those_of_their_own_request() -> None:
    first, second = waves(
        "OBX|1|CD|E&CHN||1&I^^1&mV^^100", "OBX|2|NA|E&WAV||1^2||||||F",
        "OBR|2|P2|F2|ECG", "OBX|1|NA|E&WAV||3^4||||||F",
    )  # fmt: skip
    assert first["valueSampledData"]["period"] == 10
    assert second["valueSampledData"]["period"] == 0


def test_what_is_no_number_is_kept_as_text() -> None:
    (wave,) = waves("OBX|1|NA|E&WAV||1^high||||||F")
    assert wave["valueString"] == "1^high"
    assert "valueSampledData" not in wave


WHEN = "OBR|1|P1|F1|ECG|||20260301080000|20260301081000"


def recorded(*segments: str, kind: str = "ORU^W01") -> tuple[list[str], list[dict[str, Any]]]:
    """Return the codes of all results, and the waves; the report refers to all results."""
    made = message(kind, HEAD[1], WHEN, *segments)
    results, report = of(made, "Observation"), one(made, "DiagnosticReport")
    assert [each["reference"].partition("/")[2] for each in report["result"]] == [
        each["id"] for each in results
    ]
    assert found(made) == []
    codes = [each["code"]["coding"][0]["code"] for each in results]
    return codes, [each for each in results if codes[results.index(each)].endswith("WAV")]


def times(waves: list[dict[str, Any]]) -> list[str]:
    return [wave["effectiveDateTime"].removeprefix("2026-03-01T") for wave in waves]


@pytest.mark.parametrize(
    ("prefix", "kind"), [("", "ORU^W01"), ("5&", "ORU^W01"), ("5&", "ORU^R01")]
)
@pytest.mark.parametrize("type_", ["TS", "DTM"])
def test_the_time_before_them_is_that_of_the_samples(prefix: str, kind: str, type_: str) -> None:
    """TIM is no result: it tells when the first sample was taken (v2.5.1 7.14.1)."""
    codes, found_ = recorded(
        f"OBX|1|{type_}|{prefix}TIM|1|20260301080500||||||F",
        f"OBX|2|CD|{prefix}CHN|1|1&I^^1&mV^^100||||||F",
        f"OBX|3|NA|{prefix}WAV|1|1^2^3||||||F", f"OBX|4|NA|{prefix}WAV|1|7^8||||||F",
        f"OBX|5|{type_}|{prefix}TIM|1|20260301081000||||||F",
        f"OBX|6|NA|{prefix}WAV|1|9^10||||||F", f"OBX|7|MA|{prefix}WAV|1|9~10||||||F",
        kind=kind,
    )  # fmt: skip
    assert codes == [f"{prefix}WAV"] * 4
    assert times(found_) == [
        "08:05:00+08:00", "08:05:00.030000+08:00", "08:10:00+08:00", "08:10:00.020000+08:00",
    ]  # fmt: skip


def test_a_range_is_the_period_of_the_samples() -> None:
    codes, (wave,) = recorded(
        "OBX|1|DR|5&TIM|1|20260301080500^20260301080510||||||F", "OBX|2|NA|5&WAV|1|1^2||||||F"
    )
    assert codes == ["5&WAV"]
    start, end = wave["effectivePeriod"]["start"], wave["effectivePeriod"]["end"]
    assert (start[11:19], end[11:19]) == ("08:05:00", "08:05:10")
    assert "effectiveDateTime" not in wave


def test_the_sub_id_says_which_time_and_channels_are_meant() -> None:
    codes, found_ = recorded(
        "OBX|1|TS|5&TIM|1|20260301080500||||||F", "OBX|2|CD|5&CHN|1|1&I^^1&mV^^100||||||F",
        "OBX|3|TS|5&TIM|2|20260301080700||||||F", "OBX|4|CD|5&CHN|2|1&II^^1&mV^^500||||||F",
        "OBX|5|NA|5&WAV|1|1^2||||||F", "OBX|6|NA|5&WAV|2|1^2||||||F", "OBX|7|NA|5&WAV|9|1||||||F",
    )  # fmt: skip
    assert codes == ["5&WAV"] * 3
    # of a sub-id that has none, the last ones: after two samples at 500 Hz
    assert times(found_) == ["08:05:00+08:00", "08:07:00+08:00", "08:07:00.004000+08:00"]
    assert [float(wave["valueSampledData"]["period"]) for wave in found_] == [10, 2, 2]


@pytest.mark.parametrize("time", ["2026", "20260301", "20260301080500"])
def test_without_a_clock_samples_have_the_time_before_them(time: str) -> None:
    _, found_ = recorded(
        f"OBX|1|TS|5&TIM|1|{time}||||||F", "OBX|2|CD|5&CHN|1|1&I||||||F",
        "OBX|3|NA|5&WAV|1|1^2||||||F", "OBX|4|NA|5&WAV|1|3^4||||||F",
    )  # fmt: skip
    first, second = (wave["effectiveDateTime"] for wave in found_)
    assert first == second
    assert first.replace("-", "").startswith(time[:8])


@pytest.mark.parametrize(
    "segments",
    [
        ("OBX|1|TS|5&TIM|1|20260301080500||||||F", "NTE|1||exact", "OBX|2|NA|5&WAV|1|1||||||F"),
        ("OBX|1|TS|5&TIM|1|20260301080500||||||P", "OBX|2|NA|5&WAV|1|1||||||F"),
        ("OBX|1|TS|5&TIM|1|20260301080500||||||F||||D1^House", "OBX|2|NA|5&WAV|1|1||||||F"),
        ("OBX|1|TS|5&TIM|1|20260301080500||||||F", "OBX|2|NA|5&WAV|1|1||||||F|||20260301080600"),
        ("OBX|1|TS|5&TIM|1|20260301080500||||||F", "OBX|2|CE|5&ANO|1|A^a^L||||||F"),
        ("OBX|1|TS|TIM|1|20260301080500||||||F", "OBX|2|NA|5&WAV|1|1||||||F"),
    ],
)  # fmt: skip
def test_a_time_that_says_more_stays_a_result(segments: tuple[str, ...]) -> None:
    kind = "ORU^R01" if "|TIM|" in segments[0] else "ORU^W01"
    codes, _ = recorded(*segments, kind=kind)
    assert len(codes) == 2
    assert codes[0].endswith("TIM")


def test_a_time_of_one_request_is_none_of_the_next() -> None:
    made = message(
        "ORU^W01", HEAD[1], "OBR|1|P1|F1|ECG|||20260301080000",
        "OBX|1|TS|5&TIM|1|20260301080500||||||F", "OBX|2|NA|5&WAV|1|1||||||F",
        "OBR|2|P2|F2|ECG|||20260301090000", "OBX|1|NA|5&WAV|1|1||||||F",
    )  # fmt: skip
    assert times(of(made, "Observation")) == ["08:05:00+08:00", "09:00:00+08:00"]


def test_a_time_that_cannot_be_read_is_kept_as_text() -> None:
    made = message(
        "ORU^W01", HEAD[1], WHEN, "OBX|1|TS|5&TIM|1|soon||||||F", "OBX|2|NA|5&WAV|1|1||||||F"
    )
    time, wave = of(made, "Observation")
    assert time["valueString"] == "soon"
    assert "effectivePeriod" in wave


def test_what_becomes_part_of_the_samples_has_no_members() -> None:
    codes, (wave,) = recorded(
        "OBX|1|TS|5&TIM|1|20260301080500||||||F", "OBX|2|NM|6|0.1|5||||||F",
        "OBX|3|NA|5&WAV|1|1||||||F", "OBX|4|NM|6|1.1|5||||||F",
    )  # fmt: skip
    assert codes == ["6", "5&WAV", "6"]
    assert [each["reference"].rpartition("-")[0][-4:] for each in wave["hasMember"]] == ["-6-1"]


def test_channels_keep_what_samples_cannot_tell_and_one_another_s_scale() -> None:
    """CD.3 to CD.6 are as they were told last (v2.5.1 2.A.13)."""
    told = "1&I^LA&RA^0.5&mV^2&4&7^200^-8&7~2&II^LL&RA~3&III^^1"
    codes, (wave,) = recorded(f"OBX|1|CD|5&CHN|1|{told}||||||F", "OBX|2|MA|5&WAV|1|1^2^3||||||F")
    assert codes == ["5&WAV"]
    samples = [each["valueSampledData"] for each in wave["component"]]
    assert [each["extension"][0]["valueString"] for each in samples] == told.split("~")
    numbers = [
        [float(each[name]) for name in ("period", "factor", "lowerLimit", "upperLimit")]
        for each in samples
    ]
    assert numbers == [[5, 1, -8, 7], [5, 1, -8, 7], [5, 2, -8, 7]]
    assert [float(each["origin"]["value"]) for each in samples] == [-4, -4, -8]
    assert [each["origin"].get("unit") for each in samples] == ["mV", "mV", None]


def test_channels_that_are_not_used_stay_a_result() -> None:
    codes, _ = recorded(
        f"OBX|1|CD|5&CHN|1|{CHANNELS}||||||F", "OBX|2|MA|5&WAV|1|1^2^3~4^5^6||||||F"
    )
    assert codes == ["5&CHN", "5&WAV"]


@pytest.mark.parametrize(
    ("type_", "time"),
    [("TS", "99991231235959"), ("DR", "20260301080500^20260301070500"), ("TS", "20260301235960")],
)
def test_a_time_at_the_edge_stops_nothing(type_: str, time: str) -> None:
    made = message(
        "ORU^W01", HEAD[1], WHEN, f"OBX|1|{type_}|5&TIM|1|{time}||||||F",
        "OBX|2|CD|5&CHN|1|1&I^^1&mV^^0.000001||||||F",
        "OBX|3|NA|5&WAV|1|1^2^3||||||F", "OBX|4|NA|5&WAV|1|7^8||||||F",
    )  # fmt: skip
    assert not made.rejected
    assert len([m for m in of(made, "Observation") if "valueSampledData" in m]) == 2
