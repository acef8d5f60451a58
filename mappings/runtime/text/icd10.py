"""Codes of ICD-10, as the national editions and people write them: a text in, its parts out."""

from __future__ import annotations

import re
from functools import lru_cache

#: How many codes are remembered: few diagnoses are most of them
CODES = 4096

_MORPHOLOGY = re.compile(r"M\d{4,5}/\d", re.ASCII)
_ICD10_X = re.compile(r"[A-Z]\d\d\.(?:\d{3}X\d{3}|X\d\d(?:X\d{3})?)", re.ASCII)
_ICD10_CN = re.compile(rf"{_ICD10_X.pattern}|[A-Z]\d\d\.\d{{3}}", re.ASCII)
_ICD10 = re.compile(rf"{_ICD10_CN.pattern}|[A-Z]\d\d(?:\.\d{{1,3}})?", re.ASCII)
_APART = re.compile(r"[\s;；,，、/]+")


@lru_cache(maxsize=CODES)
def is_icd10(value: str) -> bool:
    """Whether it is a code of ICD-10, of whichever edition: ``E11``, ``E11.9``, ``E11.900x001``."""
    return _is_icd10(value, _ICD10)


@lru_cache(maxsize=CODES)
def is_icd10_cn(value: str) -> bool:
    """Whether it has the form of the national clinical edition: six places, ``x`` for a gap."""
    if _MORPHOLOGY.fullmatch(value) is not None:
        return True
    return _is_icd10(value, _ICD10_CN) or is_icd10_double(value)


@lru_cache(maxsize=CODES)
def is_icd10_cn_x(value: str) -> bool:
    """Whether it has a form that no other edition of ICD-10 has: ``E11.900x001``, ``I10.x00``."""
    return _is_icd10(value, _ICD10_X)


@lru_cache(maxsize=CODES)
def is_icd10_double(value: str) -> bool:
    """Whether dagger and asterisk stand in one code: ``E14.301+H36.0*``."""
    return len(icd10_parts(value)) > 1 and _is_icd10(value, _ICD10)


@lru_cache(maxsize=CODES)
def icd10_parts(value: str) -> tuple[str, ...]:
    """Return the parts of a code of ICD-10, in capitals: of a double one, dagger and asterisk."""
    return tuple(part.strip() for part in re.split("[+*†]", value.upper()) if part.strip())


@lru_cache(maxsize=CODES)
def is_icd10_list(value: str) -> bool:
    """Whether several codes of ICD-10 stand in one text: ``E11.900;I25.103``."""
    codes = icd10_listed(value)
    return len(codes) > 1 and all(map(is_icd10, codes))


def icd10_listed(value: str) -> list[str]:
    """Return the codes of a text, however they are set apart."""
    return [code for code in _APART.split(value) if code]


def _is_icd10(value: str, edition: re.Pattern[str]) -> bool:
    """Whether it is a code of ICD-10 of which a part has the form of an edition."""
    if not value[1:3].isdigit():
        return False
    parts = icd10_parts(value)
    return all(map(_ICD10.fullmatch, parts)) and any(map(edition.fullmatch, parts))
