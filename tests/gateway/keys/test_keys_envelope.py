import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.keys import Algorithm, DataKey, UnsealError

KEYS = [
    DataKey(bytes(32), algorithm, lasting=lasting)
    for algorithm in Algorithm
    for lasting in (False, True)
]


@pytest.mark.parametrize("key", KEYS)
@given(plaintext=st.binary(max_size=200), aad=st.binary(max_size=40))
def test_what_is_sealed_opens(key, plaintext, aad):
    assert key.open(key.seal(plaintext, aad), aad) == plaintext


@pytest.mark.parametrize("key", KEYS)
def test_every_altered_byte_is_noticed(key):
    sealed = key.seal(b"abc", b"here")
    for index in range(len(sealed)):
        altered = bytearray(sealed)
        altered[index] ^= 1
        with pytest.raises(UnsealError):
            key.open(bytes(altered), b"here")


@pytest.mark.parametrize("key", KEYS)
def test_every_cut_is_noticed(key):
    sealed = key.seal(b"abc", b"here")
    for length in range(len(sealed)):
        with pytest.raises(UnsealError):
            key.open(sealed[:length], b"here")


@pytest.mark.parametrize("key", KEYS)
def test_a_sealed_value_does_not_open_elsewhere(key):
    with pytest.raises(UnsealError):
        key.open(key.seal(b"abc", b"here"), b"there")


def test_another_key_does_not_open():
    with pytest.raises(UnsealError):
        DataKey(os.urandom(32)).open(DataKey(os.urandom(32)).seal(b"abc", b""), b"")


def test_the_value_says_its_algorithm():
    sm4 = DataKey(bytes(32), Algorithm.SM4_GCM)
    aes = DataKey(bytes(32))
    sealed = sm4.seal(b"abc", b"")
    assert sealed[0] == Algorithm.SM4_GCM
    assert aes.open(sealed, b"") == b"abc"


def test_sealing_twice_differs():
    key = DataKey(bytes(32))
    assert key.seal(b"abc", b"") != key.seal(b"abc", b"")


def test_a_data_key_is_256_bits_and_does_not_show_itself():
    with pytest.raises(ValueError, match="32 bytes"):
        DataKey(b"short")
    assert repr(DataKey(b"k" * 32)) == "DataKey(AES_256_GCM, …)"
