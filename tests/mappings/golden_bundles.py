"""What the golden messages become, as Bundles: lines of JSON on standard output.

A transaction of each message, and a message Bundle where its table makes a MessageHeader; the
Bundle's id says which: ``ORU-R01.tjh01.transaction``. ``make official`` has them judged.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import orjson

from mappings.bundle import bundle
from tests.mappings.golden_pairs import ReadableIds, dictionary, messages


def bundles(path: Path) -> Iterator[bytes]:
    """Yield the Bundles of one golden message."""
    profile = path.stem.partition(".")[2]
    translation = dictionary(profile).translate(
        path.read_text(encoding="utf-8"), ReadableIds(), source=profile
    )
    kinds: tuple[Literal["transaction", "message"], ...] = ("transaction", "message")
    for kind in kinds if translation.envelope else kinds[:1]:
        made = orjson.loads(bundle(translation, kind))
        yield orjson.dumps(made | {"id": f"{path.stem}.{kind}".replace("_", "-")})


def main() -> None:
    """Write all of them."""
    for path in messages():
        for each in bundles(path):
            sys.stdout.buffer.write(each + b"\n")


if __name__ == "__main__":
    main()
