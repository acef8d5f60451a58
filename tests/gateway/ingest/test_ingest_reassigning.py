"""A number that was the wrong patient's (ADT^A43) goes to the right one; both records stay."""

from __future__ import annotations

import pytest
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


@pytest.mark.parametrize("first", ["7", "8"])
def test_a_number_that_is_deleted_takes_the_record_away(tjh, first):
    """It was typed in the wrong record: what is left is no proof that the two are one person's."""

    def said(number, card):
        tjh(
            hl7(
                f"{patient(number)}{'|' * 11}{card}", type_="ADT^A31", control_id=f"D{number}{card}"
            )
        )

    for number in ("7", "8") if first == "7" else ("8", "7"):
        said(number, MAN)
    said("8", "")
    together = tjh.person("7")
    assert tjh.person("8") == together
    said("8", '""')
    assert numbers(tjh, "8") == ["8"]
    assert tjh.person("7") == together != tjh.person("8")
    sent(tjh, "A31", patient("8", f"{MAN}{CARD}"))
    assert tjh.person("7") == tjh.person("8")
