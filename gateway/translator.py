"""A message's text and its source in, what to store and what was found out.

The one place where the dictionary (`mappings`) meets FHIR's definitions and the validator
(`conformance`) and the installation's ids (`gateway.keys`).
"""

from __future__ import annotations

from collections.abc import Callable

from conformance.definitions import definitions
from conformance.validator import Validator
from mappings.dictionary import Dictionary, load
from mappings.findings import Finding
from mappings.translate import Translation


class DerivedIds:
    """Ids that follow from what a thing is: the same thing named twice has one id.

    Parameters
    ----------
    derive
        A keyed hash of parts, 16 characters (`gateway.keys.Keys.derive_id`).
    tenant
        Part of every compartment's id, so that tenants never meet.
    """

    def __init__(self, derive: Callable[..., str], tenant: str) -> None:
        self._derive = derive
        self._tenant = tenant
        self._compartments: dict[tuple[str, ...], str] = {}

    def compartment(self, kind: str, *key: str) -> str:
        """Return the id of a source's record of a patient, or of its directory."""
        return self._derive(self._tenant, kind, *key)

    def resource(self, compartment: str, type_: str, *key: str) -> str:
        """Return the id of a resource; its compartment's id is the first part of it."""
        return f"{compartment}.{self._derive(compartment, type_, *key)}"


class Translator:
    """Translates messages of any source, each with its site profile.

    Parameters
    ----------
    ids
        Where ids come from.
    """

    def __init__(self, ids: DerivedIds) -> None:
        self._ids = ids
        self._validator = Validator()

    def dictionary(self, profile: str | None, *, explain: bool = False) -> Dictionary:
        """Return the compiled tables of a site profile.

        Raises
        ------
        mappings.language.tree.TableError
            A row is wrong; the error says file, line and why.
        """
        return load(definitions(), profile=profile, explain=explain)

    def translate(
        self,
        text: str,
        *,
        source: str,
        profile: str | None = None,
        offset: str | None = None,
        explain: bool = False,
    ) -> Translation:
        """Translate one decoded message and judge what came of it.

        A resource that FHIR does not allow is an error: the message is then for the quarantine,
        whole, because half of a result may be worse than none.
        """
        dictionary = self.dictionary(profile, explain=explain)
        result = dictionary.translate(text, self._ids, source=source, offset=offset)
        valid = self._validator.valid
        for made in result.made:
            if not valid(made.resource):
                self._condemn(result, made.resource)
        return result

    def _condemn(self, result: Translation, resource: dict[str, object]) -> None:
        for problem in self._validator.errors(resource):
            detail = f"{problem.path}: {problem.code}: {problem.detail}"
            result.findings.append(Finding("error", "invalid-resource", "message", detail))
