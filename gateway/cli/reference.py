"""Reference pages in Markdown, generated from what they describe: settings, commands, findings.

``python -m gateway.cli.reference DIRECTORY`` writes `settings.md`, `commands.md` and `findings.md`
there; a test fails while the pages under ``docs/reference`` are not what this would write.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from enum import Enum
from inspect import cleandoc, unwrap
from pathlib import Path
from typing import Any, get_args, get_type_hints

import typer
from pydantic_core import PydanticUndefined

from gateway.cli import app
from gateway.ingest import findings as ingest
from gateway.sections import Section
from gateway.settings import Settings
from mappings import findings as mappings

_MARKUP = re.compile(r"\[/?[a-z ]*\]")
_FINDINGS = """\
# Findings

A finding reports something that could not be carried over whole, or that you should know.
`yiqiao translate` prints findings on standard error. The gateway keeps them with the message
(`yiqiao quarantine show`).

A finding has a severity, a code, a place as HL7 writes it (`PID-3[2].4`, `OBX[3]-5`, `message`) and
a sentence. It never contains a value of the message.

| Severity | Meaning |
| --- | --- |
| error | the message was rejected, or a resource was withheld |
| warning | something was lost |
| information | something was noted |

This page is generated from `mappings/findings.py` and `gateway/ingest/findings.py`.
"""
_TABLE = "\n## {}\n\n| Code | Meaning |\n| --- | --- |\n{}"
_SETTINGS = """\
# Settings

Settings are in one TOML file: `$YIQIAO_CONFIG`, else `./yiqiao.toml`. Environment variables
override it: `YIQIAO_SERVER__PORT=9000` replaces `port` of `[server]`. A wrong setting stops the
program.

This page is generated from `gateway/settings.py` and `gateway/sections.py`.

## Top level
"""
_COMMANDS = """\
# Commands

| Exit code | Meaning |
| --- | --- |
| 0 | done |
| 1 | done, but something was refused or found wrong; standard error says what; or \
the store, its keys or the network cannot be used |
| 2 | wrong arguments, or a setting, table or file that cannot be used |

Commands that work on the store read the same settings as `yiqiao serve`
([settings](settings.md)). You can run them while the gateway runs.

This page is generated from `gateway/cli`.
"""


def findings() -> str:
    """Write the page of findings."""
    ours = {code: text for code, text in ingest.CODES.items() if code not in mappings.CODES}
    tables = (("From the translation", mappings.CODES), ("From the gateway", ours))
    return _FINDINGS + "".join(
        _TABLE.format(
            title, "".join(f"| `{code}` | {_cell(codes[code])} |\n" for code in sorted(codes))
        )
        for title, codes in tables
    )


def settings() -> str:
    """Write the page of settings, one table a section."""
    lines = [_SETTINGS]
    top = {
        name: field
        for name, field in Settings.model_fields.items()
        if not isinstance(field.annotation, type) or not issubclass(field.annotation, Section)
    }
    lines += _fields(top)
    for name, field in Settings.model_fields.items():
        if name not in top and isinstance(field.annotation, type):
            section = field.annotation
            lines += ["", f"## [{name}]", "", (section.__doc__ or "").strip(), ""]
            lines += _fields(section.model_fields)
    return "\n".join(lines) + "\n"


def _fields(fields: dict[str, Any]) -> list[str]:
    rows = ["| Setting | Default | Meaning |", "| --- | --- | --- |"]
    for name, field in fields.items():
        default = "required" if field.default is PydanticUndefined else _shown(field.default)
        rows.append(f"| `{name}` | {default} | {field.description} |")
    return rows


def _shown(value: object) -> str:
    if value is None:
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def commands() -> str:
    """Write the page of commands, options and arguments."""
    root = typer.main.get_command(app)
    parts = [_COMMANDS]
    for words, command in walk(root, "yiqiao"):
        parts.append(f"\n## {words}\n\n{_plain(command.help or '')}\n")
        types = get_type_hints(unwrap(command.callback)) if command.callback else {}
        rows = [_row(one, types[one.name]) for one in command.params if one.name != "help"]
        if rows:
            parts.append("\n| Word | Takes | Meaning |\n| --- | --- | --- |\n")
            parts.extend(rows)
    return "".join(parts)


def walk(command: Any, words: str) -> Iterator[tuple[str, Any]]:
    """Give a command and all below it, each with the words that call it."""
    yield words, command
    for name, below in sorted(getattr(command, "commands", {}).items()):
        yield from walk(below, f"{words} {name}")


def _row(parameter: Any, type_: Any) -> str:
    if parameter.param_type_name == "option":
        words = ", ".join(f"`{name}`" for name in parameter.opts)
    else:
        words = f"`{parameter.metavar or parameter.name.upper()}`"
    notes = [_plain(parameter.help or "").removesuffix(".")]
    if parameter.required:
        notes.append("required")
    elif parameter.default not in (None, False, ()):
        notes.append(f"default `{getattr(parameter.default, 'value', parameter.default)}`")
    return f"| {_cell(words)} | {_takes(type_)} | {_cell('; '.join(notes))} |\n"


def _takes(type_: Any) -> str:
    """Say in words what a parameter of a type takes."""
    inner = [part for part in get_args(type_) if part is not type(None)]
    if inner:
        return _takes(inner[0])
    if issubclass(type_, Enum):
        return ", ".join(f"`{member.value}`" for member in type_)
    return {bool: "—", int: "a whole number", float: "a number", Path: "a path"}.get(type_, "text")


def _plain(text: str) -> str:
    """Take Rich's markup out of a help text, and put each example in a line of code."""
    lines = [_MARKUP.sub("", line) for line in cleandoc(text).replace("\f", "").splitlines()]
    return "\n".join(f"`{line.strip()}`" if line.startswith("  ") else line for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", " ")


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings,
    "commands.md": commands,
    "findings.md": findings,
}


def main(directory: Path) -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (directory / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
