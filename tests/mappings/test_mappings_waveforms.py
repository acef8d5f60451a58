"""Waveforms: channels (CD) and samples (NA, MA) become sampled data with clock, unit and scale."""

from __future__ import annotations

from typing import Any

import pytest
from golden_pairs import ReadableIds

from conformance.definitions import definitions
from conformance.validator import Validator
from mappings.dictionary import load
from mappings.exact import dumps, loads

VALIDATOR = Validator()
HEAD = (
    "MSH|^~\\&|ECG|H|||20260301||ORU^W01^ORU_W01|1|P|2.5.1", "PID|1||100^^^H^MR",
    "OBR|1|P1|F1|ECG",
)  # fmt: skip
CHANNELS = "1&I^LA&RA^0.005&mV^1.02&4^500^-2048&2047~2&II^LL&RA^0.005&mV^1&0^500^-2048&2047"


def waves(*segments: str) -> list[dict[str, Any]]:
    """Return the Observations of WAV results, numbers as JSON has them."""
    made = load(definitions(), layers=("base",)).translate(
        "\r".join([*HEAD, *segments]), ReadableIds(), source="src"
    )
    for one in made.made:
        assert VALIDATOR.errors(one.resource) == []
    found = (m.resource for m in made.made if m.resource["resourceType"] == "Observation")
    plain = [loads(dumps(resource)) for resource in found]
    return [one for one in plain if "WAV" in one["id"]]


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
