import pytest
from sqlalchemy import text

from gateway.store import NewCompartment, StoreError
from gateway.store.persons import BUSINESS, DISPUTED, STRONG

A, B, C = (letter * 16 for letter in "abc")
NUMBER, MRN = b"n" * 16, b"m" * 16


@pytest.fixture
def records(store):
    """Three records of three hospitals, each of a person of its own."""
    with store.begin() as tx:
        persons = tx.persons.create("default", 3)
        tx.compartments.ensure(
            NewCompartment(id_, "default", "patient", f"h{id_[0]}", person)
            for id_, person in zip((A, B, C), persons, strict=True)
        )
    return store


def person_of(tx, compartment):
    return tx.compartments.get(compartment).person


def test_identifiers_lead_to_persons(records):
    with records.begin() as tx:
        tx.persons.add_tokens([(NUMBER, A, STRONG), (MRN, A, BUSINESS), (MRN, B, BUSINESS)])
        tx.persons.add_tokens([(NUMBER, A, DISPUTED)])
        first, second = person_of(tx, A), person_of(tx, B)
        assert tx.persons.find([NUMBER], "default") == [first]
        assert tx.persons.find([MRN, NUMBER], "default") == sorted([first, second])
        assert tx.persons.find([MRN], "another tenant") == tx.persons.find([], "default") == []
        assert tx.persons.tokens_of([A, C]) == {A: {NUMBER: DISPUTED, MRN: BUSINESS}, C: {}}
        assert tx.persons.held([NUMBER, MRN, MRN, b"another"]) == {NUMBER, MRN}
        assert tx.persons.held([]) == set()
        tx.persons.drop_tokens(A, [MRN])
        assert tx.persons.tokens_of([A]) == {A: {NUMBER: DISPUTED}}


def test_a_person_may_be_before_any_record(store):
    with store.begin() as tx:
        person = tx.persons.for_identity("default", NUMBER)
        assert tx.persons.for_identity("default", NUMBER) == person
        assert tx.persons.for_identity("another", NUMBER) != person
        assert tx.persons.home(person) == person
        (home,) = tx.persons.compartments(person)
        assert (home.id, home.kind, home.organisation) == (person, "person", None)
        assert tx.compartments.key(person)
        assert tx.persons.compartments("nobody") == []
        with pytest.raises(StoreError):
            tx.persons.home("nobody")


def test_linking_takes_consents_along(records):
    with records.begin() as tx:
        first, second = person_of(tx, A), person_of(tx, B)
        home = tx.persons.home(first)
        tx.connection.execute(
            text("INSERT INTO consent_index VALUES ('net', :person, 'c1')"), {"person": first}
        )
        tx.persons.link(A, second)
        tx.persons.link(A, second)
        assert {row.id for row in tx.persons.compartments(second)} == {A, B, home}
        assert tx.persons.compartments(first) == tx.persons.compartments(second)
        assert tx.persons.resolve(first) == tx.persons.resolve(second)
        consents = tx.connection.execute(text("SELECT person FROM consent_index")).scalars().all()
        assert consents == [second]
        third = person_of(tx, C)
        tx.persons.absorb(second, third)
        assert tx.persons.resolve(first).id == third


def test_linking_leaves_behind_who_is_somebody(records):
    with records.begin() as tx:
        first, second = person_of(tx, A), person_of(tx, B)
        tx.persons.link(C, first)
        known = tx.persons.for_identity("default", NUMBER)
        tx.persons.link(A, known)
        assert person_of(tx, C) == first
        tx.persons.link(A, second)
        assert tx.persons.resolve(known).id == known


@pytest.mark.parametrize("target", ["nobody", "another tenant"])
def test_no_link_to_nobody(records, target):
    with records.begin() as tx:
        person = target if target == "nobody" else tx.persons.create("another")[0]
        with pytest.raises(StoreError):
            tx.persons.link(A, person)
        with pytest.raises(StoreError):
            tx.persons.link("nosuch", person)
        with pytest.raises(StoreError):
            tx.persons.unlink("nosuch")


def test_unlinking_gives_a_person_of_its_own(records):
    with records.begin() as tx:
        second = person_of(tx, B)
        tx.persons.link(A, second)
        alone = tx.persons.unlink(A)
        assert person_of(tx, A) == alone != second
        assert tx.persons.reviewed(A) == {second: "rejected"}


def test_a_human_decides(records):
    with records.begin() as tx:
        second, third = person_of(tx, B), person_of(tx, C)
        for _ in range(2):
            tx.persons.queue(A, second, "disagreeing-birth-date")
        tx.persons.queue(A, third, "disagreeing-sex")
        one, other = tx.persons.reviews()
        assert one[1:4] == (A, second, "disagreeing-birth-date")
        tx.persons.decide(one.id, linked=True)
        tx.persons.decide(other.id, linked=False)
        assert person_of(tx, A) == second
        assert tx.persons.reviews() == []
        assert tx.persons.reviewed(A) == {second: "linked", third: "rejected"}
        with pytest.raises(StoreError):
            tx.persons.decide(one.id, linked=False)
        tx.persons.queue(A, third, "again")
        assert tx.persons.reviews() == []
        tx.persons.queue(A, second, "unlinked", state="rejected")
        assert tx.persons.reviewed(A) == {second: "rejected", third: "rejected"}
