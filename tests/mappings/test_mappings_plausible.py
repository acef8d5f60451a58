"""What cannot be so: births after their message, months of the year 8001; pinyin before Han."""

from __future__ import annotations

import pytest
from speaking import JSON, found, message, one

from mappings.translate import Translation


def person(**fields: str) -> Translation:
    """Translate a patient: fields by their number (``_7``)."""
    numbers = {int(name[1:]): text for name, text in {"_3": "100^^^H^MR", **fields}.items()}
    pid = "|".join(numbers.get(n, "") for n in range(1, 30))
    return message("ADT^A08", f"PID|{pid}", when="20260301103000+0800")


@pytest.mark.parametrize(
    ("born", "date", "said"),
    [
        ("20260302", "2026-03-02", []),
        ("2026", "2026", []),
        ("20260303", None, ["bad-value PID-7"]),
        ("20990101120000", None, ["bad-value PID-7"]),
        ("800101", None, ["bad-value PID-7"]),
        ("198001", "1980-01", []),
    ],
)
def test_a_birth_is_not_after_its_message(born: str, date: str | None, said: list[str]) -> None:
    made = person(_7=born)
    patient = one(made, "Patient")
    assert (patient.get("birthDate"), found(made)) == (date, said)
    assert date or "_birthDate" not in patient


def test_without_a_time_of_the_message_no_birth_is_after_it() -> None:
    made = message("ADT^A08", "PID|1||100^^^H^MR||||20990101", when="")
    assert one(made, "Patient")["birthDate"] == "2099-01-01"


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("zhangsanfeng^张三丰", ["张三丰", "zhangsanfeng"]),
        ("张三丰^zhangsanfeng", ["张三丰", "zhangsanfeng"]),
        ("张^三丰", ["张三丰"]),
        ("Doe^Jo", ["Jo Doe"]),
    ],
)
def test_pinyin_is_a_name_beside_that_in_han(name: str, texts: list[str]) -> None:
    names: list[JSON] = one(person(_5=name), "Patient")["name"]
    assert [each["text"] for each in names] == texts
    assert ["extension" in each for each in names] == [False, True][: len(texts)]
    assert ("family" in names[0]) == (name in {"张^三丰", "Doe^Jo"})


def test_a_county_by_number_is_a_division() -> None:
    (address,) = one(person(_11="天津市和平区", _12="120101"), "Patient")["address"]
    assert address["extension"][0]["valueCoding"]["code"] == "120101"
    assert "district" not in address
    (address,) = one(person(_11="1 Main^^X", _12="Kent"), "Patient")["address"]
    assert address["district"] == "Kent"
