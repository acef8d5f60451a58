"""The name of a character set in, the Python codec that reads it out.

Follows HL7 table 0211, with the names that senders use in place of its own.
"""

import re

__all__ = ["codec_named"]

# GB 2312 and GBK are read as GB 18030, which holds both: their own codecs lack characters that
# senders use regardless (䶮). Big5 is read with the Hong Kong set, which holds it.
_CODECS = {
    "ascii": ("ASCII", "US-ASCII", "ISO IR6", "ISO646"),
    "utf-8": ("UNICODE", "UNICODE UTF-8", "UTF-8"),
    "utf-16": ("UNICODE UTF-16", "UTF-16"),
    "utf-32": ("UNICODE UTF-32", "UTF-32"),
    "gb18030": (
        *("GB 18030-2000", "GB 18030-2005", "GB 18030-2022", "GB 18030"),
        *("GBK", "CP936", "MS936", "WINDOWS-936", "GB2312", "GB 2312-80", "EUC-CN"),
    ),
    "big5hkscs": ("BIG-5", "BIG5-HKSCS", "CP950", "MS950", "WINDOWS-950"),
    "cp949": ("KS X 1001", "KS C 5601", "EUC-KR", "CP949", "UHC"),
    "cp932": ("SHIFT-JIS", "SJIS", "CP932", "MS932", "WINDOWS-31J"),
    "euc_jp": ("EUC-JP",),
    "iso2022_jp_ext": ("ISO IR14", "ISO IR87", "ISO IR159", "ISO-2022-JP"),
    "cp1252": ("WINDOWS-1252", "CP1252"),
    "cp1251": ("WINDOWS-1251", "CP1251"),
    **{
        f"iso8859_{part}": (f"8859/{part}", f"ISO 8859-{part}")
        for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)
    },
}


def _key(name: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", name.upper())


_BY_NAME = {_key(name): codec for codec, names in _CODECS.items() for name in names}


def codec_named(name: str) -> str | None:
    """Find the Python codec for a name of table 0211, or one that senders use in its place."""
    return _BY_NAME.get(_key(name))
