"""What the benchmarks translate: numbers in, HL7v2 messages out. Nobody in them exists.

No two are of one patient, visit, order or minute: what a running gateway remembers of a feed is its
vocabulary and its directory, not its patients.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Iterable
from datetime import datetime, timedelta

from gateway.demo.feed import identity_number, report

_PID = "PID|1||S1^^^TJH01^MR||测试^^^^^^L^I||19800301|M"
_OBR = "OBR|1||F1^LIS|GLU^葡萄糖^L|||20260301||||||||||||||||LAB|F"
_BEGIN = datetime(2026, 3, 1)  # noqa: DTZ001 - written without a zone, as senders do


def reports(count: int, results: int) -> list[str]:
    """Laboratory reports (ORU^R01) with `results` OBX each."""
    return [report(n, patient=n, results=results, when=_minute(n)) for n in range(count)]


def monitoring(results: int) -> str:
    """Return a report of ten quantities, measured again and again: `results` OBX in all."""
    head, *measured = report(1, results=10).rstrip("\r").split("\rOBX|")
    kinds = [line.partition("|")[2].split("|1|", 1) for line in measured]
    lines = [
        f"OBX|{n + 1}|{kind}|{n // 10 + 1}|{rest}"
        for n in range(results)
        for kind, rest in [kinds[n % 10]]
    ]
    return "\r".join([head, *lines]) + "\r"


def repeating(count: int, first: int) -> dict[str, str]:
    """Return messages in which one thing is said `count` times, each time of another: by name.

    Their numbers begin at `first`, so that nothing of another message need be known.
    """
    numbers, units = range(first, first + count), "|" * 17
    drug = ("ORC|NW|P1^HIS", "RXE||AMOX^阿莫西林^L|250||mg^毫克^L")
    kinds: dict[str, tuple[str, Iterable[str]]] = {
        "PID-3": ("ADT^A08", [f"PID|1||{'~'.join(f'{n}^^^TJH01^MR' for n in numbers)}||测试"]),
        "OBX-5": ("ORU^R01", [_PID, _OBR, f"OBX|1|NM|GLU||{'~'.join(map(str, numbers))}"]),
        "OBX-16": ("ORU^R01", [_PID, _OBR, "OBX|1|NM|GLU||5|||||||||||"
                               + "~".join(f"D{n}^李测试" for n in numbers)]),
        "PV1": ("ADT^A08", [_PID, *(f"PV1|1|I{units}V{n}" for n in numbers)]),
        "NK1": ("ADT^A08", [_PID, *(f"NK1|1|测试甲|SPO|||135{n:08d}" for n in numbers)]),
        "DG1": ("ADT^A08", [_PID, f"PV1|1|I{units}V1", *(f"DG1|1||I{n}^x^L" for n in numbers)]),
        "AL1": ("ADT^A08", [_PID, *(f"AL1|1|DA|P{n}^x^L||皮疹{n}" for n in numbers)]),
        "RXC": ("RDE^O11", [_PID, *drug, *(f"RXC|A|I{n}^x^L|1|mg" for n in numbers)]),
        "TQ1": ("RDE^O11", [_PID, *drug, *(f"TQ1|{n}||BID" for n in numbers)]),
    }  # fmt: skip
    return {
        name: "\r".join([f"MSH|^~\\&|HIS|TJH01|||20260301||{kind}|{name}|P|2.5.1", *segments])
        for name, (kind, segments) in kinds.items()
    }


def admissions(count: int) -> list[str]:
    """Admissions (ADT^A01) of 20 segments, filled as a hospital system fills them."""
    return [_admission(n) for n in range(count)]


def with_pdf(octets: int, end: str = "") -> bytes:
    """Return a report of about `octets` whose second result is a PDF, its lines ended by `end`."""
    header = b"%PDF-1.7\n"
    noise = random.Random(1).randbytes(octets * 3 // 4 - len(header))
    head = report(1, results=1).rstrip("\r").encode()
    data = base64.b64encode(header + noise)
    if end:
        data = end.encode().join(data[at : at + 76] for at in range(0, len(data), 76))
    pdf = "\rOBX|2|ED|PDF^检验报告单^L||LIS^application^pdf^Base64^".encode()
    return head + pdf + data + b"||||||F|||20260301102500\r"


def _minute(number: int) -> str:
    return f"{_BEGIN + timedelta(minutes=number):%Y%m%d%H%M%S}"


def _admission(number: int) -> str:
    identity, time = identity_number(number), _minute(number)
    day, sex = time[:8], "M" if int(identity[16]) % 2 else "F"
    visit, doctor = f"IP{number:09d}", "D0001^李测试^^^^主任医师^^^TJH01^L^^^EI"
    home = "测试路1号2门301室^^和平区^天津市^300041^CHN^H^^120101"
    kin = f"测试甲{number}^^^^^^L^I"
    return "\r".join([
        f"MSH|^~\\&|HIS|TJH01|GATEWAY|HIE|{time}||ADT^A01^ADT_A01|H{number:09d}|P|2.5.1"
        "|||AL|NE|CHN|UNICODE UTF-8",
        f"EVN|A01|{time}||01|O0001^王登记^^^^^^^TJH01|{time}",
        f"PID|1||S{number:07d}^^^TJH01^MR~{identity}^^^GA^NNCHN~{number:012d}^^^NHSA^HC"
        f"||测试{number}^^^^^^L^I~CESHI^{number}^^^^^L^P||{identity[6:14]}|{sex}|||{home}||"
        "13800000000^PRN^CP~022-55500000^PRN^PH|||20^已婚^GBT2261.2"
        f"|||{identity}|||01^汉族^GB3304||||||156^中国^GB2659||N",
        "PD1|||天津测试社区卫生服务中心^^T0001|D0009^赵家庭^^^^^^^TJH01||||||||N",
        f"NK1|1|{kin}|10^配偶^GB4761|{home}|13800000001^PRN^CP||C^紧急联系人^HL70131",
        f"NK1|2|测试乙{number}^^^^^^L^I|20^子^GB4761|{home}|13800000002^PRN^CP",
        f"PV1|1|I|0301^12^03^TJH01^^B^1^3|R|||{doctor}|{doctor}|D0003^孙会诊^^^^^^^TJH01|MED|||"
        f"|1|||{doctor}|310|{visit}^^^TJH01^VN{'|' * 25}{time}",
        f"PV2||C^普通病房^L|E11.900^2型糖尿病^ICD10-CN|||||{day}||7||糖尿病住院",
        "ROL|1|AD|AT^主治医师^HL70443|D0004^周主治^^^^主治医师^^^TJH01^L^^^EI",
        f"OBX|1|NM|8302-2^身高^LN||{165 + number % 20}|cm^厘米^UCUM|||||F|||{time}",
        f"OBX|2|NM|29463-7^体重^LN||{60 + number % 30}.5|kg^千克^UCUM|||||F|||{time}",
        f"AL1|1|DA^药物过敏^HL70127|PEN^青霉素^L|MO^中度^HL70128|皮疹|{day}",
        f"AL1|2|FA^食物过敏^HL70127|SHR^虾^L|MI^轻度^HL70128|荨麻疹|{day}",
        f"DG1|1||E11.900^2型糖尿病^ICD10-CN|2型糖尿病|{time}|A|||||||||1|D0001^李测试",
        f"DG1|2||I10.x00^特发性高血压^ICD10-CN|高血压病|{time}|A|||||||||2|D0001^李测试",
        f"DG1|3||E78.500^高脂血症^ICD10-CN|高脂血症|{time}|A|||||||||3|D0001^李测试",
        f"PR1|1||38.9301^静脉置管^ICD9CM3|静脉置管|{time}|D|15|||||D0001^李测试",
        f"GT1|1||{kin}||{home}|13800000001^PRN^CP||19800101|F||SPO^配偶^HL70063",
        "IN1|1|390^城镇职工基本医疗保险^CV02.01.204|NHSA120000|天津市医疗保障局|天津市和平区测试路9号"
        f"^^^天津市^300040^CHN||022-55501234^WPN^PH|||||20260101|20261231|||测试{number}^^^^^^L"
        f"|SEL^本人^HL70063|{identity[6:14]}|{home}{'|' * 17}{number:012d}",
        f"IN2||{identity}|E0001^天津测试有限公司",
    ]) + "\r"  # fmt: skip
