"""R4's invariants that a JSON Schema can say: one row each, compiled to schema by `compile_rule`.

A row is a type or backbone, R4's key of the invariant, and what must hold there::

    Quantity                    qty-3   code -> system

``a -> b`` reads "where a is present, b must hold"; ``|`` is or, ``&`` and, ``^`` exactly one of;
``not a`` absent; ``a=x,y`` present with one of the codes (of a Coding or CodeableConcept: with such
a coding); ``a>=0`` a number so compared; ``a.b`` the element inside, of any repetition;
``value[x]`` a choice in whatever type. Invariants beyond this language are in `invariants`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from conformance.definitions import Definitions, Element

Schema = dict[str, Any]

TABLE = """
Age                             age-1   value -> code
Age                             age-1   system -> system=http://unitsofmeasure.org
Age                             age-1   value -> value>0
AllergyIntolerance              ait-1   clinicalStatus | verificationStatus=entered-in-error
AllergyIntolerance              ait-2   verificationStatus=entered-in-error -> not clinicalStatus
Appointment                     app-2   start -> end
Appointment                     app-2   end -> start
Appointment                     app-3   start | status=proposed,cancelled,waitlist
Appointment                     app-4   cancelationReason -> status=noshow,cancelled
Appointment.participant         app-1   type | actor
AppointmentResponse             apr-1   participantType | actor
Attachment                      att-1   data -> contentType
AuditEvent.entity               sev-1   name -> not query
Bundle                          bdl-1   total -> type=searchset,history
Bundle                          bdl-2   entry.search -> type=searchset
Bundle                          bdl-9   type=document -> identifier.system & identifier.value
Bundle                          bdl-10  type=document -> timestamp
Bundle.entry                    bdl-5   resource | request | response
CapabilityStatement             cpb-1   rest | messaging | document
CapabilityStatement             cpb-2   description | software | implementation
CapabilityStatement             cpb-3   messaging.endpoint -> kind=instance
CapabilityStatement             cpb-14  kind=instance -> implementation
CapabilityStatement             cpb-15  kind=capability -> software & not implementation
CapabilityStatement             cpb-16  kind=requirements -> not software & not implementation
CarePlan.activity               cpl-3   detail -> not reference
Composition.section             cmp-1   text | entry | section
Composition.section             cmp-2   emptyReason -> not entry
ConceptMap.group.element.target cmd-1   equivalence=narrower,inexact -> comment
ConceptMap.group.unmapped       cmd-2   mode=fixed -> code
ConceptMap.group.unmapped       cmd-3   mode=other-map -> url
Condition                       con-4   abatement[x] -> clinicalStatus=resolved,remission,inactive
Condition                       con-5   verificationStatus=entered-in-error -> not clinicalStatus
Condition.stage                 con-1   summary | assessment
Condition.evidence              con-2   code | detail
Consent                         ppc-1   policy | policyRule
ContactPoint                    cpt-2   value -> system
Count                           cnt-3   value -> code
Count                           cnt-3   system -> system=http://unitsofmeasure.org
Count                           cnt-3   code -> code=1
CoverageEligibilityResponse.insurance.item  ces-1  category ^ productOrService
DataRequirement.codeFilter      drq-1   path ^ searchParam
DataRequirement.dateFilter      drq-2   path ^ searchParam
Distance                        dis-1   value -> code
Distance                        dis-1   system -> system=http://unitsofmeasure.org
Duration                        drt-1   code -> value & system=http://unitsofmeasure.org
Expression                      exp-1   expression | reference
Extension                       ext-1   extension | value[x]
Extension                       ext-1   extension -> not value[x]
FamilyMemberHistory             fhs-1   age[x] -> not born[x]
FamilyMemberHistory             fhs-2   estimatedAge -> age[x]
Goal.target                     gol-1   detail[x] -> measure
Immunization.education          imm-1   documentType | reference
ImmunizationRecommendation.recommendation  imr-1  vaccineCode | targetDisease
InsurancePlan                   ipn-1   identifier | name
List                            lst-1   emptyReason -> not entry
List                            lst-2   entry.deleted -> mode=changes
List                            lst-3   entry.date -> mode=working
MeasureReport                   mrp-1   type=data-collection -> not group
MedicationAdministration.dosage mad-1   dose | rate[x]
MolecularSequence               msq-3   coordinateSystem>=0 & coordinateSystem<=1
Observation                     obs-6   dataAbsentReason -> not value[x]
Observation.referenceRange      obs-3   low | high | text
OperationDefinition.parameter   opd-1   type | part
OperationDefinition.parameter   opd-2   searchType -> type=string
OperationDefinition.parameter   opd-3   targetProfile -> type=Reference,canonical
Organization                    org-1   identifier | name
Organization                    org-2   not address.use=home
Organization                    org-3   not telecom.use=home
Parameters.parameter            inv-1   part ^ value[x] ^ resource
Patient.contact                 pat-1   name | telecom | address | organization
Quantity                        qty-3   code -> system
Questionnaire.item              que-1   type=group -> item
Questionnaire.item              que-1   type=display -> not item
Questionnaire.item              que-3   type=display -> not code
Questionnaire.item              que-4   answerOption -> not answerValueSet
Questionnaire.item              que-6   type=display -> not required & not repeats
Questionnaire.item              que-8   type=group,display -> not initial
Questionnaire.item              que-9   type=display -> not readOnly
Questionnaire.item              que-11  answerOption -> not initial
Questionnaire.item.enableWhen   que-7   operator=exists -> answerBoolean
Ratio                           rat-1   numerator -> denominator
Ratio                           rat-1   denominator -> numerator
Ratio                           rat-1   numerator | extension
Reference                       ref     reference | identifier | display | extension
RequestGroup.action             rqg-1   resource ^ action
SearchParameter                 spd-1   xpath -> xpathUsage
SearchParameter                 spd-2   chain -> type=reference
ServiceRequest                  prr-1   orderDetail -> code
SimpleQuantity                  qty-3   code -> system
StructureMap.group.rule.target  smp-1   element -> context
StructureMap.group.rule.target  smp-2   context -> contextType
Timing.repeat                   tim-1   duration -> durationUnit
Timing.repeat                   tim-2   period -> periodUnit
Timing.repeat                   tim-4   duration -> duration>=0
Timing.repeat                   tim-5   period -> period>=0
Timing.repeat                   tim-6   periodMax -> period
Timing.repeat                   tim-7   durationMax -> duration
Timing.repeat                   tim-8   countMax -> count
Timing.repeat                   tim-9   offset -> when
Timing.repeat                   tim-9   offset -> not when=C,CM,CD,CV
Timing.repeat                   tim-10  timeOfDay -> not when
TriggerDefinition               trd-1   data -> not timing[x]
TriggerDefinition               trd-2   condition -> data
ValueSet.compose.include        vsd-1   valueSet | system
ValueSet.compose.include        vsd-2   concept -> system
ValueSet.compose.include        vsd-2   filter -> system
ValueSet.compose.include        vsd-3   concept -> not filter
ValueSet.expansion.contains     vsd-6   code | display
ValueSet.expansion.contains     vsd-10  code -> system
"""

_COMPARED = {">": "exclusiveMinimum", ">=": "minimum", "<=": "maximum"}
_TERM = re.compile(r"(not )?([\w.\[\]]+?)(?:(=|>=|<=|>)(\S+))?")
_JOINED = {"|": "anyOf", "&": "allOf", "^": "oneOf"}


@cache
def rules() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Return ``{type or backbone: ((key, expression), …)}``."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for line in TABLE.strip().splitlines():
        structure, key, expression = line.split(maxsplit=2)
        found[structure] = (*found.get(structure, ()), (key, expression))
    return found


def compile_rule(definitions: Definitions, structure: str, expression: str) -> Schema:
    """Return the schema that holds where the invariant does.

    Raises
    ------
    ValueError
        The expression is none of this language, or names what the structure has not.
    """
    before, arrow, after = expression.rpartition(" -> ")
    consequence = _side(definitions, structure, after)
    if not arrow:
        return consequence
    if re.fullmatch(r"\w+", before):
        names = _names(definitions, structure, before)
        return {"dependentSchemas": dict.fromkeys(names, consequence)}
    return {"anyOf": [{"not": _side(definitions, structure, before)}, consequence]}


def _side(definitions: Definitions, structure: str, text: str) -> Schema:
    for sign, keyword in _JOINED.items():
        if f" {sign} " in text:
            return {keyword: [_term(definitions, structure, x) for x in text.split(f" {sign} ")]}
    return _term(definitions, structure, text)


def _term(definitions: Definitions, structure: str, text: str) -> Schema:
    found = _TERM.fullmatch(text)
    if found is None:
        message = f"not a term: {text}"
        raise ValueError(message)
    negated, path, sign, value = found.groups()
    held = _path(definitions, structure, path.split("."), sign, value)
    return {"not": held} if negated else held


def _path(
    definitions: Definitions, structure: str, path: list[str], sign: str | None, value: str | None
) -> Schema:
    name, *rest = path
    if not rest and sign is None:
        return present(_names(definitions, structure, name))
    (name,) = (each for each in _names(definitions, structure, name) if not each.startswith("_"))
    element = definitions.elements(structure)[name]
    if rest:
        inner = _path(definitions, element.structure, rest, sign, value)
    elif sign == "=":
        systems = sorted(definitions.value_set(element.value_set or "") or ())
        inner = coded(element.type, systems, str(value).split(","))
    else:
        inner = {_COMPARED[str(sign)]: int(str(value))}
    return within(element, inner)


def within(element: Element, inner: Schema) -> Schema:
    """Return the schema of an object whose *element* is present and (any of it) as *inner* says."""
    held = {"contains": inner} if element.array else inner
    return {"required": [element.name], "properties": {element.name: held}}


def coded(kind: str, systems: list[str], codes: list[str]) -> Schema:
    """Return the schema of a code, Coding or CodeableConcept (*kind*) that is one of *codes*."""
    if kind not in {"Coding", "CodeableConcept"}:
        return {"enum": codes}
    coding: Schema = {
        "required": ["system", "code"],
        "properties": {"system": {"enum": systems}, "code": {"enum": codes}},
    }
    if kind == "Coding":
        return coding
    return {"required": ["coding"], "properties": {"coding": {"contains": coding}}}


def present(names: list[str]) -> Schema:
    """Return the schema of an object that has any of these properties."""
    if len(names) == 1:
        return {"required": names}
    return {"anyOf": [{"required": [each]} for each in names]}


def _names(definitions: Definitions, structure: str, name: str) -> list[str]:
    group = name.removesuffix("[x]")
    found = []
    for each in definitions.elements(structure).values():
        if each.name == name or (each.choice == group and name != group):
            found.append(each.name)
            if each.type in definitions.primitive_types:
                found.append("_" + each.name)
    if not found:
        message = f"{structure} has no {name}"
        raise ValueError(message)
    return found
