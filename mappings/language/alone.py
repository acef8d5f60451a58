"""Tables with a profile, and without it, in; whether the profile adds anything to compile, out."""

from __future__ import annotations

from mappings.language.tree import Tables

#: What is compiled of tables, each whole.
_WHOLE = ("maps", "structures", "links", "fillers")


def adds_nothing(tables: Tables, below: Tables) -> bool:
    """Whether a profile only says what is looked up: settings, authorities, units, concepts.

    Many hospitals' profiles do; they run what is compiled of the layers below. A system is looked
    up too, if it has a new name and no condition asks for it by another (`with_names`).
    """
    systems, known = tables.names.get("systems", {}), below.names.get("systems", {})
    return (
        all(getattr(tables, name) == getattr(below, name) for name in _WHOLE)
        and all(
            tables.names.get(name, {}) == below.names.get(name, {})
            for name in ("extensions", "aliases")
        )
        and _compiled(tables) == _compiled(below)
        and all(systems[name] == uri for name, uri in known.items())
    )


def _compiled(tables: Tables) -> dict[str, object]:
    """Return the code tables that rows name."""
    return {name: codes for name, codes in tables.codes.items() if not name.startswith("concepts ")}
