import re

from hypothesis import given
from hypothesis import strategies as st

from gateway.keys.hashes import Hashes, random_id

HASHES = Hashes(b"k" * 32)
WORDS = st.lists(st.text(max_size=6), min_size=1, max_size=4)


@given(WORDS, WORDS)
def test_only_equal_parts_get_equal_ids(one, other):
    assert (HASHES.derive_id(*one) == HASHES.derive_id(*other)) == (one == other)
    assert (HASHES.token(*one) == HASHES.token(*other)) == (one == other)


@given(st.lists(st.binary(max_size=4), max_size=3), st.lists(st.binary(max_size=4), max_size=3))
def test_only_equal_content_gets_equal_digests(one, other):
    assert (HASHES.digest("m", *one) == HASHES.digest("m", *other)) == (one == other)


def test_ids_fit_fhir_and_need_the_key():
    assert re.fullmatch(r"[a-z2-7]{16}", HASHES.derive_id("a"))
    assert re.fullmatch(r"[a-z2-7]{16}", random_id())
    assert random_id() != random_id()
    assert Hashes(b"j" * 32).derive_id("a") != HASHES.derive_id("a")


def test_lengths():
    assert len(HASHES.token("identifier", "system", "value")) == 16
    assert len(HASHES.code_token("http://loinc.org", "4548-4")) == 8
    assert len(HASHES.digest("message", b"MSH")) == 16


@given(WORDS, WORDS, st.sampled_from(["", "\x1f"]))
def test_a_local_id_is_of_all_its_parts_wherever_they_are_cut(one, other, last):
    one, other = [*one, last], [*other, last]
    assert HASHES.local_ids(*one)(*other) == HASHES.local_ids(*one, *other)()
    assert (HASHES.local_ids("c")(*one) == HASHES.local_ids("c")(*other)) == (one == other)
