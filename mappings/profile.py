"""A site profile's file: its name or path in, its text, its settings and its age out.

A profile is one file, the last layer of the tables: by name from ``mappings/profiles``, or by path.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from mappings.language.site import site_settings
from mappings.language.tree import Setting, TableError, Where

Stamp = tuple[int, int]


def find_profile(name: str) -> Path:
    """Return the file of a site profile.

    Raises
    ------
    TableError
        There is none.
    """
    folder = Path(str(files("mappings"))) / "profiles"
    packaged = folder / f"{name}.map"
    path = packaged if packaged.is_file() else Path(name)
    if name and path.is_dir():
        why = "is a folder: name the .map file that is in it"
        raise TableError(Where(name, 0, "site"), why)
    if not path.is_file():
        known = " or ".join(sorted(each.stem for each in folder.glob("*.map")))
        why = f"there is no such site profile: write the path of a .map file, or {known}"
        raise TableError(Where(name or "''", 0, "site"), why)
    return path


def read_tables(path: Path, name: str) -> str:
    """Return the text of a table file that errors call `name`.

    Raises
    ------
    TableError
        It is not UTF-8: the error names the line.
    """
    octets = path.read_bytes()
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = octets.count(b"\n", 0, fault.start) + 1
        raise TableError(Where(name, line, "site"), "not UTF-8: save the file as UTF-8") from None


def profile_settings(profile: str | None) -> dict[str, Setting]:
    """Return what a profile says of how its hospital writes; nothing for no profile.

    Raises
    ------
    TableError
        There is no such profile, or a setting is wrong.
    """
    if profile is None:
        return {}
    return _settings(profile, stamp(profile))


@lru_cache(maxsize=256)
def _settings(profile: str, _age: Stamp | None) -> dict[str, Setting]:
    path = find_profile(profile)
    return site_settings(read_tables(path, str(path)), str(path))


def stamp(profile: str | None) -> Stamp | None:
    """Return what changes when a profile's file is written anew; None for no profile.

    Raises
    ------
    TableError
        There is no such profile.
    """
    if profile is None:
        return None
    status = find_profile(profile).stat()
    return status.st_mtime_ns, status.st_size
