"""What other hands change while the gateway runs: rotated keys and edited site profiles taken up.

Neither needs a restart. What cannot be read just now is told once, and what was known holds.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog

from gateway.keys import Keys, KeysError
from gateway.translator import Translator

SECONDS = 5.0  # how soon a change is taken up
_LOG = structlog.get_logger("yiqiao.serving")


@asynccontextmanager
async def fresh(keys: Keys, translator: Translator) -> AsyncIterator[None]:
    """Look for what has changed, again and again, while the block runs."""
    looks = (_Keys(keys).look, _Profiles(translator).look)
    tasks = [asyncio.create_task(_often(look)) for look in looks]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _often(look: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(SECONDS)
        await asyncio.to_thread(look)


class _Keys:
    """What another process (`yiqiao keys rotate`) has rotated."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def look(self) -> None:
        try:
            if self._keys.refresh():
                _LOG.info("keys-rotated")
        except (KeysError, OSError) as fault:
            _LOG.warning("keys-unreadable", fault=type(fault).__name__)


class _Profiles:
    """Site profiles whose files were edited."""

    def __init__(self, translator: Translator) -> None:
        self._translator = translator
        self._told: dict[str, str] = {}

    def look(self) -> None:
        wrong = {}
        for profile, why in self._translator.refresh():
            if not why:
                _LOG.info("profile-changed", profile=profile)
            else:
                wrong[profile] = why
                if self._told.get(profile) != why:
                    _LOG.warning("profile-wrong", profile=profile, why=why)
        self._told = wrong
