"""The HSM keyring, on SoftHSM where it is installed, and always on a token made of dictionaries."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from pkcs11 import Attribute
from pkcs11.exceptions import (
    DeviceRemoved,
    GeneralError,
    NoSuchToken,
    PinIncorrect,
    SessionHandleInvalid,
    UserAlreadyLoggedIn,
)

from gateway.keys import KeyringError, Keys, UnknownKeyError, UnsealError
from gateway.keys.hsm import HsmKeyring

PIN = "5678"
SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")
LIBRARIES = ["dictionaries"]
if SOFTHSM.exists() and shutil.which("softhsm2-util"):
    LIBRARIES.append("softhsm")


class PretendKey(dict):
    """A key object: its attributes."""

    @property
    def label(self):
        return self.get(Attribute.LABEL)

    def destroy(self):
        self.clear()

    def wrap_key(self, key, mechanism):
        return aes_key_wrap(self[Attribute.VALUE], key[Attribute.VALUE])

    def unwrap_key(self, class_, type_, wrapped, mechanism, template):
        try:
            return PretendKey({Attribute.VALUE: aes_key_unwrap(self[Attribute.VALUE], wrapped)})
        except (InvalidUnwrap, ValueError):
            raise GeneralError from None


class PretendToken:
    """A token, its library, and its one session."""

    def __init__(self):
        self.keys = []
        self.logged_in = self.dropped = False
        self.opened = 0

    def get_token(self, token_label):
        if token_label != "yiqiao":
            raise NoSuchToken
        return self

    def open(self, rw, user_pin=None):
        if user_pin is not None and self.logged_in:
            raise UserAlreadyLoggedIn
        if user_pin not in (None, PIN):
            raise PinIncorrect
        self.logged_in, self.dropped = True, False
        self.opened += 1
        return self

    def close(self):
        self.logged_in = False

    def get_objects(self, wanted):
        if self.dropped:
            raise SessionHandleInvalid
        label = wanted.get(Attribute.LABEL)
        return [key for key in self.keys if label in (None, key.label)]

    def create_object(self, attributes):
        return PretendKey(attributes)

    def generate_key(self, type_, bits, label, store, capabilities, template):
        assert template == {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
        self.keys.append(
            PretendKey({Attribute.LABEL: label, Attribute.VALUE: os.urandom(bits // 8)})
        )


@pytest.fixture(params=LIBRARIES)
def library(request, tmp_path, monkeypatch):
    if request.param == "dictionaries":
        token = PretendToken()
        monkeypatch.setattr("gateway.keys.hsm.pkcs11.lib", lambda path: token)
        return Path("/nowhere.so")
    return request.getfixturevalue("softhsm_token")


@pytest.fixture(scope="session")
def softhsm_token(tmp_path_factory):
    directory = tmp_path_factory.mktemp("tokens")
    settings = directory / "softhsm.conf"
    settings.write_text(f"directories.tokendir = {directory}\n")
    os.environ["SOFTHSM2_CONF"] = str(settings)  # the library reads it once in a process
    new = ["--init-token", "--free", "--label", "yiqiao", "--so-pin", "1234", "--pin", PIN]
    subprocess.run(["softhsm2-util", *new], check=True, capture_output=True)
    return SOFTHSM


@pytest.fixture
def keyring(library):
    opened = HsmKeyring(library, "yiqiao", PIN)
    yield opened
    opened.close()


def test_keys_are_wrapped_in_the_token(keyring):
    key = os.urandom(32)
    old = keyring.wrap(key)
    assert keyring.rotate() == keyring.active != old.kek
    new = keyring.wrap(key)
    assert (new.kek, new.data != old.data) == (keyring.active, True)
    assert keyring.unwrap(*old) == keyring.unwrap(*new) == key
    assert keyring.active > old.kek


def test_the_active_key_is_found_again(library, keyring):
    keyring.rotate()
    again = HsmKeyring(library, "yiqiao", PIN)
    assert again.active == keyring.active
    keyring.rotate()
    wrapped = keyring.wrap(bytes(32))
    assert again.unwrap(*wrapped) == bytes(32)
    assert again.active == keyring.active


def test_what_is_not_the_tokens_is_refused(keyring):
    wrapped = keyring.wrap(bytes(32))
    with pytest.raises(UnknownKeyError):
        keyring.unwrap("yiqiao-kek-000009-x", wrapped.data)
    with pytest.raises(UnsealError):
        keyring.unwrap(wrapped.kek, bytes(40))


def test_all_secrets_may_hang_on_a_token(library, keyring, tmp_path):
    keys = Keys(tmp_path, keyring)
    sealed = keys.spool_key.seal(b"x", b"")
    wrapped = keys.new_data_key()
    keys.rotate()
    assert Keys(tmp_path, keyring).spool_key.open(sealed, b"") == b"x"
    assert keys.rewrap(*wrapped).kek == keyring.active
    assert [file.name for file in tmp_path.iterdir()] == ["secrets.json"]


def test_no_such_token(library):
    with pytest.raises(KeyringError, match="NoSuchToken"):
        HsmKeyring(library, "another", PIN)


def test_a_session_that_the_token_dropped_is_opened_again(monkeypatch):
    token = PretendToken()
    monkeypatch.setattr("gateway.keys.hsm.pkcs11.lib", lambda path: token)
    keyring = HsmKeyring(Path("/nowhere.so"), "yiqiao", PIN)
    wrapped = keyring.wrap(bytes(32))
    for call in (lambda: keyring.wrap(bytes(32)), lambda: keyring.unwrap(*wrapped)):
        token.dropped = True
        call()
    assert token.opened == 3

    def lost(*arguments, **named):
        token.dropped = True
        raise SessionHandleInvalid

    monkeypatch.setattr(PretendKey, "unwrap_key", lost)
    with pytest.raises(KeyringError):
        keyring.unwrap(*wrapped)


def test_a_token_that_is_away_is_said_to_be(monkeypatch):
    token = PretendToken()
    monkeypatch.setattr("gateway.keys.hsm.pkcs11.lib", lambda path: token)
    keyring = HsmKeyring(Path("/x.so"), "yiqiao", PIN)
    token.dropped = True

    def removed(**_):
        raise DeviceRemoved

    monkeypatch.setattr(token, "open", removed)
    with pytest.raises(KeyringError, match="the token fails: DeviceRemoved"):
        keyring.wrap(bytes(32))


def test_a_wrong_pin_and_a_missing_library(monkeypatch):
    with pytest.raises(KeyringError):
        HsmKeyring(Path("/nowhere.so"), "yiqiao", PIN)
    token = PretendToken()
    monkeypatch.setattr("gateway.keys.hsm.pkcs11.lib", lambda path: token)
    with pytest.raises(KeyringError, match="PinIncorrect"):
        HsmKeyring(Path("/nowhere.so"), "yiqiao", "0000")
