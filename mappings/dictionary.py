"""Layers of tables in, a `Dictionary` out: base standard ← country ← one hospital's site profile.

A layer is a folder of `.map` files or a single file; a site profile is a single file, by name from
``mappings/profiles`` or by path. The compiled functions of a stack of layers are kept, so sites
without a profile share them; a profile whose file has changed is compiled anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import NamedTuple
from weakref import WeakValueDictionary

from mappings import cached
from mappings.cache import Cache
from mappings.compiler.bind import bound
from mappings.compiler.build import generate
from mappings.compiler.known import refuse_unknown
from mappings.compiler.literals import system_uri
from mappings.compiler.types import Definitions
from mappings.hl7v2.encapsulated import Content
from mappings.language.alone import adds_nothing
from mappings.language.fillers import refuse_unread
from mappings.language.keys import with_keys
from mappings.language.lexer import blocks, lines
from mappings.language.omissions import with_omissions
from mappings.language.outline import Node, Structure
from mappings.language.parser import parse_table
from mappings.language.parts import with_parts
from mappings.language.sets import foresee, refuse_unasked
from mappings.language.snapshots import with_snapshots
from mappings.language.systems import with_names
from mappings.language.tree import Codes, Setting, Tables, Where
from mappings.profile import Stamp, find_profile, profile_settings, read_tables, stamp
from mappings.runtime.functions.coding import called
from mappings.runtime.functions.systems import spelled
from mappings.runtime.plan import ANY, Compiled
from mappings.runtime.types import Ids, Site
from mappings.translate import Translation, translate

LAYERS = ("base", "cn")


class Dictionary(NamedTuple):
    """Compiled tables and what they say of the site; `explain`: they tell which row made what."""

    compiled: Compiled
    site: Site
    settings: Mapping[str, Setting]
    local: Mapping[str, str] = {}  # systems whose codes want a standard one, and their names
    explain: bool = False

    def translate(
        self,
        text: str | Content,
        ids: Ids,
        *,
        source: str,
        offset: str | None = None,
        envelope: bool = True,
        kinds: Mapping[str, str] | None = None,
    ) -> Translation:
        """Translate a message of `source`; `offset` is used where the profile names none.

        `kinds` tells of what kind orders are that do not say it (see `mappings.translate`).
        """
        site = self.site._replace(source=source)
        if offset and "timezone" not in self.settings:
            site = site._replace(offset=offset)
        return translate(
            text, self.compiled, site, ids,
            envelope=envelope, explain=self.explain, kinds=kinds,
        )  # fmt: skip


def load(
    definitions: Definitions,
    *,
    layers: tuple[str, ...] = LAYERS,
    profile: str | None = None,
    explain: bool = False,
    cache: Cache | None = None,
) -> Dictionary:
    """Read, check and compile layers of tables.

    Parameters
    ----------
    definitions
        FHIR R4's element definitions (`conformance.definitions`).
    layers
        Folders below ``mappings/tables``, the most general first.
    profile
        A site profile: the name of one in ``mappings/profiles``, or a path; None: the layers alone.
    cache
        Where what is generated is kept for the next start; without it, nowhere.

    Raises
    ------
    TableError
        A row that is wrong, with file and line; a profile that does not exist.
    """
    stack, age = (definitions, layers, profile, explain), stamp(profile)
    known = _loaded.get(stack)
    if known is None or known[0] != age:
        made = _dictionary(definitions, layers, profile, explain=explain, cache=cache)
        known = _loaded[stack] = age, made
    return known[1]


_Text = tuple[str, str, str]  # of a table file: what it says, its name, its layer
_Stack = tuple[Definitions, tuple[str, ...], str | None, bool]
_loaded: dict[_Stack, tuple[Stamp | None, Dictionary]] = {}
#: What was compiled of texts, by their digest, while some dictionary has it.
_compiled: WeakValueDictionary[tuple[Definitions, str], Compiled] = WeakValueDictionary()


class _Said(NamedTuple):
    """What tables say that is not compiled; whether the profile among them says nothing else."""

    site: Site
    settings: Mapping[str, Setting]
    local: Mapping[str, str]
    alone: bool


def _dictionary(
    definitions: Definitions,
    layers: tuple[str, ...],
    profile: str | None,
    *,
    explain: bool,
    cache: Cache | None,
) -> Dictionary:
    """Read, check and compile; for a profile that only says what is looked up, what is below."""
    texts, tables = list(_texts(layers, profile)), None
    whole = _digest(texts, explain=explain)
    said: _Said | None = cache.fetch(cache.key(("said", whole))) if cache else None
    if said is None:
        tables = _parsed(texts)
        alone = profile is not None and adds_nothing(tables, _below(wanted(layers, profile)))
        if alone:
            refuse_unknown(tables, definitions)
        local = {uri: lists[0].table for (uri, _), lists in _concepts(tables).items()}
        site = _site(tables, definitions, explain=explain)._replace(version=whole)
        said = _Said(site, tables.settings, local, alone)
        if cache:
            cache.keep(cache.key(("said", whole)), said)
    below = texts[:-1] if profile is not None else []
    if said.alone:
        texts, below, tables = below, [], None
    compiled = _of(texts, below, tables, definitions, explain=explain, cache=cache)
    return Dictionary(compiled, said.site, said.settings, said.local, explain)


def _of(
    texts: list[_Text],
    below: list[_Text],
    tables: Tables | None,
    definitions: Definitions,
    *,
    explain: bool,
    cache: Cache | None,
) -> Compiled:
    """Return what is compiled of texts (`tables`, if they are read already)."""
    digest = _digest(texts, explain=explain)
    lower = _digest(below, explain=explain) if below else ""
    found = _compiled.get((definitions, digest))
    if found is not None:
        return found
    generated = cached.fetch(cache, digest, lower) if cache else None
    if generated is None:
        generated = generate(tables or _parsed(texts), definitions, explain=explain)
        if cache:
            cached.keep(cache, digest, lower, generated)
    under = _compiled.get((definitions, lower))
    compiled = _compiled[definitions, digest] = bound(generated, definitions, under)
    return compiled


def _digest(texts: list[_Text], *, explain: bool) -> str:
    text = "\0".join([str(explain), *chain.from_iterable(texts)])
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@lru_cache(maxsize=4)
def _below(layers: tuple[str, ...]) -> Tables:
    return read(layers, None)


def wanted(layers: tuple[str, ...], profile: str | None) -> tuple[str, ...]:
    """Return the layers below a profile: all of them, unless it says which (``layers base``).

    Raises
    ------
    TableError
        There is no such profile, or a setting is wrong.
    """
    said = profile_settings(profile).get("layers")
    return tuple(layer for layer in layers if said is None or layer in said.value.split())


def read(layers: tuple[str, ...], profile: str | None) -> Tables:
    """Read layers and a profile into one set of tables, unchecked."""
    return _parsed(_texts(layers, profile))


def _texts(layers: tuple[str, ...], profile: str | None) -> Iterator[_Text]:
    """Yield every table file; the profile comes last."""
    root = Path(str(files("mappings"))) / "tables"
    for layer in wanted(layers, profile):
        for path in sorted((root / layer).rglob("*.map")):
            name = path.relative_to(root.parent.parent).as_posix()
            yield read_tables(path, name), name, layer
    if profile is not None:
        path = find_profile(profile)
        yield read_tables(path, str(path)), str(path), path.stem


def _parsed(texts: Iterable[_Text]) -> Tables:
    tables = Tables()
    several = [list(blocks(lines(text, name, layer))) for text, name, layer in texts]
    foresee(chain.from_iterable(several), tables)
    for block in chain.from_iterable(several):
        parse_table(block, tables)
    refuse_unasked(tables)
    refuse_unread(tables)
    for written_out in (with_names, with_parts, with_omissions, with_keys, with_snapshots):
        tables = written_out(tables)
    return _without_ignored(tables)


def _without_ignored(tables: Tables) -> Tables:
    """Let every structure say of the segments a site ignores that nothing in them is kept."""
    if not tables.ignored:
        return tables

    def node(one: Node, around: Where | None = None) -> Node:
        where = around or tables.ignored.get(one.name)
        children = tuple(node(child, where) for child in one.children)
        if where is None:
            return replace(one, children=children)
        return replace(one, where=where, resources=("-",), links=(), when=None, children=children)

    structures = {
        name: replace(one, nodes=tuple(map(node, one.nodes)))
        for name, one in tables.structures.items()
    }
    anywhere = tuple(
        Node(where, name, True, True, ("-",)) for name, where in tables.ignored.items()
    )
    known = structures.get(ANY) or Structure(anywhere[0].where, ANY, (), ())
    structures[ANY] = replace(known, nodes=(*known.nodes, *anywhere))
    return replace(tables, structures=structures)


def _concepts(tables: Tables) -> dict[tuple[str, str], list[Codes]]:
    """Return the lists of local codes, by the URIs of both systems; "": of codes without one."""
    found: dict[tuple[str, str], list[Codes]] = {}
    for key, table in tables.codes.items():
        if key.startswith("concepts "):
            local = "" if table.table == "-" else system_uri(tables, table.table, table.where)
            system = system_uri(tables, table.system, table.where)
            found.setdefault((local, system), []).append(table)
    return found


def _site(tables: Tables, definitions: Definitions, *, explain: bool = False) -> Site:
    names = tables.names
    systems = names.get("systems", {})
    settings = {name: one.value for name, one in tables.settings.items()}
    concepts: dict[tuple[str, str], tuple[tuple[str, str, str], ...]] = {}
    named = tables.named.items() if explain else ()
    rows = {name: f"{where}@{where.layer}" for name, where in named if name[0] == "units"}
    for (local, system), lists in _concepts(tables).items():
        for code in (code for table in lists for code in table.codes.values()):
            if explain:
                rows[local, code.code] = f"{code.where}@{code.where.layer}"
            known = concepts.setdefault((local, code.code), ())
            if code.target:  # else it is known to have no counterpart
                own = system_uri(tables, code.system, code.where) or system
                word = code.display or called(definitions.code_system(own), code.target)
                concepts[local, code.code] = (*known, (own, code.target, word))
    return Site(
        source="",
        offset=settings.get("timezone", "+08:00"),
        authority=settings.get("authority", ""),
        authorities=names.get("authorities", {}),
        systems={**{spelled(name): uri for name, uri in systems.items()}, **systems},
        units=names.get("units", {}),
        concepts=concepts,
        currency=settings.get("currency", "CNY"),
        rows=rows,
    )
