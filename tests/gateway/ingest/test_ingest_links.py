from itertools import permutations

import pytest
from ingest_feed import ID_CARD, MAN, OTHER_MAN, hl7, pid

from gateway.ingest.ids import DerivedIds
from gateway.ingest.records.identity import identifier_token
from gateway.ingest.records.linking import unite


def adt(mrn, card="", *, facility="TJH01", born="", sex="", name="测试甲", control_id=None):
    person = pid(mrn, name, born, sex, card)
    control_id = control_id or f"{facility}{mrn}{card}{born}{sex}"
    return hl7(person, facility=facility, control_id=control_id)


def token(feed, number):
    return identifier_token(feed.store.keys, "default", ID_CARD, number)


def reviews(feed):
    with feed.store.read() as tx:
        return [
            (review.compartment, review.candidate, review.reason) for review in tx.persons.reviews()
        ]


def link(patient):
    return [(one["type"], one["other"]["reference"]) for one in patient.get("link", ())]


# -- identity numbers ------------------------------------------------------------------------------


def test_a_valid_number_makes_two_hospitals_records_one_persons(feed):
    feed(adt("7", MAN), adt("8", MAN, facility="BJH01"), adt("9", OTHER_MAN))
    assert feed.person("7") == feed.person("8", "bjh") != feed.person("9")
    with feed.store.read() as tx:
        assert tx.persons.find([token(feed, MAN)], "default") == [feed.person("7")]


def test_name_and_birth_date_alone_link_nothing(feed):
    feed(adt("7", born="1900-01-01"), adt("8", born="1900-01-01", facility="BJH01"))
    assert feed.person("7") != feed.person("8", "bjh")
    assert reviews(feed) == []


@pytest.mark.parametrize("first", ["agreeing", "disagreeing"])
def test_a_number_that_contradicts_the_record_is_put_before_a_human(feed, first):
    messages = [adt("7", MAN), adt("8", MAN, sex="female", facility="BJH01")]
    receipts = feed(*(messages if first == "agreeing" else messages[::-1]))
    person, other = feed.person("7"), feed.person("8", "bjh")
    assert person != other
    assert reviews(feed) == [(feed.home("8", "bjh"), person, "identity-number-disagrees")]
    found = [code for receipt in receipts for code in feed.findings(receipt.seq)]
    assert found == ["identity-number-disagrees"]
    with feed.store.begin() as tx:
        tx.persons.decide(tx.persons.reviews()[0].id, linked=True)
    feed(adt("8", MAN, sex="female", facility="BJH01", control_id="again", name="乙"))
    assert feed.person("8", "bjh") == feed.person("7") == person


def test_an_invalid_number_is_told_and_links_nothing(feed):
    wrong = MAN[:-1] + "5"
    receipts = feed(adt("7", wrong), adt("8", wrong, facility="BJH01"))
    assert feed.person("7") != feed.person("8", "bjh")
    assert feed.findings(receipts[0].seq) == ["identity-number-invalid"]


def test_a_number_that_comes_later_links_then(feed):
    feed(adt("7", MAN), adt("8", facility="BJH01"))
    alone = feed.person("8", "bjh")
    feed(adt("8", MAN, facility="BJH01"))
    assert feed.person("8", "bjh") == feed.person("7")
    with feed.store.read() as tx:
        assert tx.persons.resolve(alone).id == feed.person("7")


def test_a_corrected_number_takes_the_record_away(feed):
    feed(adt("7", MAN), adt("8", MAN, facility="BJH01"))
    together = feed.person("7")
    feed(adt("8", OTHER_MAN, facility="BJH01"))
    assert feed.person("7") == together != feed.person("8", "bjh")
    feed(adt("9", OTHER_MAN))
    assert feed.person("9") == feed.person("8", "bjh")


@pytest.mark.parametrize("same", [True, False])
def test_a_number_that_comes_to_be_disputed_is_put_before_a_human(feed, same):
    feed(adt("7", MAN), adt("8", MAN, facility="BJH01"))
    together = feed.person("7")
    feed(adt("8", MAN, sex="female", facility="BJH01"))
    assert reviews(feed) == [(feed.home("8", "bjh"), together, "identity-number-disagrees")]
    assert feed.person("8", "bjh") == together
    with feed.store.begin() as tx:
        tx.persons.decide(tx.persons.reviews()[0].id, linked=same)
    assert (feed.person("8", "bjh") == together) is same
    feed(adt("8", MAN, sex="female", facility="BJH01", control_id="again", name="乙"))
    feed(adt("8", MAN, sex="male", facility="BJH01", control_id="mended"))
    assert (feed.person("8", "bjh") == together) is same


def test_a_record_corrected_from_one_person_to_another(feed):
    feed(adt("7", MAN), adt("8", OTHER_MAN), adt("9", MAN, facility="BJH01"))
    feed(adt("9", OTHER_MAN, facility="BJH01"))
    assert feed.person("9", "bjh") == feed.person("8") != feed.person("7")


def test_an_unlinked_record_is_not_linked_again(feed):
    feed(adt("7", MAN), adt("8", MAN, facility="BJH01"))
    with feed.store.begin() as tx:
        alone = tx.persons.unlink(feed.home("8", "bjh"))
    feed(adt("8", facility="BJH01"), adt("8", MAN, facility="BJH01", sex="male"))
    assert feed.person("8", "bjh") == alone != feed.person("7")


def test_a_person_known_by_a_number_before_any_record(feed):
    with feed.store.begin() as tx:
        person = tx.persons.for_identity("default", token(feed, MAN))
    feed(adt("7", MAN))
    assert feed.person("7") == person


def test_records_of_tenants_are_never_linked(feed):
    with feed.store.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE organisation SET tenant='b' WHERE id='bjh'")
    feed(adt("7", MAN), adt("8", MAN, facility="BJH01"))
    assert feed.person("7") != feed.person("8", "bjh")


# -- merges ----------------------------------------------------------------------------------------


def merge(surviving, retired, control_id, card=""):
    return hl7(pid(surviving, card=card), f"MRG|{retired}", type_="ADT^A40", control_id=control_id)


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("together", [True, False])
def test_a_merge_is_the_same_in_any_order(feed, order, together):
    messages = [adt("old", sex="male"), adt("new", name="乙"), merge("new", "old", "m")]
    ordered = [messages[number] for number in order]
    for batch in [ordered] if together else [[message] for message in ordered]:
        feed(*batch)
    old, new = feed.patient("old"), feed.patient("new")
    assert (old["active"], link(old)) == (False, [("replaced-by", f"Patient/{new['id']}")])
    assert (new["active"], link(new)) == (True, [("replaces", f"Patient/{old['id']}")])
    assert old["gender"] == "male"
    assert feed.person("old") == feed.person("new")
    with feed.store.read() as tx:
        assert tx.merges.group(feed.home("old")).survivor == feed.home("new")


def test_a_merge_turned_round(feed):
    feed(adt("a"), adt("b"), merge("b", "a", "1"), merge("a", "b", "2"), merge("a", "b", "3"))
    a, b = feed.patient("a"), feed.patient("b")
    assert (a["active"], link(a)) == (True, [("replaces", f"Patient/{b['id']}")])
    assert (b["active"], link(b)) == (False, [("replaced-by", f"Patient/{a['id']}")])


def test_a_chain_of_merges_has_one_survivor(feed):
    feed(adt("a"), adt("b"), adt("c"), merge("b", "a", "1"), merge("c", "b", "2"))
    a, b, c = (feed.patient(mrn) for mrn in "abc")
    assert [one["active"] for one in (a, b, c)] == [False, False, True]
    assert link(a) == link(b) == [("replaced-by", f"Patient/{c['id']}")]
    assert {reference for _, reference in link(c)} == {f"Patient/{a['id']}", f"Patient/{b['id']}"}


def test_an_update_of_a_retired_record_keeps_it_retired(feed):
    feed(adt("a"), adt("b"), merge("b", "a", "1"))
    feed(adt("a", name="改"))
    assert (feed.patient("a")["active"], feed.patient("a")["name"][0]["text"]) == (False, "改")


def test_a_merge_follows_the_identity_number(feed):
    feed(adt("x", MAN, facility="BJH01"), adt("a", MAN), adt("b"), merge("b", "a", "1"))
    assert feed.person("a") == feed.person("b") == feed.person("x", "bjh")
    feed(adt("c"), merge("b", "c", "2"))
    assert feed.person("c") == feed.person("b")


@pytest.mark.parametrize("survivor", ["a", "b"])
def test_a_merge_takes_nothing_from_whom_a_human_has_found_it_to_be(feed, survivor):
    """A patient who has an account of her own, with what she has decided there."""
    feed(adt("a"), adt("b"))
    with feed.store.begin() as tx:
        patient = tx.persons.for_identity("default", token(feed, MAN))
        tx.persons.queue(feed.home("a"), patient, "looks-alike")
        tx.persons.decide(tx.persons.reviews()[0].id, linked=True)
    feed(merge(survivor, "b" if survivor == "a" else "a", "1"))
    assert feed.person("a") == feed.person("b") == patient


def test_a_merge_links_nothing_that_a_human_has_rejected(feed):
    feed(adt("x", MAN, facility="BJH01"), adt("a", MAN), adt("b"), merge("b", "a", "1"))
    with feed.store.begin() as tx:
        alone = tx.persons.unlink(feed.home("b"))
    feed(adt("b", name="改"))
    assert feed.person("b") == alone != feed.person("x", "bjh")


def test_a_merge_of_two_numbers_is_put_before_a_human(feed):
    feed(adt("a", MAN), adt("b", OTHER_MAN), merge("b", "a", "1"))
    assert feed.person("a") != feed.person("b")
    assert reviews(feed) == [(feed.home("a"), feed.person("b"), "several-identity-numbers")]


def test_two_numbers_in_one_record_are_put_before_a_human(feed):
    feed(adt("7", MAN), adt("8", OTHER_MAN, facility="BJH01"))
    feed(adt("9", f"{MAN}~{OTHER_MAN}"))
    assert feed.person("9") not in (feed.person("7"), feed.person("8", "bjh"))
    assert {candidate for _, candidate, _ in reviews(feed)} == {
        feed.person("7"), feed.person("8", "bjh"),
    }  # fmt: skip
    assert {reason for *_, reason in reviews(feed)} == {"several-identity-numbers"}


def test_a_link_that_a_human_made_stays(feed):
    feed(adt("7", MAN), adt("8", facility="BJH01"), adt("9", facility="BJH01"))
    with feed.store.begin() as tx:
        tx.persons.link(feed.home("9", "bjh"), feed.person("7"))
        tx.persons.queue(feed.home("8", "bjh"), feed.person("7"), "looks-alike")
        tx.persons.decide(tx.persons.reviews()[0].id, linked=True)
    feed(adt("8", OTHER_MAN, facility="BJH01"))
    assert feed.person("8", "bjh") == feed.person("7")


def test_company_without_a_number_contradicts_nothing(feed):
    feed(adt("7"), adt("8", facility="BJH01"))
    with feed.store.begin() as tx:
        tx.persons.link(feed.home("8", "bjh"), feed.person("7"))
    feed(adt("8", OTHER_MAN, facility="BJH01"))
    assert feed.person("8", "bjh") == feed.person("7")


def test_a_disputed_number_asks_nobody_who_disputes_it_too(feed):
    feed(adt("7", MAN, sex="female"), adt("8", MAN, sex="female", facility="BJH01"))
    assert reviews(feed) == []
    assert feed.person("7") != feed.person("8", "bjh")


def test_erased_records_are_nobodys(feed):
    feed(adt("a"), adt("b"), merge("b", "a", "1"))
    with feed.store.begin() as tx:
        group = tx.merges.group(feed.home("a"))
        for home in group.members:
            tx.compartments.destroy(home)
        unite(tx, group)
        assert all(row.person is None for row in tx.compartments.many(group.members).values())


def test_ids_are_remembered_up_to_a_number(keys, monkeypatch):
    monkeypatch.setattr(DerivedIds, "_REMEMBERED", 2)
    ids = DerivedIds(keys, "default")
    made = [ids.compartment("patient", "tjh", number) for number in "12345"]
    assert made == [DerivedIds(keys, "default").compartment("patient", "tjh", n) for n in "12345"]
    assert len(set(made)) == 5
    assert DerivedIds(keys, "another").compartment("patient", "tjh", "1") != made[0]
    assert ids.resource(made[0], "Patient").startswith(made[0] + ".")
