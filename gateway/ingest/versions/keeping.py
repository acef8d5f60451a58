"""What is kept with a resource: what it kept, and what a message says, in; what it keeps, out.

Beside what a message tells (`gateway.ingest.versions.beneath.told_after`) there is what moves (A44,
A45): it brings along what it kept where it was, and leaves a note there of what it is now. What
left says that it was entered in error; nobody's word is lost with that, so it gives way to what
comes back.
"""

from __future__ import annotations

from gateway.ingest.pipeline import Said
from gateway.ingest.sending import both, deleted, guessed, moved, moved_to
from gateway.ingest.versions.beneath import told_after
from gateway.ingest.versions.current import Current
from gateway.ingest.versions.guessing import guesses_of_both
from mappings.translate import Made


def left_to(current: Current | None, said: Said, made: Made) -> bool:
    """Whether what comes finds only what it had left behind."""
    return current is not None and _comes(said, made) and bool(moved_to(current.told))


def kept_after(current: Current | None, said: Said, made: Made, *, late: bool) -> bytes:
    """Return what a resource keeps after a message spoke of it; `late`: beneath what is known."""
    known, told = (current.content(), current.told) if current else ({}, b"")
    type_, id_ = made.resource["resourceType"], made.resource["id"]
    if _comes(said, made):
        brought = said.brought.get((type_, id_), b"")  # by another name here: known by itself
        if current is None:
            return brought
        sides = (known, guessed(told)), (made.resource, guessed(brought))
        return both(told, brought, deleted(told), guesses_of_both(*sides))
    kept = told_after(told, made, said.sent, known, late=late)
    target = next((new for of, old, new in said.moves if (of, old) == (type_, id_)), "")
    return moved(kept, target) if target and not late else kept


def _comes(said: Said, made: Made) -> bool:
    """Whether a resource comes from another record: nothing of it is the message's own word."""
    return bool(said.brought) and "id" in made.weak
