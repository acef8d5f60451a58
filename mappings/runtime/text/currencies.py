"""Currencies as senders write them in; their codes (ISO 4217), for `Money.currency`, out."""

from __future__ import annotations

import re
from typing import NamedTuple

from mappings.exact import Number
from mappings.runtime.text import primitives

_CODES = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN
BZD CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD
FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS
KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN
MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR
SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD
USN UYI UYU UYW UZS VED VES VND VUV WST XAF XAG XAU XBA XBB XBC XBD XCD XDR XOF XPD XPF XPT XSU XTS
XUA XXX YER ZAR ZMW ZWL
"""
CURRENCIES = frozenset(_CODES.split())
_WORDS = {
    "RMB": "CNY",
    "元": "CNY",
    "人民币": "CNY",
    "人民币元": "CNY",
    "￥": "CNY",
    "¥": "CNY",
    "港币": "HKD",
    "港元": "HKD",
    "美元": "USD",
    "欧元": "EUR",
    "日元": "JPY",
}


def currency_code(written: str) -> str | None:
    """Return the code of a currency, as people write it too; None if it is none."""
    code = written.strip().upper()
    return code if code in CURRENCIES else _WORDS.get(code)


class Amount(NamedTuple):
    """An amount of money, and the code of the currency that is written with it ("" if none)."""

    value: Number
    currency: str


_AMOUNT = re.compile(
    r"([+-]?)\s*([^\W\d_]+|[￥¥])?\s*([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|[+-]?\.\d+)"
    r"\s*([^\W\d_]+)?"
)


def amount_of_money(written: str) -> Amount | None:
    """Return an amount as people write it: ``￥12.80``, ``25.60元``, ``RMB 1,234.50``; else None.

    What stands before or behind the number is a currency, of both the same one, or it is none.
    """
    plain = primitives.decimal(written)
    if plain is not None:
        return Amount(plain, "")
    match = _AMOUNT.fullmatch(primitives.narrow(primitives.text(written) or ""))
    if match is None or (match[1] and match[3][0] in "+-"):
        return None
    said = {currency_code(each) for each in (match[2], match[4]) if each}
    value = primitives.decimal(f"{match[1]}{match[3]}".replace(",", ""))
    if value is None or None in said or len(said) > 1:
        return None
    return Amount(value, next(iter(said)) or "" if said else "")


def is_money(value: str) -> bool:
    """Whether it is an amount of money, with or without its currency: ``￥12.80``."""
    return amount_of_money(value) is not None
