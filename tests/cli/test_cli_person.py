"""`yiqiao source change` and `yiqiao person`."""

from __future__ import annotations

import pytest
from cli_command import Yiqiao

from gateway.audit.verify import verify
from gateway.store import NewCompartment, Store


def test_a_source_is_changed(yiqiao: Yiqiao) -> None:
    yiqiao("source", "add", "a", "--facility", "A", "--charset", "GBK", "--profile", "tjh01")
    done = yiqiao("source", "change", "a", "--charset", "", "--facility", "A2", "--profile", "")
    assert done.code == 0, done.err
    assert yiqiao("source", "change", "a", "--timezone", "+09:00").code == 0
    assert yiqiao("source", "list").rows == [
        {"source": "a", "facility": "A2", "title": "a", "profile": "", "charset": "",
         "timezone": "+09:00", "certificates": ""}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("a",), 2, "say what to change"),
        (("nosuch", "--facility", "X"), 1, "there is no source nosuch"),
        (("a", "--facility", "B"), 1, "facility B is registered already: it is source b's"),
        (
            ("a", "--facility", "X^1.2.3^ISO"),
            2,
            "'X^1.2.3^ISO' is not what MSH-4.1 can say: write X",
        ),
        (("a", "--facility", " "), 2, "' ' is not what MSH-4.1 can say\n"),
        (("a", "--charset", "klingon"), 2, "no character set is called"),
        (("a", "--profile", "nosuch"), 2, "there is no such site profile"),
    ],
)
def test_a_change_that_is_not_taken(
    yiqiao: Yiqiao, words: tuple[str, ...], code: int, told: str
) -> None:
    yiqiao("source", "add", "a", "--facility", "A")
    yiqiao("source", "add", "b", "--facility", "B")
    before = yiqiao("source", "list").rows
    done = yiqiao("source", "change", *words)
    assert (done.code, told in done.err) == (code, True), done.err
    assert yiqiao("source", "list").rows == before


@pytest.fixture
def two(yiqiao: Yiqiao, store: Store) -> tuple[str, str]:
    """Return a record, and the person that it may be of."""
    yiqiao("source", "add", "a", "--facility", "A")
    with store.begin() as tx:
        first, second = tx.persons.create("default", 2)
        records = [
            NewCompartment(letter * 16, "default", "patient", "a", person)
            for letter, person in (("b", first), ("c", second))
        ]
        tx.compartments.ensure(records)
        tx.persons.queue("b" * 16, second, "disputed")
    return "b" * 16, second


def person_of(store: Store, record: str) -> str | None:
    with store.read() as tx:
        found = tx.compartments.get(record)
    assert found is not None
    return found.person


def test_a_review_links_and_a_link_can_be_undone(
    yiqiao: Yiqiao, store: Store, two: tuple[str, str]
) -> None:
    record, person = two
    (review,) = yiqiao("person", "reviews").rows
    assert (review["record"], review["may be of person"]) == two
    assert yiqiao("person", "decide", review["number"], "--same").code == 0
    assert person_of(store, record) == person
    assert yiqiao("person", "reviews").rows == []
    assert yiqiao("person", "unlink", record).code == 0
    assert person_of(store, record) != person
    report = verify(store)
    assert (report.holds, report.links) == (True, 2)


def test_a_review_keeps_apart_and_is_settled_once(
    yiqiao: Yiqiao, store: Store, two: tuple[str, str]
) -> None:
    record, person = two
    (review,) = yiqiao("person", "reviews").rows
    assert yiqiao("person", "decide", review["number"], "--different").code == 0
    assert person_of(store, record) != person
    again = yiqiao("person", "decide", review["number"], "--same")
    assert (again.code, "no open review" in again.err) == (1, True)
    assert yiqiao("person", "unlink", "z" * 16).code == 1
