"""Small secret files: written whole or not at all, readable by their owner alone.

The content is written beside its place, flushed to the disk, and moved there in one step, so that a
crash leaves the old file or the new one, never half of either.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

import orjson

from gateway.keys.errors import KeyringError

_OTHERS = 0o077


def read(path: Path) -> dict[str, Any]:
    """Read a secret JSON file.

    Raises
    ------
    KeyringError
        It is readable by others, or is not a JSON object.
    """
    if os.name == "posix" and path.stat().st_mode & _OTHERS:
        raise KeyringError(f"{path} may be read by others: chmod 600 {path}")
    try:
        document = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError:
        raise KeyringError(f"{path} is not a key file") from None
    if not isinstance(document, dict):
        raise KeyringError(f"{path} is not a key file")
    return document


def create(path: Path, document: dict[str, Any]) -> bool:
    """Write a new file; return False, and write nothing, where one exists already."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = _write_beside(path, document)
    try:
        os.link(beside, path)
    except FileExistsError:
        return False
    finally:
        beside.unlink()
    _flush_directory(path.parent)
    return True


def replace(path: Path, document: dict[str, Any]) -> None:
    """Put a new content in the place of the old."""
    _write_beside(path, document).replace(path)
    _flush_directory(path.parent)


def _write_beside(path: Path, document: dict[str, Any]) -> Path:
    beside = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(orjson.dumps(document, option=orjson.OPT_INDENT_2))
        file.flush()
        os.fsync(file.fileno())
    return beside


def _flush_directory(directory: Path) -> None:
    """Make the new name durable too; elsewhere than on POSIX a directory cannot be opened."""
    if os.name == "posix":
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
