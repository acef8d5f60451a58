"""A synthetic feed: numbers in, HL7v2 messages out. Nobody in it exists.

Patient *n* has medical record number ``S%07d`` and a resident identity number of area 110101 that
nobody has been given (born in 1900).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def identity_number(number: int) -> str:
    """Return a resident identity number with a right check character; `number` below 360,000."""
    day, sequence = divmod(number, 999)
    born = date(1900, 1, 1) + timedelta(days=day)
    stem = f"110101{born:%Y%m%d}{sequence + 1:03d}"
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, stem, strict=True))
    return stem + "10X98765432"[total % 11]


def report(
    number: int, *, patient: int = 0, results: int = 1, facility: str = "TJH01", when: str = ""
) -> str:
    """Return a laboratory report (ORU^R01) with `results` numeric results; `number` names it."""
    identity = identity_number(patient)
    sex = "M" if int(identity[16]) % 2 else "F"
    time = when or "20260301102500"
    head = [
        f"MSH|^~\\&|LIS|{facility}|GATEWAY|HIE|{time}||ORU^R01^ORU_R01|B{number:09d}|P|2.5.1"
        "|||AL|NE|CHN|UNICODE UTF-8",
        f"PID|1||S{patient:07d}^^^{facility}^MR~{identity}^^^GA^NNCHN||测试{patient}^^^^^^L^I"
        f"||{identity[6:14]}|{sex}|||测试路1号^^和平区^天津市^300041^CHN^H||13800000000^PRN^CP",
        f"PV1|1|O|0301^^^{facility}||||D0001^李测试|||||||||||310|OP{number:09d}{'|' * 25}{time}",
        f"ORC|RE|A{number:09d}^HIS|L{number:09d}^LIS||CM||||{time}|||D0001^李测试",
        f"OBR|1|A{number:09d}^HIS|L{number:09d}^LIS|BIO^生化^L|||{time}|||||||{time}||D0001^李测试"
        f"||||||{time}||LAB|F",
    ]
    return "\r".join(head + [_result(index, time) for index in range(results)]) + "\r"


def _result(index: int, time: str) -> str:
    value, low = 5 + index % 40 / 10, 4 + index % 10 / 10
    return (
        f"OBX|{index + 1}|NM|X{index:03d}^分析项目{index}^L^{20000 + index}-4^Analyte {index}^LN|1"
        f"|{value:.1f}|mmol/L^毫摩尔每升^UCUM|{low:.1f}-{low + 2:.1f}"
        f"|{'H' if value > low + 2 else 'N'}|||F|||{time}|LAB^检验科^L"
        f"|D0002^王检验^^^^主管技师^^^TJH01^^^^EI|PHOTO^光度法^L|AU5800^TJH01|{time}"
    )


def reports(count: int, *, patients: int = 100, results: int = 1) -> Iterator[str]:
    """`count` reports spread over `patients`."""
    for number in range(count):
        yield report(number, patient=number % patients, results=results)
