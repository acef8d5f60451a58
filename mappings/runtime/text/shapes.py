"""Shapes of text, for conditions (``is han``): a text in, whether it has the shape out."""

from __future__ import annotations

import re
from collections.abc import Callable
from operator import mul
from unicodedata import combining, name, normalize

from mappings.runtime.text import primitives
from mappings.runtime.text.currencies import is_money
from mappings.runtime.text.icd10 import (
    is_icd10,
    is_icd10_cn,
    is_icd10_cn_x,
    is_icd10_double,
    is_icd10_list,
)
from mappings.runtime.text.measures import is_lowered, is_measure, is_pressures, is_raised
from mappings.runtime.text.ranges import ends
from mappings.runtime.text.timeunits import KNOWN, TIME_UNITS
from mappings.runtime.text.words import (
    is_denial,
    is_denial_of_all,
    is_denial_of_drugs,
    is_denial_of_environment,
    is_denial_of_food,
    is_doubtful,
    is_filler,
    is_masked,
    is_zeros,
)

_HAN = re.compile(
    r"(?=[^\W\da-zA-Z])"
    r"[\u2e80-\u2fdf\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
    r"·•・‧.．\s\dA-Z()（）?？*]+"
)
_BETWEEN = "·•・‧’‘ʼ"  # in names of several parts, and for a sound between letters
_PERMIT = re.compile(r"[HM]?\d{8}(?:\d\d)?", re.ASCII)
#: Provinces by GB/T 2260, cities and counties in them; by GB/T 10114 their towns, and villages
_DIVISION = re.compile(
    r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])\d{4}(?:\d{3}(?:\d{3})?)?", re.ASCII
)
_PEOPLE = re.compile(
    "HA|MG|HU|ZA|UG|MH|YI|ZH|BY|CS|MA|DO|YA|BA|TJ|HN|KZ|DA|LI|LS|VA|SH|GS|LH|SU|DX|NX|JP|KG|TU|DU"
    "|ML|QL|BL|SL|MN|GL|XB|AC|PM|TA|NU|UZ|RS|EW|DE|BN|YG|GI|TT|DR|OR|HZ|MB|LB|JN"
)
_DIGIT = re.compile(r"\d", re.ASCII)
_SIGNS = re.compile(r"\s|[,;!?，；！？。、：]")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]{9}")
_WORD = re.compile(r"(?!.*\d)(?:.*[a-z]{3}|.*[A-Z]{6})", re.DOTALL)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_TELEPHONE = re.compile(r"(?:[^*@\d]*\d){3}[^*@]*")
_LONGEST = 32  # characters that a code has
_OID = re.compile(r"[0-2](?:\.(?:0|[1-9]\d*))+")
_TIMES = {*TIME_UNITS, "HOUR", "MINUTE", "秒", "分", "分钟", "时", "小时", "天", "日"}
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_OF_ZEROS = sum(_WEIGHTS) * ord("0")


def is_han(value: str) -> bool:
    """Whether it is Han, and what names have between: ``买买提·艾力``, ``王芳(女婴)``."""
    return not value.isascii() and _HAN.fullmatch(value.strip()) is not None


def is_name(value: str) -> bool:
    """Whether it is Han that is no number: ``王芳``; not ``内0123``."""
    return is_han(value) and not any(map(str.isdigit, value))


def is_loinc(value: str) -> bool:
    """Whether it is a code of LOINC by its form and its check digit (modulus 10): ``4548-4``."""
    number, sign, check = value.partition("-")
    if not (sign and value.isascii() and number.isdecimal() and 2 < len(number) < 7):
        return False
    doubled = (str(int(n) * 2) if at % 2 == 0 else n for at, n in enumerate(reversed(number)))
    return check == str(-sum(map(int, "".join(doubled))) % 10)


def is_latin(value: str) -> bool:
    """Whether it is of Latin letters, or ASCII without digits: ``Zhāng``, ``ABUDULA·MAIMAITI``."""
    if value.isascii():
        return value.isalpha() or (bool(value) and _DIGIT.search(value) is None)
    if "\u4e00" <= value[0] <= "\u9fff":  # most of what is not Latin is Han
        return False
    return all(
        c.isascii() or combining(c) or c in _BETWEEN or name(c, "").startswith("LATIN ")
        for c in normalize("NFKD", value)
    )


def is_ascii(value: str) -> bool:
    """Whether it is ASCII, and not empty."""
    return bool(value) and value.isascii()


def is_words(value: str) -> bool:
    """Whether it is text, and no code: it has a blank or a comma, or is longer than codes are."""
    value = value.strip()
    return (
        len(value) > _LONGEST
        or _SIGNS.search(value) is not None
        or _HAN_RUN.search(value) is not None
    )


def is_word(value: str) -> bool:
    """Whether people can read it: ``青霉素``, ``Penicillin``, ``PEANUT``; not ``GLU``, ``I10``."""
    return not value.isascii() or _WORD.match(value) is not None or is_words(value)


def is_email(value: str) -> bool:
    """Whether it is an address of mail: ``li@example.org``."""
    return "@" in value and _EMAIL.fullmatch(value.strip()) is not None


def is_telephone(value: str) -> bool:
    """Whether one can call it: three digits or more, none of them masked; nor a mail address."""
    return _TELEPHONE.fullmatch(value) is not None


def is_number(value: str) -> bool:
    """Whether it is a decimal."""
    return primitives.decimal(value) is not None


def is_above_zero(value: str) -> bool:
    """Whether it is a decimal of more than nothing."""
    number = primitives.decimal(value)
    return number is not None and float(number) > 0


def is_positive(value: str) -> bool:
    """Whether it is an integer from 1."""
    return primitives.positive(value) is not None


def is_amount(value: str) -> bool:
    """Whether it is a decimal, with or without a comparator before it."""
    return primitives.decimal(primitives.compared(value)[1]) is not None


def is_comparator(value: str) -> bool:
    """Whether it is a sign that compares, or says that two are equal: FHIR has a word for those."""
    return value.strip() in {"=", *primitives.COMPARATORS}


def is_date(value: str) -> bool:
    """Whether it is a date."""
    return primitives.date(value, "") is not None


def is_date_time(value: str) -> bool:
    """Whether it is a date with a time of day."""
    return primitives.instant(value, "Z") is not None


def is_oid(value: str) -> bool:
    """Whether it is an object identifier in dotted form."""
    return _OID.fullmatch(value) is not None


def is_identity_number(value: str) -> bool:
    """Whether it is a resident identity number (GB 11643): 18 characters, or 15."""
    value = primitives.narrow(value)
    if " " in value:  # 110101 19000101 0014
        value = value.replace(" ", "")
    if len(value) == 15 and value.isdigit():
        return primitives.date(f"19{value[6:12]}", "") is not None
    if len(value) != 18 or not (value.isascii() and value[:17].isdigit()):
        return False
    if not primitives.date(value[6:14], ""):
        return False
    octets = value.encode()
    check = "10X98765432"[(sum(map(mul, _WEIGHTS, octets)) - _OF_ZEROS) % 11]
    return value[17].upper() == check


def is_time_unit(value: str) -> bool:
    """Whether this is a unit of time, as orders or as UCUM write it."""
    return value in KNOWN or value in TIME_UNITS.values()


def is_rate(value: str) -> bool:
    """Whether this is a unit of something in a time: ``mL/h``, ``ug/kg/min``, ``滴/分``."""
    return value.rpartition("/")[2].strip().upper() in _TIMES and "/" in value


def is_gb2260(value: str) -> bool:
    """Whether it is the number of a division of China: of six places, or more for what is in it."""
    return _DIVISION.fullmatch(value) is not None


def is_gb3304(value: str) -> bool:
    """Whether it is a people of China by GB/T 3304: a number, two letters, or its name in Han."""
    number = int(value) if len(value) < 3 and value.isascii() and value.isdigit() else 0
    known = 0 < number < 59 or number in {97, 98}
    return known or _PEOPLE.fullmatch(value) is not None or is_han(value)


def has_low(value: str) -> bool:
    """Whether it is a range that has a lower end: ``4-6``, ``>60``."""
    return ends(value).low is not None


def has_high(value: str) -> bool:
    """Whether it is a range that has an upper end: ``4-6``, ``<5``."""
    return ends(value).high is not None


def is_travel_permit(value: str) -> bool:
    """Whether it has the form of a permit of Hong Kong, Macau (a letter) or Taiwan."""
    return _PERMIT.fullmatch(value.upper()) is not None


def is_base64(value: str) -> bool:
    """Whether a text is Base64, white space or not."""
    return primitives.base64(value) is not None


SHAPES: dict[str, Callable[[str], bool]] = {
    "base64": is_base64,
    "amount": is_amount,
    "comparator": is_comparator,
    "denial": is_denial,
    "denial-of-all": is_denial_of_all,
    "denial-of-drugs": is_denial_of_drugs,
    "denial-of-environment": is_denial_of_environment,
    "denial-of-food": is_denial_of_food,
    "doubtful": is_doubtful,
    "filler": is_filler,
    "masked": is_masked,
    "zeros": is_zeros,
    "han": is_han,
    "name": is_name,
    "ascii": is_ascii,
    "latin": is_latin,
    "number": is_number,
    "above-zero": is_above_zero,
    "positive": is_positive,
    "date": is_date,
    "gb2260": is_gb2260,
    "gb3304": is_gb3304,
    "icd10": is_icd10,
    "icd10-cn": is_icd10_cn,
    "icd10-cn-x": is_icd10_cn_x,
    "icd10-double": is_icd10_double,
    "icd10-list": is_icd10_list,
    "identity-number": is_identity_number,
    "travel-permit": is_travel_permit,
    "word": is_word,
    "words": is_words,
    "oid": is_oid,
    "date-time": is_date_time,
    "email": is_email,
    "telephone": is_telephone,
    "time-unit": is_time_unit,
    "rate": is_rate,
    "measure": is_measure,
    "money": is_money,
    "pressures": is_pressures,
    "raised": is_raised,
    "lowered": is_lowered,
    "range-from": has_low,
    "range-to": has_high,
}
