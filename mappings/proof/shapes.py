"""What ``is-a`` means for the texts that trials use: plainer than what is asked of real ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

ANY = "Q7"  # a value that no table knows


class Shape(NamedTuple):
    """A text of a shape, one that is not, and what tells them apart."""

    text: str
    other: str
    pattern: str


SHAPES: Mapping[str, Shape] = {
    "amount": Shape("7.5", ANY, r"[<>]?\d+(\.\d+)?"),
    "ascii": Shape(ANY, "秦七", r"[ -~]+"),
    "base64": Shape("cWlhbw==", "秦七", r"[A-Za-z0-9+/]+=*"),
    "comparator": Shape(">", ANY, r"[<>]=?|="),
    "date": Shape("19870615", ANY, r"(19|20)\d{6}(\d{6})?([+-]\d{4})?"),
    "date-time": Shape("20260102030405+0100", "19870615", r"(19|20)\d{12}([+-]\d{4})?"),
    "denial": Shape("NKA", ANY, r"NK[ADEF]A?|无|否认|无过敏史"),
    "denial-of-all": Shape("NKA", ANY, r"NKA|无|否认|无过敏史"),
    "denial-of-drugs": Shape("NKDA", ANY, r"NKDA"),
    "denial-of-environment": Shape("NKEA", ANY, r"NKEA"),
    "denial-of-food": Shape("NKFA", ANY, r"NKFA"),
    "doubtful": Shape("Q7?", ANY, r".*[?]"),
    "email": Shape("q@example.org", ANY, r".+@.+"),
    "filler": Shape("N/A", ANY, r"N/A"),
    "han": Shape("秦七", ANY, r"[\u4e00-\u9fff]+"),
    "gb2260": Shape("110105", ANY, r"[1-8]\d{5}"),
    "gb3304": Shape("07", ANY, r"\d\d?|[A-Z]{2}|[\u4e00-\u9fff]+"),
    "icd10": Shape("Q70.7", ANY, r"[A-Z]\d\d(\.\d{1,3})?(x\d{3})?(\+.+\*)?"),
    "icd10-cn": Shape("Q70.700", ANY, r"[A-Z]\d\d\.\d{3}(x\d{3})?(\+.+\*)?"),
    "icd10-cn-x": Shape("Q70.700x701", ANY, r"[A-Z]\d\d\.\d{3}x\d{3}(\+.+\*)?"),
    "icd10-double": Shape("E14.301x001+H36.001*", ANY, r"[A-Z]\d\d\.\d{3}(x\d{3})?\+.+\*"),
    "icd10-list": Shape("Q70.700;Q71.800", ANY, r"[A-Z]\d\d\.\d{3}(;[A-Z]\d\d\.\d{3})+"),
    "identity-number": Shape("11010519870615700X", ANY, r"\d{17}[\dX]"),
    "latin": Shape("Qin", "秦七", r"[ -/:-~]+"),
    "lowered": Shape("7.5↓", ANY, r"\d+(\.\d+)?↓"),
    "masked": Shape("7****7", ANY, r".*[*]{2}.*"),
    "measure": Shape("7.5↑", ANY, r"\d+(\.\d+)?(mg|[↑↓])"),
    "money": Shape("7.5", ANY, r"-?\d+(\.\d+)?"),
    "name": Shape("秦七", ANY, r"[\u4e00-\u9fff]+"),
    "number": Shape("7.5", ANY, r"-?\d+(\.\d+)?"),
    "oid": Shape("2.999.7", ANY, r"[012](\.\d+)+"),
    "above-zero": Shape("7.5", ANY, r"[1-9]\d*(\.\d+)?"),
    "positive": Shape("7", ANY, r"[1-9]\d{0,8}"),
    "pressures": Shape("120/80", ANY, r"\d{2,3}/\d{2}"),
    "raised": Shape("7.5↑", ANY, r"\d+(\.\d+)?↑"),
    "range-from": Shape("7-8", "<7", r"([\d.]+-[\d.]+|>\d+)( g/L)?"),
    "range-to": Shape("7-8", ">7", r"([\d.]+-[\d.]+|<\d+)( g/L)?"),
    "rate": Shape("mL/h", ANY, r"[^/]+/h"),
    "telephone": Shape("7007007", ANY, r"[+]?[\d -]{3,}"),
    "time-unit": Shape("H", ANY, r"H"),
    "travel-permit": Shape("H70070070", ANY, r"H?\d{8}"),
    "word": Shape("seventh", ANY, r"[A-Za-z ]*[a-z]{3}[a-z ]*|[\u4e00-\u9fff]+"),
    "words": Shape("the seventh", ANY, r"[A-Za-z]+( [A-Za-z]+)+"),
    "zeros": Shape("000", ANY, r"0+"),
}


def is_shaped(name: str, text: str) -> bool:
    """Whether a text is of a shape; of one that is not known here, none is."""
    shape = SHAPES.get(name)
    return shape is not None and re.fullmatch(shape.pattern, text) is not None
