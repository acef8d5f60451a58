"""Messages of one synthetic patient of two hospitals; every value is a field to vary."""

from __future__ import annotations

from collections.abc import Sequence

NUMBER = "110101190001010014"
NAME = "葉弢"  # in GB 18030 their second octets are '~' and '|'
SECRETS = (NUMBER, NAME, "YETAO", "0000012345", "LK-778", "13800000000", "示范路8号")


def visit(
    event: str = "A04",
    *,
    control: str,
    mrn: str = "0000012345",
    name: str = f"{NAME}^YETAO^^^^^L",
    phone: str = "13800000000^PRN^CP",
    number: str = "OP1",
    extra: Sequence[str] = (),
) -> bytes:
    """An outpatient visit to TJH01 on 2026-03-01, with a diagnosis (E11.900)."""
    return _message(
        f"MSH|^~\\&|HIS|TJH01|GW|HIE|20260301083015||ADT^{event}|{control}|P|2.4|||AL|NE|CHN"
        "|UNICODE UTF-8",
        f"EVN|{event}|20260301083015",
        f"PID|1||{mrn}^^^TJH01^MR~{NUMBER}^^^GA^NNCHN||{name}||19000101|M|||示范路8号||{phone}",
        *extra,
        f"PV1|1|O|0301^^^TJH01||||D0001^李示范|||||||||||310|{number}"
        + "|" * 25
        + "20260301083000",
        "DG1|1||E11.900^2型糖尿病^I10CN||20260301085500|W",
    ).encode()


def merge(*, control: str, survivor: str, retired: str) -> bytes:
    """A40: two records of TJH01 are one patient's."""
    return _message(
        f"MSH|^~\\&|HIS|TJH01|GW|HIE|20260302083015||ADT^A40|{control}|P|2.4|||AL|NE|CHN"
        "|UNICODE UTF-8",
        "EVN|A40|20260302083015",
        f"PID|1||{survivor}^^^TJH01^MR||{NAME}",
        f"MRG|{retired}^^^TJH01^MR",
    ).encode()


def laboratory(
    *,
    control: str,
    mrn: str = "0000012345",
    order: str = "1",
    value: str = "7.8",
    status: str = "F",
    charset: str = "gb18030",
) -> bytes:
    """HbA1c and glucose from TJH01's laboratory, which declares no character set."""
    return _message(
        f"MSH|^~\\&|LIS|TJH01|GW|HIE|20260301103000||ORU^R01|{control}|P|2.3.1",
        f"PID|1||{mrn}||{NAME}||1900-01-01|男|||||||||||{NUMBER}",
        "PV1|1|O" + "|" * 17 + "OP1",
        f"OBR|1|A{order}^HIS|LB{order}^LIS|HBA1C^糖化血红蛋白^L|||20260301084500"
        f"|||||||20260301090000|BLD|D0001^李示范||||||20260301102800||LAB|{status}",
        f"OBX|1|NM|HBA1C^糖化血红蛋白^L^4548-4^^LN||{value}|%|4.0-6.0|H|||{status}|||20260301102500",
        "OBX|2|NM|GLU^空腹血糖^L^14771-0^^LN||8.2|mmol/L|3.9-6.1|H|||F|||20260301102500",
    ).encode(charset)


def lakeside(*, control: str) -> bytes:
    """HbA1c, and a depressive episode, from the other hospital."""
    return _message(
        "MSH|^~\\&|CORE|LAKESIDE|GW|HIE|20251110091500+0800||ADT^A01^ADT_A01"
        f"|{control}|P|2.5.1|||AL|NE|CHN|UNICODE UTF-8",
        "EVN|A01|20251110091500+0800",
        f"PID|1||LK-778^^^LAKESIDE^MR~{NUMBER}^^^PRC^NNCHN||YE^TAO^^^^^L||19000101|M",
        "PV1|1|I|WARD3^301^2^LAKESIDE" + "|" * 16 + "V-5501" + "|" * 25 + "20251110090000+0800",
        "DG1|1||E11.9^Type 2 diabetes mellitus^I10|||A",
        "DG1|2||F32.1^Moderate depressive episode^I10|||A",
    ).encode()


def _message(*segments: str) -> str:
    return "\r".join(segments) + "\r"
