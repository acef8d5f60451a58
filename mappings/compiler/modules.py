"""Source of functions in, their code out: what several stacks of tables say alike is had once.

A site profile changes a few functions of some hundred; each stack binds its own names to code that
all have in common.
"""

from __future__ import annotations

import marshal
import sys
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from types import CodeType
from typing import Any
from weakref import WeakValueDictionary

Code = Mapping[str, CodeType]  # modules that define one name each, by the digests of their source
Octets = Mapping[str, bytes]

_known: WeakValueDictionary[str, CodeType] = WeakValueDictionary()


def called(prefix: str, text: str) -> str:
    """Return a name for what a text says, the same wherever it is written."""
    return f"{prefix}_{_digest(text)[:12]}"


def compiled(functions: Iterable[str]) -> Code:
    """Compile functions, each by itself, but for those whose code is there."""
    code = {}
    for source in functions:
        digest = _digest(source)
        code[digest] = _known.get(digest) or _one(compile(source, "<tables>", "exec"))
    _known.update(code)
    return code


def defined(code: CodeType) -> str:
    """Return the name that a module of `Code` defines: the last thing it does."""
    return code.co_names[-1]


def mentioned(code: CodeType) -> set[str]:
    """Return the names that code mentions, of whatever kind."""
    return set(code.co_names).union(
        *(mentioned(one) for one in code.co_consts if isinstance(one, CodeType))
    )


def stored(code: Code, below: Octets) -> Octets:
    """Return code as octets; none of what is below has."""
    return {digest: b"" if digest in below else marshal.dumps(one) for digest, one in code.items()}


def restored(octets: Octets, below: Callable[[], Octets]) -> Code:
    """Return code from octets; `below` is asked where one is neither there nor known.

    Raises
    ------
    KeyError
        What is below does not have it.
    """
    known = {digest: _known.get(digest) for digest in octets}
    wanted = [digest for digest, one in known.items() if one is None]
    lower = below() if not all(octets[digest] for digest in wanted) else {}
    code = {
        digest: one or _one(marshal.loads(octets[digest] or lower[digest]))  # noqa: S302 - our own
        for digest, one in known.items()
    }
    _known.update(code)
    return code


def _one(code: CodeType) -> CodeType:
    """Let code have its strings in common with all other: they are compared by identity first."""
    return code.replace(co_consts=tuple(_constant(one) for one in code.co_consts))


def _constant(value: Any) -> Any:
    if isinstance(value, str):
        return sys.intern(value)
    if isinstance(value, tuple):
        return tuple(_constant(one) for one in value)
    return _one(value) if isinstance(value, CodeType) else value


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
