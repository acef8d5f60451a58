"""A number that was the wrong patient's (ADT^A43) goes to the right one; both records stay."""

from __future__ import annotations

from ingest_feed import hl7

MAN, WOMAN = "110101190001010014", "110101190001010022"
CARD = "^^^&2.16.156.10011.1.3&ISO^NNCHN"


def patient(number, *more, sex="M"):
    return f"PID|1||{'~'.join([f'{number}^^^TJH01^MR', *more])}||Doe^Jo||19000101|{sex}"


def sent(tjh, event, *segments):
    tjh(hl7(*segments, type_=f"ADT^{event}", control_id=f"{event}{len(repr(segments))}"))


def numbers(tjh, number):
    return [each["value"] for each in tjh.patient(number)["identifier"]]


def test_a_number_moves_and_both_records_stay(tjh):
    sent(tjh, "A28", patient("7"))
    sent(tjh, "A28", patient("8", f"S9{CARD.replace('NNCHN', 'PI')}"))
    sent(tjh, "A43", patient("7", "S9^^^&2.16.156.10011.1.3&ISO^PI"),
         "MRG|8^^^TJH01^MR~S9^^^&2.16.156.10011.1.3&ISO^PI")  # fmt: skip
    assert numbers(tjh, "7") == ["7", "S9"]
    assert numbers(tjh, "8") == ["8"]
    assert tjh.patient("8").get("active", True)
    assert "link" not in tjh.patient("8")
    assert tjh.person("7") != tjh.person("8")


def test_a_record_leaves_the_person_it_was_under_by_mistake(tjh):
    """The wrong person's identity number linked two records; without it they are two persons."""
    sent(tjh, "A28", patient("7", f"{MAN}{CARD}"))
    sent(tjh, "A28", patient("8", f"{MAN}{CARD}"))
    assert tjh.person("7") == tjh.person("8")
    sent(tjh, "A43", patient("8", f"{WOMAN}{CARD}", sex="F"), f"MRG|8^^^TJH01^MR~{MAN}{CARD}")
    assert numbers(tjh, "8") == ["8", WOMAN]
    assert tjh.person("7") != tjh.person("8")
