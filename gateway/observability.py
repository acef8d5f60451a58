"""Seen from outside: structured logs on standard error, Prometheus metrics on request.

Neither carries patient content: a log line has codes, durations, control ids and client ids, never
a query, a body or an identifier. `configure_logging` is called once, by the program; everything
else asks `structlog.get_logger`.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from structlog.types import EventDict, WrappedLogger

from gateway.sections import Log

METRICS_TYPE = CONTENT_TYPE_LATEST

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_GROUPS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


def configure_logging(settings: Log) -> None:
    """Send structlog's and the standard library's records to standard error, in one form."""
    level = getattr(logging, settings.level.upper())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: Any = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if settings.format == "console"
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, _without_values, last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _without_values,
                last,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # These write addresses, and a query in an address names patients.
    for name in ("uvicorn.access", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _without_values(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Write of an exception its type and places, not its words: they may hold values."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    if isinstance(info, BaseException):
        info = (type(info), info, info.__traceback__)
    if isinstance(info, tuple) and info[0] is not None:
        event["exception"] = info[0].__name__
        event["at"] = _places(info[2])
    return event


def _places(traceback: Any) -> list[str]:
    found = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        found.append(f"{code.co_filename.rpartition('/')[2]}:{traceback.tb_lineno}")
        traceback = traceback.tb_next
    return found[-8:]


class Metrics:
    """The gateway's metrics, in a registry of their own.

    Attributes
    ----------
    requests, seconds
        HTTP requests by route, method and status; how long they took by route.
    messages
        HL7v2 messages by channel and acknowledgement code.
    mllp
        Connections, frames and octets of MLLP, by what happened.
    worker
        Messages applied, quarantined, and batches tried again.
    audit_groups
        How many events shared a commit.
    spool_pending, spool_quarantined, spool_lag
        What waits in the spool (`note_spool`).
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "yiqiao_http_requests", "HTTP requests.", ("route", "method", "status"),
            registry=self.registry,
        )  # fmt: skip
        self.seconds = Histogram(
            "yiqiao_http_request_seconds", "Time to answer, in seconds.", ("route",),
            buckets=_SECONDS, registry=self.registry,
        )  # fmt: skip
        self.messages = Counter(
            "yiqiao_hl7v2_messages", "HL7v2 messages acknowledged.", ("channel", "code"),
            registry=self.registry,
        )  # fmt: skip
        self.mllp = Counter(
            "yiqiao_mllp", "What happened on MLLP connections.", ("what",), registry=self.registry
        )
        self.worker = Counter(
            "yiqiao_worker", "What became of messages in the worker.", ("what",),
            registry=self.registry,
        )  # fmt: skip
        self.audit_groups = Histogram(
            "yiqiao_audit_group_events", "Audit events that shared a commit.",
            buckets=_GROUPS, registry=self.registry,
        )  # fmt: skip
        self.spool_pending = self._gauge("yiqiao_spool_pending", "Messages not yet applied.")
        self.spool_quarantined = self._gauge("yiqiao_spool_quarantined", "Messages in quarantine.")
        self.spool_lag = self._gauge(
            "yiqiao_spool_lag_seconds", "Age of the oldest message not yet applied, in seconds."
        )

    def note_spool(self, pending: int, quarantined: int, lag: float) -> None:
        """Set what waits in the spool, and for how long (seconds)."""
        self.spool_pending.set(pending)
        self.spool_quarantined.set(quarantined)
        self.spool_lag.set(lag)

    def exposition(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self.registry)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(name, text, registry=self.registry)
