"""Words that stand where a value would: a text in, whether it says nothing, or denies, out."""

from __future__ import annotations

import re

_DENIAL = re.compile(
    r"(?:(?:暂|目前|患者|均)*(?:无|否认|未发现|未见|没有)"
    r"(?:[已知有的及或和与、,，/]|明确|任何|特殊|药物|药品|食物|食品|环境)*"
    r"(?:过敏(?:史|物|源|原|反应|药物)?|不良反应)?|否"
    r"|NK[ADEFM]A?|NIL(?: KNOWN)?|NONE(?: KNOWN| REPORTED)?|DENIES(?: ANY)?(?: ALLERG(?:Y|IES))?"
    r"|NO(?: KNOWN| REPORTED)?(?: (?:DRUG|FOOD|MEDICATION|ENVIRONMENTAL|LATEX))?"
    r"(?: ALLERG(?:Y|IES))?|716186003|409137002|429625007|428607008)[.。!！]?"
)
_KINDS = {
    "drug": re.compile("药|NKDA?$|NKMA?$|DRUG|MEDICATION|409137002"),
    "food": re.compile("食|NKFA?$|FOOD|429625007"),
    "environment": re.compile("环境|NKEA?$|ENVIRONMENTAL|428607008"),
    "latex": re.compile("LATEX"),
}
_FILLER = re.compile(
    r"(?:[-－﹣—–―─_]+|[/／]+|N/A|NULL|UNK(?:NOWN)?|NOT (?:KNOWN|ASKED|STATED)"
    r"|(?:具体|情况)*(?:不详|不明|不清楚?|不知道?|未知|未(?:问及|询问|提供|填写?|录入|采集|记录|说明|查)"
    r"|无法(?:询问|获取|提供)|不适用|无资料|待查)"
    r"|(?:无|没有|否认|未发现|未见)(?:其他|其它)(?:药物|药品|食物|食品)?(?:过敏(?:史|物|源|原)?)?)[.。!！]?"
)
#: 发热待查 is a fever, whose cause is sought; 肺癌待排 is no cancer yet.
_DOUBT = re.compile(
    r".*[?？][)）\]】]?|.*(?:待排除?|待除外|不除外|不能除外|不排除)[)）\]】。]?"
    r"|(?:疑似|疑诊|可疑|拟诊|考虑).+|.*[(（\[【](?:疑似|疑诊|可疑|拟诊|考虑)[)）\]】]"
)


def is_doubtful(value: str) -> bool:
    """Whether it says that it is not sure: ``肺癌？``, ``肺癌待排``, ``疑似肺结核``."""
    return _DOUBT.fullmatch(value.strip()) is not None


def is_denial(value: str) -> bool:
    """Whether it says that there is none: ``无``, ``否认``, ``none``, ``NKDA``."""
    return _DENIAL.fullmatch(value.strip().upper()) is not None


def is_denial_of_drugs(value: str) -> bool:
    """Whether it denies drugs, among others: ``NKDA``, ``无药物过敏史``."""
    return _denies(value, "drug")


def is_denial_of_food(value: str) -> bool:
    """Whether it denies food, among others."""
    return _denies(value, "food")


def is_denial_of_environment(value: str) -> bool:
    """Whether it denies what is in the environment, among others."""
    return _denies(value, "environment")


def is_denial_of_all(value: str) -> bool:
    """Whether it denies, and does not say what: ``无``, ``NKA``."""
    return is_denial(value) and not any(_denies(value, kind) for kind in _KINDS)


def _denies(value: str, kind: str) -> bool:
    return is_denial(value) and _KINDS[kind].search(value.strip(" .。!！").upper()) is not None


def is_filler(value: str) -> bool:
    """Whether it stands where nothing is known, and denies nothing: ``-``, ``不详``, ``N/A``."""
    return _FILLER.fullmatch(value.strip().upper()) is not None


def is_masked(value: str) -> bool:
    """Whether parts of it are hidden: ``110101********0014``, which several people share."""
    return "**" in value or "XXXX" in value or "xxxx" in value


def is_zeros(value: str) -> bool:
    """Whether it is nothing but zeros: the number of nobody, ``0``, ``00000000``."""
    return not value.strip("0") and bool(value)
