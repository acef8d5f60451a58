"""A message's text and its source in, what to store and what was found out.

The one place where the dictionary (`mappings`) meets FHIR's definitions and the validator
(`conformance`) and the installation's ids (`gateway.keys`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from adapters.charset import codec_named
from conformance.definitions import definitions
from conformance.validator import Validator
from gateway.caching import table_cache
from gateway.ingest.ids import DerivedIds
from gateway.judged import Judged
from mappings.dictionary import Dictionary, load
from mappings.findings import Finding
from mappings.hl7v2.encapsulated import Content
from mappings.language.tree import TableError
from mappings.runtime.types import JSON
from mappings.translate import Translation
from mappings.worklist import Want, wants

if TYPE_CHECKING:
    from gateway.ingest.sources import Feed  # and with it the store, which translating needs not

_SEGMENT = re.compile(r"[\r\n]([A-Z][A-Z0-9]{2})(?![A-Z0-9\r\n])")


class Translator:
    """Translates messages of any source, each with its site profile."""

    def __init__(self) -> None:
        self._validator = Validator()
        self._judged = Judged(self._validator)
        self._dictionaries: dict[tuple[str | None, bool], Dictionary] = {}

    def dictionary(self, profile: str | None, *, explain: bool = False) -> Dictionary:
        """Return the compiled tables of a site profile.

        Raises
        ------
        mappings.language.tree.TableError
            A row is wrong; the error says file, line and why.
        """
        found = self._dictionaries.get((profile, explain))
        if found is None:
            found = self._dictionaries[profile, explain] = tables(profile, explain=explain)
        return found

    def refresh(self) -> list[tuple[str, str]]:
        """Take up site profiles whose files have changed.

        Returns
        -------
        list of (profile, why)
            Those that changed, ``why`` being empty; and those that cannot be read now: what was
            known of them holds.
        """
        told = []
        for (profile, explain), known in list(self._dictionaries.items()):
            if profile is None:
                continue
            try:
                found = tables(profile, explain=explain)
            except (TableError, OSError) as fault:
                told.append((profile, str(fault)))
            else:
                if found is not known:
                    self._dictionaries[profile, explain] = found
                    told.append((profile, ""))
        return told

    def knows(self, feed: Feed, type_: str, event: str, text: str) -> bool:
        """Tell whether some table says something of a message (see `arrival.reading.Knows`).

        One of an unknown type is taken for its segments, if any of them makes something to keep.
        """
        compiled = self.dictionary(feed.source.profile).compiled
        if f"{type_}^{event}" in compiled.events or f"{type_}^*" in compiled.events:
            return True
        plans = (compiled.segments.get(name) for name in set(_SEGMENT.findall(text)))
        mentions = (mention for plan in plans if plan is not None for mention in plan.mentions)
        return any(mention.makes and mention.home != "message" for mention in mentions)

    def valid(self, resource: JSON) -> bool:
        """Tell whether FHIR R4 allows a resource."""
        return self._validator.valid(resource)

    def of_feed(
        self,
        feed: Feed,
        text: str | Content,
        ids: DerivedIds,
        kinds: Mapping[str, str] | None = None,
    ) -> Translation:
        """Translate a message of a registered source (`gateway.ingest.pipeline.Pipeline`)."""
        return self.translate(
            text,
            ids,
            source=feed.organisation,
            profile=feed.source.profile,
            offset=feed.source.timezone,
            envelope=False,
            kinds=kinds,
        )

    def lacking(self, feed: Feed, result: Translation) -> Iterator[Want]:
        """Yield what the tables of a source lacked for a message."""
        yield from wants(result, self.dictionary(feed.source.profile))

    def translate(
        self,
        text: str | Content,
        ids: DerivedIds,
        *,
        source: str,
        profile: str | None = None,
        offset: str | None = None,
        envelope: bool = True,
        explain: bool = False,
        kinds: Mapping[str, str] | None = None,
    ) -> Translation:
        """Translate one decoded message and judge what came of it.

        A resource that FHIR does not allow is an error: the message is then for the quarantine,
        whole, because half of a result may be worse than none.
        """
        dictionary = self.dictionary(profile, explain=explain)
        result = dictionary.translate(
            text, ids, source=source, offset=offset, envelope=envelope, kinds=kinds
        )
        for made in self._judged.invalid(result.made):
            self._condemn(result, made.resource)
        return result

    def _condemn(self, result: Translation, resource: JSON) -> None:
        for problem in self._validator.errors(resource):
            detail = f"{problem.path}: {problem.code}: {problem.detail}"
            result.findings.append(Finding("error", "invalid-resource", "message", detail))


def tables(profile: str | None, *, explain: bool = False) -> Dictionary:
    """Return the compiled tables of a site profile; see `Translator.dictionary`."""
    dictionary = load(definitions(), profile=profile, explain=explain, cache=table_cache())
    charset = dictionary.settings.get("charset")
    if charset and charset.value != "MSH-17" and codec_named(charset.value) is None:
        raise TableError(charset.where, f"no character set is called {charset.value!r}")
    return dictionary
