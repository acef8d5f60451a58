"""Everything a user can touch is documented, and what is documented exists."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import typer
from docs_pages import DOCS, ROOT, anchors, blocks, commands, links, pages

from gateway.api.app import create_app
from gateway.api.context import Context
from gateway.audit.verify import verify
from gateway.cli import app, reference
from gateway.ingest.findings import CODES
from gateway.keys import Keys
from gateway.profiles.proving import unproven
from gateway.settings import Settings, load
from gateway.store import Store
from mappings.runtime.functions.registry import FUNCTIONS
from mappings.runtime.text.shapes import SHAPES

REFERENCE = DOCS / "reference"
PAGES = [pytest.param(page, id=str(page.relative_to(ROOT))) for page in pages()]
COMMANDS = dict(reference.walk(typer.main.get_command(app), "yiqiao"))


@pytest.mark.parametrize("name", reference.PAGES)
def test_a_generated_page_is_as_it_would_be_generated(name: str) -> None:
    written = (REFERENCE / name).read_text(encoding="utf-8")
    assert written == reference.PAGES[name](), "python -m gateway.cli.reference docs/reference"


def test_pages_are_generated_where_one_says(tmp_path: Path) -> None:
    reference.main(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(reference.PAGES)


def test_every_setting_is_documented() -> None:
    page = (REFERENCE / "settings.md").read_text(encoding="utf-8")
    missing = [name for name in _settings(Settings) if f"| `{name}` |" not in page]
    assert missing == []


def test_every_command_and_word_of_it_is_documented() -> None:
    page = (REFERENCE / "commands.md").read_text(encoding="utf-8")
    for words, command in COMMANDS.items():
        section = page.partition(f"\n## {words}\n")[2].partition("\n## ")[0]
        assert section.strip(), words
        for parameter in command.params:
            if parameter.param_type_name == "option" and parameter.name != "help":
                assert all(f"`{name}`" in section for name in parameter.opts), (words, parameter)
            assert parameter.name == "help" or parameter.help, (words, parameter.name)


def test_every_finding_is_documented() -> None:
    page = (REFERENCE / "findings.md").read_text(encoding="utf-8")
    assert [code for code in CODES if f"| `{code}` |" not in page] == []


def test_every_endpoint_is_documented(sqlite_url: str, keys: Keys) -> None:
    page = (REFERENCE / "http.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([A-Z, ]+) \| `(/[^`]*)` \|", page, re.MULTILINE)
    documented = {(method, path) for methods, path in rows for method in methods.split(", ")}
    store = Store.open(sqlite_url, keys)
    routes = cast("list[Any]", create_app(_context(store)).router.routes)
    store.close()
    served = {(method, route.path) for route in routes for method in route.methods}
    assert documented == served


def test_every_break_of_the_audit_log_is_documented() -> None:
    page = (DOCS / "how-to" / "verify-the-audit-log.md").read_text(encoding="utf-8")
    source = Path(verify.__code__.co_filename).read_text(encoding="utf-8")
    codes = set(re.findall(r'Break\([^,"]+, "([a-z-]+)"', source))
    assert codes
    assert [code for code in codes if f"| `{code}` |" not in page] == []


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        if re.match(r"[a-z]+://", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link}: no such file"
        assert not anchor or anchor in anchors(target), f"{link}: no such heading"


@pytest.mark.parametrize("page", PAGES)
def test_commands_that_a_page_tells_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for line in commands(page):
        for piece in re.split(r"\s(?:\||&&|;)\s|\$\(", line):
            words = _words(piece)
            if words[:1] == ["make"]:
                assert set(words[1:]) <= targets, line
            if words and Path(words[0]).name == "yiqiao":
                _check_command(words, line)
            if words[:1] == ["python"] and words[1].endswith("ask.py"):
                assert (DOCS / "examples" / "ask.py").exists()


def test_every_page_is_in_the_index() -> None:
    indexed = {(DOCS / link).resolve() for link in links(DOCS / "README.md")}
    assert set(DOCS.rglob("*.md")) - indexed == {DOCS / "README.md"}


def test_the_example_settings_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    example = ROOT / "yiqiao.example.toml"
    monkeypatch.setenv("YIQIAO_CONFIG", str(example))
    given = tomllib.loads(example.read_text(encoding="utf-8"))
    assert load().database.url == given["database"]["url"]


def _settings(model: Any) -> list[str]:
    names = []
    for name, field in model.model_fields.items():
        inner = getattr(field.annotation, "model_fields", None)
        names += _settings(field.annotation) if inner else [name]
    return names


def _context(store: Store) -> Context:
    return cast(
        "Context",
        SimpleNamespace(settings=Settings(), store=store, audit=None, metrics=None, acceptor=None),
    )


def _words(piece: str) -> list[str]:
    """Words of a command, without what is set before it or sent elsewhere after it."""
    try:
        words = shlex.split(piece)
    except ValueError:
        return []
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words.pop(0)
    if words[:2] == ["docker", "compose"] and "yiqiao" in words:
        words = words[words.index("yiqiao") :]
    return words


def _check_command(words: list[str], line: str) -> None:
    name, rest = "yiqiao", words[1:]
    while rest and f"{name} {rest[0]}" in COMMANDS:
        name = f"{name} {rest.pop(0)}"
    command = COMMANDS[name]
    assert not getattr(command, "commands", None) or not rest or rest[0].startswith("-"), line
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    used = {word.partition("=")[0] for word in rest if re.match(r"--?[a-z]", word)}
    assert used <= known, f"{line}: {used - known}"


def test_every_function_and_shape_of_the_table_language_is_documented() -> None:
    page = (ROOT / "docs/reference/tables.md").read_text(encoding="utf-8")
    assert [name for name in FUNCTIONS if f"| `{name}` |" not in page] == []
    assert [shape for shape in SHAPES if f"`{shape}`" not in page] == []


def test_the_example_of_a_hospital_s_own_segments_can_be_used(tmp_path: Path) -> None:
    page = DOCS / "how-to" / "connect-a-hospital.md"
    (example,) = (block.text for block in blocks(page) if "ZPI -> Encounter" in block.text)
    profile = tmp_path / "ours.map"
    profile.write_text(example, "utf-8")
    assert unproven(str(profile)) == ([], [])
