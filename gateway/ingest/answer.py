"""A reading in, the octets of its acknowledgement out; needs no store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from secrets import token_hex

from adapters.ack import Err, Outcome, acknowledgement_code, build_ack
from adapters.charset import encode
from gateway.ingest.reading import Reading

Clock = Callable[[], datetime]


class Answerer:
    """Makes acknowledgements; each has a control id of its own."""

    def __init__(self, clock: Clock = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._prefix = f"YQ{token_hex(4).upper()}"
        self._count = count(1)

    def answer(self, reading: Reading) -> bytes | None:
        """Return the acknowledgement, or None where the sender wants none."""
        return self._answer(reading, reading.outcome, reading.errors)

    def unavailable(self, reading: Reading) -> bytes | None:
        """Return the answer to a message that could not be stored."""
        error = Err(207, "The message could not be stored; send it again", code="not-stored")
        return self._answer(reading, Outcome.ERROR, (error,))

    def _answer(self, reading: Reading, outcome: Outcome, errors: tuple[Err, ...]) -> bytes | None:
        code = acknowledgement_code(reading.header, outcome)
        if code is None:
            return None
        control_id = f"{self._prefix}{next(self._count):X}"
        text = build_ack(
            reading.header, code, at=self._clock(), control_id=control_id, errors=errors
        )
        return encode(text, reading.charset)
