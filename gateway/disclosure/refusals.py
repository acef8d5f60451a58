"""Every way a FHIR request can be refused, as one exception tree; HTTP is made of it elsewhere.

::

    Refusal
    ├── BadRequest        400  a parameter or body that cannot be understood
    ├── TooCostly         400  a search too wide to answer
    ├── Forbidden         403  this client may not, whatever it asks about
    ├── Absent            404  hidden, another tenant's, or never there: one answer
    ├── Deleted           410  was there, visible, and is deleted
    ├── LinkExpired       410  a page link past its time or its consents
    ├── Stale             412  If-Match names another version
    ├── Unprocessable     422  a resource that cannot be taken, with its problems
    └── Unavailable       503  the store or the audit cannot be reached: nothing disclosed

A refusal carries an IssueType code and words for a developer, never patient content, and a reason
for the auditor, which the client is not told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Issue:
    """One problem: IssueType code, words, FHIRPath expression where there is one."""

    code: str
    text: str
    expression: str | None = None


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error of ours
    """A request that is not answered; `status` and `issues` say how and why."""

    status = 500
    code = "exception"
    text = "the request was refused"

    def __init__(
        self, text: str | None = None, *, issues: Sequence[Issue] = (), reason: str | None = None
    ) -> None:
        self.issues = tuple(issues) or (Issue(self.code, text or self.text),)
        self.reason = reason or self.code
        super().__init__("; ".join(issue.text for issue in self.issues))


class BadRequest(Refusal):
    """400: a parameter or body that cannot be understood."""

    status, code, text = 400, "invalid", "the request cannot be understood"


class TooCostly(Refusal):
    """400: a search too wide to answer."""

    status, code, text = 400, "too-costly", "name a patient: this search is too wide to answer"


class Forbidden(Refusal):
    """403: this client may not, whatever it asks about."""

    status, code, text = 403, "forbidden", "this client may not do this"


class Absent(Refusal):
    """404: hidden, another tenant's, or never there."""

    status, code, text = 404, "not-found", "there is no such resource"


class Deleted(Refusal):
    """410: visible, and deleted."""

    status, code, text = 410, "deleted", "the resource is deleted"


class LinkExpired(Refusal):
    """410: a page link past its time, or whose consents have changed."""

    status, code, text = 410, "expired", "this page link no longer holds; search again"


class Stale(Refusal):
    """412: If-Match names another version."""

    status, code, text = 412, "conflict", "the resource has another version"


class Unprocessable(Refusal):
    """422: a resource that cannot be taken."""

    status, code, text = 422, "processing", "the resource cannot be taken"


class Unavailable(Refusal):
    """503: nothing was disclosed."""

    status, code, text = 503, "transient", "the gateway cannot answer now"
