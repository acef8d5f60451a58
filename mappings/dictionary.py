"""Layers of tables in, a `Dictionary` out: base standard ← country ← one hospital's site profile.

A layer is a folder of `.map` files or a single file; a site profile is a single file, by name from
``mappings/profiles`` or by path. The compiled functions of a stack of layers are kept, so sites
without a profile share them.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from mappings.compiler.build import Compiled, build
from mappings.compiler.literals import system_uri
from mappings.compiler.types import Definitions
from mappings.language.parser import parse
from mappings.language.tree import TableError, Tables, Where
from mappings.runtime.context import Ids, Site
from mappings.translate import Translation, translate

LAYERS = ("base", "cn")


class Dictionary(NamedTuple):
    """Compiled tables and what they say of the site; `explain`: they tell which row made what."""

    compiled: Compiled
    site: Site
    settings: dict[str, str]
    explain: bool = False

    def translate(
        self,
        text: str,
        ids: Ids,
        *,
        source: str,
        offset: str | None = None,
        envelope: bool = True,
    ) -> Translation:
        """Translate a message of `source`; `offset` is used where the profile names none."""
        site = self.site._replace(source=source)
        if offset and "timezone" not in self.settings:
            site = site._replace(offset=offset)
        return translate(text, self.compiled, site, ids, envelope=envelope, explain=self.explain)


def load(
    definitions: Definitions,
    *,
    layers: tuple[str, ...] = LAYERS,
    profile: str | None = None,
    explain: bool = False,
) -> Dictionary:
    """Read, check and compile layers of tables.

    Parameters
    ----------
    definitions
        FHIR R4's element definitions (`conformance.definitions`).
    layers
        Folders below ``mappings/tables``, the most general first.
    profile
        A site profile: the name of one in ``mappings/profiles``, or a path.

    Raises
    ------
    TableError
        A row that is wrong, with file and line; a profile that does not exist.
    """
    return _load(definitions, layers, profile, explain)


@lru_cache(maxsize=64)
def _load(
    definitions: Definitions, layers: tuple[str, ...], profile: str | None, explain: bool
) -> Dictionary:
    tables = read(layers, profile)
    compiled = build(tables, definitions, explain=explain)
    return Dictionary(compiled, _site(tables), tables.settings, explain)


def read(layers: tuple[str, ...], profile: str | None) -> Tables:
    """Read layers and a profile into one set of tables, unchecked."""
    tables = Tables()
    root = Path(str(files("mappings"))) / "tables"
    for layer in layers:
        for path in sorted((root / layer).rglob("*.map")):
            name = path.relative_to(root.parent.parent).as_posix()
            parse(path.read_text(encoding="utf-8"), name, layer, tables)
    if profile:
        path = find_profile(profile)
        parse(path.read_text(encoding="utf-8"), str(path), path.stem, tables)
    return tables


def find_profile(name: str) -> Path:
    """Return the file of a site profile.

    Raises
    ------
    TableError
        There is none.
    """
    packaged = Path(str(files("mappings"))) / "profiles" / f"{name}.map"
    path = packaged if packaged.is_file() else Path(name)
    if not path.is_file():
        raise TableError(Where(name, 0, "site"), "there is no such site profile")
    return path


def _site(tables: Tables) -> Site:
    settings, names = tables.settings, tables.names
    concepts: dict[tuple[str, str], tuple[tuple[str, str, str], ...]] = {}
    for key, table in tables.codes.items():
        if key.startswith("concepts "):
            system = system_uri(tables, table.system, table.where)
            local = table.table if ":" in table.table else names["systems"].get(table.table)
            if local is None:
                raise TableError(table.where, f"no system is called {table.table!r}")
            for code in table.codes.values():
                known = concepts.get((local, code.code), ())
                concepts[local, code.code] = (*known, (system, code.target, code.display))
    return Site(
        source="",
        offset=settings.get("timezone", "+08:00"),
        authority=settings.get("authority", ""),
        authorities=names.get("authorities", {}),
        systems=names.get("systems", {}),
        units=names.get("units", {}),
        concepts=concepts,
        currency=settings.get("currency", "CNY"),
    )
