"""Which search parameters each type has, and where they look: a table in, `Parameter`s out.

Names, kinds and elements are those of FHIR R4 (https://hl7.org/fhir/R4/searchparameter-registry.html);
a test holds the table against the definitions. A path ends in every element of that name, through
lists; alternatives, such as the types of ``effective[x]``, are separated by ``|``. The parameter
that names the patient (`PATIENT`) is answered from the compartment, before anything is unsealed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

PATIENT = frozenset({"patient", "subject", "beneficiary"})

_COMMON = """
_id                   token      id
_lastUpdated          date       meta.lastUpdated
"""

_TABLE = """
Patient
  active              token      active
  address             string     address
  birthdate           date       birthDate
  family              string     name.family
  gender              token      gender
  given               string     name.given
  identifier          token      identifier
  name                string     name
  phone               token      telecom[phone]
AllergyIntolerance
  category            token      category
  clinical-status     token      clinicalStatus
  code                token      code|reaction.substance
  criticality         token      criticality
  date                date       recordedDate
  identifier          token      identifier
  onset               date       reaction.onset
  patient             reference  patient
  recorder            reference  recorder
  type                token      type
  verification-status token      verificationStatus
Condition
  asserter            reference  asserter
  category            token      category
  clinical-status     token      clinicalStatus
  code                token      code
  encounter           reference  encounter
  identifier          token      identifier
  onset-date          date       onsetDateTime|onsetPeriod
  patient             reference  subject
  recorded-date       date       recordedDate
  severity            token      severity
  subject             reference  subject
  verification-status token      verificationStatus
Consent
  category            token      category
  date                date       dateTime
  identifier          token      identifier
  patient             reference  patient
  period              date       provision.period
  purpose             token      provision.purpose
  scope               token      scope
  status              token      status
Coverage
  beneficiary         reference  beneficiary
  identifier          token      identifier
  patient             reference  beneficiary
  payor               reference  payor
  status              token      status
  subscriber          reference  subscriber
  type                token      type
DiagnosticReport
  based-on            reference  basedOn
  category            token      category
  code                token      code
  conclusion          token      conclusionCode
  date                date       effectiveDateTime|effectivePeriod
  encounter           reference  encounter
  identifier          token      identifier
  issued              date       issued
  patient             reference  subject
  performer           reference  performer
  result              reference  result
  specimen            reference  specimen
  status              token      status
  subject             reference  subject
DocumentReference
  category            token      category
  date                date       date
  encounter           reference  context.encounter
  identifier          token      identifier
  patient             reference  subject
  period              date       context.period
  status              token      status
  subject             reference  subject
  type                token      type
Encounter
  class               token      class
  date                date       period
  diagnosis           reference  diagnosis.condition
  identifier          token      identifier
  location            reference  location.location
  participant         reference  participant.individual
  patient             reference  subject
  reason-code         token      reasonCode
  service-provider    reference  serviceProvider
  status              token      status
  subject             reference  subject
  type                token      type
Immunization
  date                date       occurrenceDateTime
  identifier          token      identifier
  patient             reference  patient
  status              token      status
  vaccine-code        token      vaccineCode
ImmunizationRecommendation
  date                date       date
  identifier          token      identifier
  patient             reference  patient
  status              token      recommendation.forecastStatus
  vaccine-type        token      recommendation.vaccineCode
MedicationAdministration
  code                token      medicationCodeableConcept
  context             reference  context
  effective-time      date       effectiveDateTime|effectivePeriod
  identifier          token      identifier
  patient             reference  subject
  request             reference  request
  status              token      status
  subject             reference  subject
MedicationDispense
  code                token      medicationCodeableConcept
  context             reference  context
  identifier          token      identifier
  patient             reference  subject
  prescription        reference  authorizingPrescription
  status              token      status
  subject             reference  subject
  whenhandedover      date       whenHandedOver
  whenprepared        date       whenPrepared
MedicationRequest
  authoredon          date       authoredOn
  category            token      category
  code                token      medicationCodeableConcept
  date                date       dosageInstruction.timing.event
  encounter           reference  encounter
  identifier          token      identifier
  intent              token      intent
  patient             reference  subject
  priority            token      priority
  requester           reference  requester
  status              token      status
  subject             reference  subject
Observation
  based-on            reference  basedOn
  category            token      category
  code                token      code
  combo-code          token      code|component.code
  component-code      token      component.code
  date                date       effectiveDateTime|effectivePeriod|effectiveInstant
  encounter           reference  encounter
  has-member          reference  hasMember
  identifier          token      identifier
  patient             reference  subject
  performer           reference  performer
  specimen            reference  specimen
  status              token      status
  subject             reference  subject
  value-concept       token      valueCodeableConcept
  value-date          date       valueDateTime|valuePeriod
  value-quantity      quantity   valueQuantity
Procedure
  category            token      category
  code                token      code
  date                date       performedDateTime|performedPeriod
  encounter           reference  encounter
  identifier          token      identifier
  patient             reference  subject
  performer           reference  performer.actor
  status              token      status
  subject             reference  subject
RelatedPerson
  active              token      active
  birthdate           date       birthDate
  gender              token      gender
  identifier          token      identifier
  name                string     name
  patient             reference  patient
  relationship        token      relationship
ServiceRequest
  authored            date       authoredOn
  category            token      category
  code                token      code
  encounter           reference  encounter
  identifier          token      identifier
  intent              token      intent
  occurrence          date       occurrenceDateTime|occurrencePeriod
  patient             reference  subject
  performer           reference  performer
  requester           reference  requester
  requisition         token      requisition
  specimen            reference  specimen
  status              token      status
  subject             reference  subject
Specimen
  accession           token      accessionIdentifier
  collected           date       collection.collectedDateTime|collection.collectedPeriod
  identifier          token      identifier
  patient             reference  subject
  status              token      status
  subject             reference  subject
  type                token      type
"""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A search parameter: its kind, and the element paths it looks at."""

    name: str
    kind: str
    paths: tuple[tuple[str, ...], ...]

    @property
    def names_patient(self) -> bool:
        """Whether its value names whose record is searched."""
        return self.kind == "reference" and self.name in PATIENT


def _row(line: str) -> Parameter:
    name, kind, paths = line.split()
    return Parameter(name, kind, tuple(tuple(path.split(".")) for path in paths.split("|")))


@cache
def table() -> dict[str, dict[str, Parameter]]:
    """Return every searchable type's parameters by name."""
    common = {row.name: row for row in map(_row, _COMMON.strip().splitlines())}
    types: dict[str, dict[str, Parameter]] = {}
    of_type = common
    for line in _TABLE.strip().splitlines():
        if line.startswith(" "):
            row = _row(line)
            of_type[row.name] = row
        else:
            of_type = types[line] = dict(common)
    return types
