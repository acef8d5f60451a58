"""A reading in, the octets of its acknowledgement out; needs no store.

A feed's headers differ in little but their time and control id, and so do the acknowledgements of
what was accepted: one is built for each kind of header, and filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import count
from secrets import token_hex

from adapters.ack import Err, Outcome, acknowledgement_code, build_ack
from adapters.batch import Batch
from adapters.charset import encode
from adapters.header import Header
from gateway.ingest.arrival.reading import Reading

Clock = Callable[[], datetime]

_KINDS = 4096  # of headers; more are a sender's game
_TIME, _CONTROL_ID = 6, 9  # indices of MSH-7 and MSH-10
_OURS, _THEIRS = "\x01", "\x02"  # where the two control ids go; no header holds these
_WHEN = datetime(1, 1, 1, tzinfo=UTC)
_WHEN_TEXT = f"{_WHEN:%Y%m%d%H%M%S%z}"


class Answerer:
    """Makes acknowledgements; each has a control id of its own."""

    def __init__(self, clock: Clock = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._prefix = f"YQ{token_hex(4).upper()}"
        self._count = count(1)
        self._forms: dict[tuple[str, ...], str] = {}

    def answer(self, reading: Reading) -> bytes | None:
        """Return the acknowledgement, or None where the sender wants none."""
        if reading.header is None or reading.errors:
            return self._build(reading, reading.outcome, reading.errors)
        form = self._form(reading.header, reading.outcome)
        if not form:
            return None
        text = form.replace(_WHEN_TEXT, f"{self._clock():%Y%m%d%H%M%S%z}", 1)
        text = text.replace(_OURS, self._control_id()).replace(_THEIRS, reading.header[10])
        return encode(text, reading.charset)

    def answer_all(self, batch: Batch, acks: Sequence[bytes | None]) -> bytes | None:
        """Return the answer to several messages, of their acknowledgements."""
        return batch.answer(acks, at=self._clock(), control_id=self._control_id)

    def unavailable(self, reading: Reading) -> bytes | None:
        """Return the answer to a message that could not be stored."""
        error = Err(207, "The message could not be stored; send it again", code="not-stored")
        return self._build(reading, Outcome.ERROR, (error,))

    def _form(self, header: Header, outcome: Outcome) -> str:
        """Return the acknowledgement of every header like this one; "" for none at all."""
        fields = list(header.fields)
        fields[_TIME] = ""
        fields[_CONTROL_ID] = _THEIRS
        kind = (outcome, header.separators, *fields)
        form = self._forms.get(kind)
        if form is None:
            if len(self._forms) >= _KINDS:
                self._forms.clear()
            code = acknowledgement_code(header, outcome)
            like = Header(header.separators, tuple(fields))
            form = build_ack(like, code, at=_WHEN, control_id=_OURS) if code else ""
            self._forms[kind] = form
        return form

    def _build(self, reading: Reading, outcome: Outcome, errors: tuple[Err, ...]) -> bytes | None:
        code = acknowledgement_code(reading.header, outcome)
        if code is None:
            return None
        text = build_ack(
            reading.header, code, at=self._clock(), control_id=self._control_id(), errors=errors
        )
        return encode(text, reading.charset)

    def _control_id(self) -> str:
        return f"{self._prefix}{next(self._count):X}"
