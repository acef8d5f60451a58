"""Addresses as people write them, the largest part first, in; an XAD's order out."""

from __future__ import annotations

import re

_PROVINCE = re.compile(r"[^\W\d_]{2,8}(?:省|自治区|特别行政区)|(?:北京|天津|上海|重庆)市")
_CITY = re.compile(r"[^\W\d_]+(?:市|自治州|地区|盟)|市辖区|县")
_COUNTY = re.compile(r"[^\W\d_]+[区县市旗]")
_POSTCODE = re.compile(r"\d{6}", re.ASCII)
_COUNTRIES = {"", "CHN", "CN", "156", "CHINA", "中国"}
_WIDTH = 9  # components up to the county's (XAD.9)


def in_order(value: str) -> str:
    """Return an address with its parts where an XAD has them: ``浙江省^杭州市^西湖区^古荡街道``.

    As it is, where the first three do not say by their endings that they are a province, a city
    and a county, or another part does not go with that.
    """
    parts = value.split("^")
    if len(parts) < 3 or "&" in "".join(parts[:5]) or not _PROVINCE.fullmatch(parts[0].strip()):
        return value
    parts += [""] * (_WIDTH - len(parts))
    province, city, county, street, other, country = (part.strip() for part in parts[:6])
    if not (_CITY.fullmatch(city) and _COUNTY.fullmatch(county)) or _PROVINCE.fullmatch(street):
        return value
    code = other if _POSTCODE.fullmatch(other) else ""
    if _POSTCODE.fullmatch(country) and not code:
        code, country = country, ""
    known = parts[8].strip()
    if country.upper() not in _COUNTRIES or (known and not known.isdecimal() and known != county):
        return value
    if city in {"市辖区", "县"}:  # of Beijing, say
        city = province
    other = "" if other == code else other
    street, other = (street, other) if street else (other, "")
    district = f"{known}&{county}" if known.isdecimal() else county
    lines = [street, other, city, province, code, country]
    return "^".join([*lines, *parts[6:8], district, *parts[9:]])
