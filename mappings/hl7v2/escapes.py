r"""Escape sequences (HL7 v2.x chapter 2.7): ``\F\`` and kin in, plain text out.

Highlighting (``\H\ \N\``) is dropped, ``\.br\`` and the other formatting commands become white
space, ``\Xhh\`` and several of them become the characters those bytes stand for (`adapters.charset`
has turned those above ASCII into characters of the message's own set). A sequence nobody can read
(``\Zxx\``, a lone backslash) is left as it stands: losing it would be worse than showing it.
"""

from __future__ import annotations

import re

_DELIMITERS = {"F": "|", "S": "^", "T": "&", "R": "~", "E": "\\", "P": "#"}
_SEQUENCE = re.compile(
    r"\\([A-Z]|\.[a-z]{2}[+-]?\d*|[CM](?:[0-9A-Fa-f]{2})+)\\|((?:\\X(?:[0-9A-Fa-f]{2})+\\)+)"
)
_X = re.compile(r"\\X|\\")
_LINE_COMMANDS = {".br", ".sp", ".ce"}
_SILENT_COMMANDS = {".fi", ".nf", ".in", ".ti", ".sk"}


def unescape(text: str) -> str:
    r"""Replace the escape sequences of `text`, once, left to right."""
    if "\\" not in text:
        return text
    return _SEQUENCE.sub(_replace, text)


def _replace(match: re.Match[str]) -> str:
    body = match[1]
    if body is None:
        return _characters(bytes.fromhex(_X.sub("", match[0])))
    if body in _DELIMITERS:
        return _DELIMITERS[body]
    if body in {"H", "N"}:
        return ""
    if body[0] == ".":
        command, count = body[:3], body[3:].lstrip("+")
        if command in _LINE_COMMANDS:
            return "\n" * max(1, min(int(count or 1), 100)) if not count.startswith("-") else "\n"
        if command in _SILENT_COMMANDS:
            spaces = min(int(count), 100) if command == ".sk" and count.isdigit() else 0
            return " " * spaces
        return match[0]
    return match[0]


def _characters(raw: bytes) -> str:
    r"""Bytes of ``\X..\``: UTF-8, else GB18030, else one character a byte (ISO 8859-1)."""
    for charset in ("utf-8", "gb18030"):
        try:
            return raw.decode(charset)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")
