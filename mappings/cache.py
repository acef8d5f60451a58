"""Generated tables kept between starts: a key in, what was kept under it, or nothing, out.

What is kept is code, so who could write it could run what he likes. It is read only from a
directory that belongs to whoever runs this and that nobody else may enter, and only where it is
whole; else the tables are compiled again. The key is a digest of everything that goes into it:
the tables, FHIR's definitions, and the compiler itself.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.resources import files
from pathlib import Path
from threading import get_ident
from typing import Any

MOST = 1_000_000_000  # octets: some 1,500 profiles with rows; the longest unused go first
_SUFFIX = ".tables"
_DIGEST = hashlib.sha256().digest_size
_BUILTINS = {"frozenset", "set"}


class Cache:
    """Generated tables in a directory.

    Parameters
    ----------
    directory
        Made if need be. One that others may enter is not used.
    version
        Of what the tables are checked against: another one makes other keys.
    """

    def __init__(self, directory: Path, version: str = "") -> None:
        self._directory = directory
        self._version = version

    def key(self, parts: Iterable[str]) -> str:
        """Return the key of what this program makes of some texts."""
        digest = hashlib.sha256(_program())
        for part in (self._version, *parts):
            octets = part.encode("utf-8", "surrogatepass")
            digest.update(len(octets).to_bytes(8, "big") + octets)
        return digest.hexdigest()

    def fetch(self, key: str) -> Any:
        """Return what was kept under a key; None where there is nothing that may be used."""
        try:
            with _opened(self._directory) as at:
                file = os.open(key + _SUFFIX, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=at)
                with os.fdopen(file, "rb") as stream:
                    digest, content = stream.read(_DIGEST), stream.read()
                if hashlib.sha256(content).digest() != digest:
                    return None
                os.utime(key + _SUFFIX, dir_fd=at)
            return _Unpickler(io.BytesIO(content)).load()
        except (OSError, pickle.UnpicklingError):
            return None

    def keep(self, key: str, value: Any) -> None:
        """Keep a value; where that is not possible, nothing happens."""
        content = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        temporary = f"{key}.{os.getpid()}.{get_ident()}"
        with suppress(OSError), _opened(self._directory) as at:
            file = os.open(
                temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600, dir_fd=at
            )
            try:
                with os.fdopen(file, "wb") as stream:
                    stream.write(hashlib.sha256(content).digest() + content)
                os.replace(temporary, key + _SUFFIX, src_dir_fd=at, dst_dir_fd=at)
            except BaseException:
                os.unlink(temporary, dir_fd=at)
                raise
            _make_room(at)


@cache
def _program() -> bytes:
    """Digest what compiles and what compiled code calls: this package and this Python."""
    digest = hashlib.sha256(f"{sys.version} {sys.implementation.cache_tag}".encode())
    root = Path(str(files("mappings")))
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.digest()


@contextmanager
def _opened(directory: Path) -> Iterator[int]:
    """Open a directory, made if need be.

    Raises
    ------
    OSError
        It cannot be opened, is not ours, or others may enter it.
    """
    if os.open not in os.supports_dir_fd:
        raise OSError("no directory descriptors on this system")
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    at = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        status = os.fstat(at)
        if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077:
            raise PermissionError("others may enter the directory")
        yield at
    finally:
        os.close(at)


def _make_room(at: int) -> None:
    names = [name for name in os.listdir(at) if name.endswith(_SUFFIX)]
    files = sorted(((os.stat(name, dir_fd=at), name) for name in names), key=_age)
    left = sum(status.st_size for status, _ in files) - MOST
    for status, name in files:
        if left <= 0:
            break
        os.unlink(name, dir_fd=at)
        left -= status.st_size


def _age(file: tuple[os.stat_result, str]) -> tuple[int, str]:
    status, name = file
    return status.st_mtime_ns, name


class _Unpickler(pickle.Unpickler):
    """Makes what this package defines, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        """Return a class by its name; raises `pickle.UnpicklingError` for any other thing."""
        found = None
        if (module == "builtins" and name in _BUILTINS) or module.startswith("mappings."):
            found = super().find_class(module, name)
        if not isinstance(found, type):
            raise pickle.UnpicklingError(f"{module}.{name}")
        return found
