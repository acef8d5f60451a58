from __future__ import annotations

import json

import pytest
from jsonschema_rs import Draft202012Validator

from conformance.definitions import definitions
from conformance.rules import compile_rule, rules

# One line per invariant: its key, an object that breaks it, one that keeps it.
TABLE = """
age-1   {"value":3}                                   {"value":3,"code":"a"}
age-1   {"system":"http://loinc.org"}                 {"system":"http://unitsofmeasure.org"}
age-1   {"value":0,"code":"a"}                        {"value":0.5,"code":"a"}
ait-1   {"code":{"text":"x"}}                         {"clinicalStatus":{}}
ait-1   {"verificationStatus":{"coding":[{"system":"urn:x","code":"entered-in-error"}]}} {"verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-verification","code":"entered-in-error"}]}}
ait-2   {"clinicalStatus":{},"verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-verification","code":"entered-in-error"}]}} {"clinicalStatus":{},"verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-verification","code":"confirmed"}]}}
app-2   {"start":"a"}                                 {"start":"a","end":"b"}
app-2   {"end":"a"}                                   {"_end":{},"_start":{}}
app-3   {"status":"booked"}                           {"status":"proposed"}
app-4   {"cancelationReason":{},"status":"booked"}    {"cancelationReason":{},"status":"noshow"}
app-1   {"status":"accepted"}                         {"actor":{}}
apr-1   {"status":"x"}                                {"participantType":[]}
att-1   {"data":"QQ=="}                               {"data":"QQ==","contentType":"a/b"}
sev-1   {"name":"a","query":"b"}                      {"name":"a"}
bdl-1   {"type":"batch","total":1}                    {"type":"history","total":1}
bdl-2   {"type":"batch","entry":[{},{"search":{}}]}   {"type":"searchset","entry":[{"search":{}}]}
bdl-9   {"type":"document","identifier":{"value":"1"}} {"type":"document","identifier":{"value":"1","system":"a"}}
bdl-10  {"type":"document"}                           {"type":"document","timestamp":"a"}
bdl-5   {"fullUrl":"a"}                               {"resource":{}}
cpb-1   {"kind":"instance"}                           {"rest":[]}
cpb-2   {"kind":"instance"}                           {"software":{}}
cpb-3   {"kind":"requirements","messaging":[{"endpoint":[]}]} {"kind":"instance","messaging":[{"endpoint":[]}]}
cpb-14  {"kind":"instance"}                           {"kind":"instance","implementation":{}}
cpb-15  {"kind":"capability"}                         {"kind":"capability","software":{}}
cpb-16  {"kind":"requirements","software":{}}         {"kind":"requirements"}
cpl-3   {"detail":{},"reference":{}}                  {"detail":{}}
cmp-1   {"title":"a"}                                 {"text":{}}
cmp-2   {"emptyReason":{},"entry":[]}                 {"emptyReason":{}}
cmd-1   {"equivalence":"narrower"}                    {"equivalence":"narrower","comment":"a"}
cmd-2   {"mode":"fixed"}                              {"mode":"fixed","code":"a"}
cmd-3   {"mode":"other-map"}                          {"mode":"other-map","url":"a"}
con-4   {"abatementString":"a"}                       {"abatementAge":{},"clinicalStatus":{"coding":[{"code":"inactive","system":"http://terminology.hl7.org/CodeSystem/condition-clinical"}]}}
con-5   {"clinicalStatus":{},"verificationStatus":{"coding":[{"code":"entered-in-error","system":"http://terminology.hl7.org/CodeSystem/condition-ver-status"}]}} {"clinicalStatus":{}}
con-1   {"type":{}}                                   {"assessment":[]}
con-2   {"id":"a"}                                    {"code":[]}
ppc-1   {"status":"active"}                           {"policyRule":{}}
cpt-2   {"value":"1"}                                 {"value":"1","system":"phone"}
cnt-3   {"value":1}                                   {"value":1,"code":"1"}
cnt-3   {"system":"a"}                                {"system":"http://unitsofmeasure.org"}
cnt-3   {"code":"2"}                                  {"code":"1"}
ces-1   {"category":{},"productOrService":{}}         {"category":{}}
drq-1   {"valueSet":"a"}                              {"path":"a"}
drq-2   {"path":"a","searchParam":"b"}                {"searchParam":"b"}
dis-1   {"value":1}                                   {"value":1,"code":"m"}
dis-1   {"system":"a"}                                {"system":"http://unitsofmeasure.org"}
drt-1   {"code":"h","value":1}                        {"code":"h","value":1,"system":"http://unitsofmeasure.org"}
exp-1   {"language":"a"}                              {"expression":"a"}
ext-1   {"url":"a"}                                   {"url":"a","_valueCode":{}}
ext-1   {"extension":[],"valueCode":"a"}              {"extension":[]}
fhs-1   {"ageAge":{},"bornDate":"a"}                  {"bornDate":"a"}
fhs-2   {"estimatedAge":true}                         {"estimatedAge":true,"ageString":"a"}
gol-1   {"detailString":"a"}                          {"detailString":"a","measure":{}}
imm-1   {"publicationDate":"a"}                       {"reference":"a"}
imr-1   {"series":"a"}                                {"targetDisease":{}}
ipn-1   {"status":"active"}                           {"name":"a"}
lst-1   {"emptyReason":{},"entry":[]}                 {"entry":[]}
lst-2   {"mode":"working","entry":[{"deleted":true}]} {"mode":"changes","entry":[{"deleted":true}]}
lst-3   {"mode":"changes","entry":[{"date":"a"}]}     {"mode":"working","entry":[{"date":"a"}]}
mrp-1   {"type":"data-collection","group":[]}         {"type":"summary","group":[]}
mad-1   {"text":"a"}                                  {"rateRatio":{}}
msq-3   {"coordinateSystem":2}                        {"coordinateSystem":0}
obs-6   {"dataAbsentReason":{},"_valueString":{}}     {"dataAbsentReason":{}}
obs-3   {"type":{}}                                   {"text":"1-2"}
opd-1   {"name":"a"}                                  {"part":[]}
opd-2   {"searchType":"token","type":"code"}          {"searchType":"token","type":"string"}
opd-3   {"targetProfile":[],"type":"code"}            {"targetProfile":[],"type":"Reference"}
org-1   {"active":true}                               {"name":"a"}
org-2   {"address":[{"use":"work"},{"use":"home"}]}   {"address":[{"use":"work"}]}
org-3   {"telecom":[{"use":"home"}]}                  {"telecom":[{"use":"work"}]}
inv-1   {"name":"a"}                                  {"valueString":"a"}
inv-1   {"valueString":"a","part":[]}                 {"part":[]}
pat-1   {"gender":"male"}                             {"organization":{}}
qty-3   {"code":"g"}                                  {"code":"g","system":"a"}
que-1   {"type":"group"}                              {"type":"group","item":[]}
que-1   {"type":"display","item":[]}                  {"type":"display"}
que-3   {"type":"display","code":[]}                  {"type":"string","code":[]}
que-4   {"answerOption":[],"answerValueSet":"a"}      {"answerOption":[]}
que-6   {"type":"display","repeats":false}            {"type":"string","repeats":true}
que-8   {"type":"group","initial":[]}                 {"type":"string","initial":[]}
que-9   {"type":"display","readOnly":true}            {"type":"string","readOnly":true}
que-11  {"answerOption":[],"initial":[]}              {"initial":[]}
que-7   {"operator":"exists","answerString":"a"}      {"operator":"exists","answerBoolean":true}
rat-1   {"numerator":{}}                              {"numerator":{},"denominator":{}}
rat-1   {"denominator":{}}                            {"extension":[]}
rat-1   {"id":"a"}                                    {"extension":[]}
ref     {"type":"Patient"}                            {"identifier":{}}
rqg-1   {"title":"a"}                                 {"resource":{}}
spd-1   {"xpath":"a"}                                 {"xpath":"a","xpathUsage":"normal"}
spd-2   {"chain":[],"type":"token"}                   {"chain":[],"type":"reference"}
prr-1   {"orderDetail":[]}                            {"orderDetail":[],"code":{}}
smp-1   {"element":"a"}                               {"element":"a","context":"b"}
smp-2   {"context":"a"}                               {"context":"a","contextType":"type"}
tim-1   {"duration":1}                                {"duration":1,"durationUnit":"d"}
tim-2   {"period":1}                                  {"period":1,"periodUnit":"d"}
tim-4   {"duration":-1,"durationUnit":"d"}            {"duration":0,"durationUnit":"d"}
tim-5   {"period":-1,"periodUnit":"d"}                {"period":0,"periodUnit":"d"}
tim-6   {"periodMax":1}                               {"periodMax":1,"period":1}
tim-7   {"durationMax":1}                             {"durationMax":1,"duration":1}
tim-8   {"countMax":1}                                {"countMax":1,"count":1}
tim-9   {"offset":1}                                  {"offset":1,"when":["AC"]}
tim-9   {"offset":1,"when":["C"]}                     {"offset":1,"when":["AC"]}
tim-10  {"timeOfDay":[],"when":[]}                    {"timeOfDay":[]}
trd-1   {"data":[],"timingDate":"a"}                  {"data":[]}
trd-2   {"condition":{}}                              {"condition":{},"data":[]}
vsd-1   {"version":"a"}                               {"system":"a"}
vsd-2   {"concept":[]}                                {"concept":[],"system":"a"}
vsd-2   {"filter":[]}                                 {"filter":[],"system":"a"}
vsd-3   {"concept":[],"filter":[]}                    {"filter":[]}
vsd-6   {"abstract":true}                             {"display":"a"}
vsd-10  {"code":"a"}                                  {"code":"a","system":"b"}
"""  # noqa: E501 - one example a line

EXAMPLES = [line.split(maxsplit=2) for line in TABLE.strip().splitlines()]


def compiled(structure, expression):
    schema = compile_rule(definitions(), structure, expression)
    return Draft202012Validator(schema)


def under(key):
    """Every place of a key with the validators of its rows."""
    for structure, listed in rules().items():
        found = [compiled(structure, expression) for each, expression in listed if each == key]
        if found:
            yield structure, found


@pytest.mark.parametrize(("key", "broken", "kept"), EXAMPLES)
def test_each_invariant_has_something_to_refuse(key, broken, kept):
    broken, kept = json.loads(broken), json.loads(kept)
    for _, found in under(key):
        assert not all(each.is_valid(broken) for each in found)
        assert all(each.is_valid(kept) for each in found)


def test_every_row_refuses_some_example():
    for structure, listed in rules().items():
        for key, expression in listed:
            rule = compiled(structure, expression)
            broken = [json.loads(each[1]) for each in EXAMPLES if each[0] == key]
            assert not all(rule.is_valid(each) for each in broken), (structure, key, expression)


@pytest.mark.parametrize(
    ("structure", "expression"),
    [
        ("Quantity", "code -> bogus"),
        ("Quantity", "bogus"),
        ("Quantity", "code => system"),
        ("Observation", "value -> code"),
        ("Observation", "value[x].code=1 -> code"),
        ("Patient.contact", "name.bogus=1"),
    ],
)
def test_a_row_that_means_nothing_is_refused(structure, expression):
    with pytest.raises(ValueError):  # noqa: PT011 - whatever the reason says
        compile_rule(definitions(), structure, expression)
