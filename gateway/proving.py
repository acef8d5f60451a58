"""Mapping tables in, their proof out, with the judge of resources that the gateway itself asks."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from conformance.definitions import definitions
from conformance.validator import Validator
from gateway.judged import Judged
from mappings.proof.proof import Proof, prove
from mappings.proof.trial import Forbids
from mappings.runtime.types import Made


def proof(*, profile: str | None = None, only: Collection[str] = ()) -> Proof:
    """Prove the tables as they run, with a site profile or without.

    Raises
    ------
    mappings.language.tree.TableError
        A row that is wrong, with file and line; a profile that does not exist.
    mappings.proof.proof.UnknownTableError
        Nothing is called as `only` says.
    """
    return prove(definitions(), forbids(), profile=profile, only=only)


def forbids() -> Forbids:
    """Return what says which rule of FHIR R4 the resources of a message break."""
    validator = Validator()
    judged = Judged(validator)

    def broken(made: Sequence[Made]) -> str:
        for one in judged.invalid(made):
            for problem in validator.errors(one.resource):
                return f"{problem.path}: {problem.code}: {problem.detail}"
        return ""

    return broken
