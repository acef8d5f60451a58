import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ingest.records.identity import (
    ID_CARD,
    agrees,
    canonical,
    check_character,
    claims,
    findings,
    identifier_token,
    identity_number,
    is_another,
    tokens,
)

ALIAS = "urn:oid:2.16.840.1.113883.2.23.1.19.1"
MAN, OTHER_MAN, WOMAN = "110101190001010014", "110101190001010030", "110101190001010022"
NUMBERS = st.tuples(
    st.integers(110000, 659999),
    st.dates().filter(lambda day: day.year >= 1900),
    st.integers(0, 999),
).map(lambda parts: f"{parts[0]}{parts[1]:%Y%m%d}{parts[2]:03d}")


def patient(*numbers, system=ID_CARD, **elements):
    return {"identifier": [{"system": system, "value": number} for number in numbers], **elements}


@pytest.mark.parametrize(
    ("text", "born", "gender"),
    [
        (MAN, "1900-01-01", "male"),
        (OTHER_MAN, "1900-01-01", "male"),
        (WOMAN, "1900-01-01", "female"),
    ],
)
def test_published_examples(text, born, gender):
    assert identity_number(text) == (text, born, gender, False)


def test_the_short_form_is_completed():
    assert identity_number("110101000101001") == (MAN, "1900-01-01", "male", True)


@given(NUMBERS)
def test_a_number_with_its_check_character_is_valid(stem):
    number = stem + check_character(stem)
    read = identity_number(f" {number.lower()} ")
    assert read is not None
    assert read.number == number
    assert read.birth_date.replace("-", "") == number[6:14]


@given(NUMBERS, st.integers(0, 17), st.sampled_from("0123456789X"))
def test_one_wrong_character_is_noticed(stem, place, character):
    number = stem + check_character(stem)
    wrong = number[:place] + character + number[place + 1 :]
    assert (identity_number(wrong) is None) == (wrong != number)


@pytest.mark.parametrize(
    "text",
    [
        "", "1", "11010119000101001", "01010119000101001X", "abcdefghijklmnopqr", "１" * 18,
        "110101190013010" + "01" + check_character("11010119001301001"),
        "11010100130100", "110101001301001",
    ],
)  # fmt: skip
def test_what_is_no_number(text):
    assert identity_number(text) is None


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({}, True),
        ({"birthDate": "1900-01-01", "gender": "male"}, True),
        ({"birthDate": "1900-01", "gender": "unknown"}, True),
        ({"birthDate": "1900-01-02"}, False),
        ({"gender": "female"}, False),
        ({"gender": "other"}, True),
    ],
)
def test_a_number_agrees_with_what_is_stated(elements, expected):
    assert agrees(identity_number(MAN), elements) is expected


def test_a_short_number_must_be_borne_out():
    short = identity_number("110101000101001")
    assert not agrees(short, {"gender": "male"})
    assert agrees(short, {"birthDate": "1900-01-01"})


def test_what_identifiers_claim():
    record = {
        "gender": "male",
        "identifier": [
            {"system": ALIAS, "value": MAN},
            {"system": ID_CARD, "value": WOMAN},
            {"system": ID_CARD, "value": "123x"},
            {"system": "urn:mrn", "value": " 7 "},
            {"value": "8"},
            {"system": "urn:mrn", "value": "9", "use": "old"},
            {"system": "urn:mrn"},
        ],
    }
    assert list(claims(record)) == [
        (ID_CARD, MAN, "strong"),
        (ID_CARD, WOMAN, "disputed"),
        (ID_CARD, "123X", "business"),
        ("urn:mrn", "7", "business"),
        ("", "8", "business"),
    ]
    assert [found.code for found in findings(record)] == [
        "identity-number-disagrees", "identity-number-invalid",
    ]  # fmt: skip


def test_however_it_was_written_a_number_is_found(keys):
    expected = identifier_token(keys, "default", ID_CARD, MAN)
    for system, text in ((ID_CARD, "110101000101001"), (ALIAS, MAN), (ALIAS, f" {MAN} ")):
        assert identifier_token(keys, "default", system, text) == expected
    assert identifier_token(keys, "another", ID_CARD, MAN) != expected
    anywhere = identifier_token(keys, "default", "", MAN)
    assert identifier_token(keys, "default", "", "110101000101001") == anywhere != expected
    assert tokens(keys, "default", patient(MAN, system=ALIAS)) == {
        expected: "strong", anywhere: "business",
    }  # fmt: skip
    assert len(tokens(keys, "default", {"identifier": [{"value": "8"}]})) == 1
    assert canonical("urn:mrn", "x ") == ("urn:mrn", "x")


def person(text, born="1980-01-01", gender="male"):
    family, _, given = text.partition("^")
    name = {"family": family, "given": [given]} if given else {"text": text}
    said = {"name": [name], "birthDate": born, "gender": gender}
    return {element: value for element, value in said.items() if value not in ("", [{"text": ""}])}


DOE = person("Doe^Jo")


@pytest.mark.parametrize(("known", "said"), [
    (DOE, person("Smith^Anna", "1955-05-05", "female")),
    (DOE, person("Doe^Anna", "1955", "female")),
    (person("张三"), person("李四", "1955-05-05", "female")),
    (person("张三"), person("李^四", "1955-05-05", "female")),
])  # fmt: skip
def test_who_differs_in_name_birth_date_and_sex_is_somebody_else(known, said):
    assert is_another(known, said)
    assert is_another(said, known)


@pytest.mark.parametrize(("known", "said"), [
    (DOE, person("Smith^Anna", "1955-05-05")),
    (DOE, person("Smith^Anna", gender="female")),
    (DOE, person("DOE^Jo", "1955-05-05", "female")),
    (DOE, person("Doe^Jo Ann", "1955-05-05", "female")),
    (DOE, person("", "1955-05-05", "female")),
    (DOE, person("Smith^Anna", "", "female")),
    (DOE, person("Smith^Anna", "1980", "female")),
    (DOE, person("Smith^Anna", "1955-05-05", "unknown")),
    (person("张三"), person("Li^Si", "1955-05-05", "female")),
    (person("张三"), person("张^三", "1955-05-05", "female")),
    ({**DOE, "name": [*DOE["name"], {"text": "Anna Smith"}]},
     person("Smith^Anna", "1955-05-05", "female")),
])  # fmt: skip
def test_who_agrees_in_one_of_them_may_be_the_same(known, said):
    assert not is_another(known, said)
    assert not is_another(said, known)
