"""What messages only mention does not change what those say that keep it."""

from __future__ import annotations

from itertools import count

from ingest_feed import hl7

_NUMBERS = count(1)
PID = "PID|1||7^^^TJH01^MR||{name}||{born}|M||||||{phone}"


def pid(name="Doe^Jo^Max", born="19000102", phone="^PRN^PH^^^022^5550001"):
    return PID.format(name=name, born=born, phone=phone)


def pv1(class_, ward, doctor, number="V1", prior=""):
    fields = {2: class_, 3: ward, 6: prior, 7: doctor, 19: number}
    return "|".join(["PV1", *(fields.get(at, "") for at in range(1, 20))])


def said(type_, *segments, application="HIS"):
    return hl7(*segments, type_=type_, control_id=str(next(_NUMBERS)), application=application)


def lab(*segments):
    return said("ORU^R01", *segments, application="LIS")


RESULT = ("OBR|1|P1|F1|CBC", "OBX|1|NM|HB||130|g/L|||||F")


def findings(tjh, receipts):
    return [code for receipt in receipts for code in tjh.findings(receipt.seq)]


def test_a_laboratory_does_not_move_the_patient(tjh):
    tjh(said("ADT^A01", pid(), pv1("I", "W1", "D1^Wu")))
    tjh(said("ADT^A02", pid(), pv1("I", "W2", "D1^Wu", prior="W1")))
    before = tjh.resources("Encounter")
    receipts = tjh(lab(pid(), pv1("O", "LAB", "D3^Lab"), *RESULT))
    assert tjh.resources("Encounter") == before
    assert "only-mentioned" in findings(tjh, receipts)
    (result,) = tjh.resources("Observation")
    assert result["encounter"]["reference"] == f"Encounter/{before[0]['id']}"


def test_a_visit_that_only_a_laboratory_tells_of_is_as_it_tells(tjh):
    tjh(lab(pid(), pv1("O", "LAB", "D3^Lab"), *RESULT))
    tjh(lab(pid(), pv1("I", "W2", "D1^Wu"), *RESULT))
    (visit,) = tjh.resources("Encounter")
    assert visit["class"]["code"] == "IMP"
    assert visit["location"][0]["location"]["display"] == "W2"


def test_a_laboratory_adds_to_a_patient_and_replaces_nothing(tjh):
    tjh(said("ADT^A28", pid()))
    (before,) = tjh.resources("Patient")
    tjh(lab("PID|1||7^^^TJH01^MR~L7^^^LAB^PI||Doe^J||1900|M||||||139^PRN^CP", *RESULT))
    (after,) = tjh.resources("Patient")
    assert (after["birthDate"], after["name"]) == (before["birthDate"], before["name"])
    assert [one["value"] for one in after["identifier"]] == ["7", "L7"]
    assert after["telecom"][0] == before["telecom"][0]
    assert [one["value"] for one in after["telecom"][1:]] == ["139"]
    version = after["meta"]["versionId"]
    tjh(lab("PID|1||L7^^^LAB^PI~7^^^TJH01^MR||Doe^J||1900|M", *RESULT))
    (again,) = [one for one in tjh.resources("Patient") if len(one["identifier"]) == 2]
    assert again["meta"]["versionId"] == version


def test_registration_corrects_what_it_has_said(tjh):
    tjh(said("ADT^A28", pid()))
    tjh(said("ADT^A31", pid(name="Roe^Jo", born="19000203")))
    (patient,) = tjh.resources("Patient")
    assert (patient["birthDate"], patient["name"][0]["family"]) == ("1900-02-03", "Roe")


def test_a_year_of_birth_does_not_take_the_place_of_the_day(tjh):
    tjh(said("ADT^A28", pid()))
    tjh(said("ADT^A31", pid(born="1900")))
    assert [one["birthDate"] for one in tjh.resources("Patient")] == ["1900-01-02"]
    tjh(said("ADT^A31", pid(born="1901")))
    assert [one["birthDate"] for one in tjh.resources("Patient")] == ["1901"]


def test_a_name_in_a_result_does_not_replace_the_directorys(tjh):
    tjh(said("MFN^M02", "MFI|PRA|HIS|UPD|||AL", "MFE|MAD|1||D1|CWE",
             "STF|D1|D1|House^Gregory^M^^Dr."))  # fmt: skip
    tjh(lab(pid(), "OBR|1|P1|F1|CBC", f"OBX|1|NM|HB||130|g/L|||||F{'|' * 5}D1^HOUSE^G"))
    (doctor,) = tjh.resources("Practitioner", kind="directory")
    assert doctor["name"][0]["given"] == ["Gregory", "M"]


def test_a_result_keeps_the_code_of_its_order_and_tells_that_it_is_done(tjh):
    tjh(said("ORM^O01", pid(), "ORC|NW|P1", "OBR|1|P1||CBC^Complete Blood Count^L^58410-2^CBC^LN"))
    tjh(lab(pid(), "ORC|RE|P1|F1||CM", "OBR|1|P1|F1|CBC|||20260301|||||||||||||||||F",
            "OBX|1|NM|HB||130|g/L|||||F"))  # fmt: skip
    (order,) = tjh.resources("ServiceRequest")
    assert len(order["code"]["coding"]) == 2
    assert order["status"] == "completed"


def test_the_places_where_a_patient_lay_stay(tjh):
    tjh(said("ADT^A01", pid(), pv1("I", "W1", "D1^Wu")))
    tjh(said("ADT^A02", pid(), pv1("I", "W2", "D1^Wu", prior="W1")))
    tjh(said("ADT^A08", pid(), pv1("I", "W2", "D1^Wu")))
    (visit,) = tjh.resources("Encounter")
    places = [(one["location"]["display"], one["status"]) for one in visit["location"]]
    assert places == [("W2", "active"), ("W1", "completed")]
    tjh(said("ADT^A12", pid(), pv1("I", "W1", "D1^Wu")))
    (visit,) = tjh.resources("Encounter")
    places = [(one["location"]["display"], one["status"]) for one in visit["location"]]
    assert places == [("W1", "active")]


def test_what_a_mention_deletes_stays_and_is_found(tjh):
    tjh(said("ADT^A28", pid()))
    receipts = tjh(lab('PID|1||7^^^TJH01^MR||Doe^Jo^Max||""', *RESULT))
    assert [one["birthDate"] for one in tjh.resources("Patient")] == ["1900-01-02"]
    assert "only-mentioned" in findings(tjh, receipts)


SOMEBODY = "PID|1||7^^^TJH01^MR||Smith^Anna||19550505|F"


def test_a_result_of_somebody_elses_is_found(tjh):
    tjh(said("ADT^A28", pid()))
    (receipt,) = tjh(lab(SOMEBODY, *RESULT))
    assert "another-person" in tjh.findings(receipt.seq)
    assert tjh.patient("7")["gender"] == "male"


def test_a_record_that_is_written_over_is_found_once(tjh):
    receipts = tjh(said("ADT^A28", pid()), said("ADT^A08", SOMEBODY), said("ADT^A08", SOMEBODY))
    found = ["another-person" in tjh.findings(receipt.seq) for receipt in receipts]
    assert found == [False, True, False]
    assert tjh.patient("7")["gender"] == "female"


def test_what_is_put_right_alone_is_nobody_else(tjh):
    tjh(said("ADT^A28", pid()))
    told = [
        said("ADT^A08", pid(name="Smith^Anna")), said("ADT^A08", pid(born="19550505")),
        lab(pid(name="Doe^J"), *RESULT),
    ]  # fmt: skip
    assert "another-person" not in findings(tjh, tjh(*told))
