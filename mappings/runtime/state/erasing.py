"""What a message takes back by its event: elements' names in; deleted from what is known, out."""

from __future__ import annotations

from mappings.runtime.state.context import Context


def erase(context: Context, name: str, words: tuple[str, ...]) -> None:
    """Delete elements of the nearest resource of that name, as ``""`` does."""
    slot = context.scope.find(name)
    if slot is not None:
        slot.erased += words
