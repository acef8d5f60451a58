import base64
import os

import orjson
import pytest

from gateway.keys import FileKeyring, KeyringError, UnknownKeyError, UnsealError, files


def test_made_on_first_use_for_the_owner_alone(tmp_path):
    path = tmp_path / "keys" / "keyring.json"
    keyring = FileKeyring(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert FileKeyring(path).active == keyring.active
    assert [file.name for file in path.parent.iterdir()] == ["keyring.json"]


def test_wraps_and_unwraps_across_rotation_and_processes(tmp_path):
    here, elsewhere = FileKeyring(tmp_path / "k"), FileKeyring(tmp_path / "k")
    key = os.urandom(32)
    old = here.wrap(key)
    assert here.rotate() == here.active != old.kek
    new = here.wrap(key)
    assert new.kek == here.active
    assert here.unwrap(*old) == here.unwrap(*new) == key
    assert elsewhere.unwrap(*new) == key


def test_unknown_and_wrong_keys_are_refused(tmp_path):
    keyring = FileKeyring(tmp_path / "k")
    wrapped = keyring.wrap(bytes(32))
    with pytest.raises(UnknownKeyError):
        keyring.unwrap("nosuchkey", wrapped.data)
    old = wrapped.kek
    keyring.rotate()
    with pytest.raises(UnsealError):
        keyring.unwrap(keyring.active, wrapped.data)
    assert keyring.unwrap(old, wrapped.data) == bytes(32)


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b"{}",
        b'{"active": "a", "keys": []}',
        b'{"active": "a", "keys": {"a": 1}}',
        b'{"active": "a", "keys": {"a": "AAAA"}}',
        b'{"active": "a", "keys": {"a": "!"}}',
        orjson.dumps({"active": "b", "keys": {"a": base64.b64encode(bytes(32)).decode()}}),
    ],
)
def test_a_malformed_file_is_refused(tmp_path, content):
    path = tmp_path / "k"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyringError):
        FileKeyring(path)


def test_a_file_that_others_may_read_is_refused(tmp_path):
    path = tmp_path / "k"
    FileKeyring(path)
    path.chmod(0o640)
    with pytest.raises(KeyringError, match="chmod 600"):
        FileKeyring(path)


def test_the_first_of_two_creators_wins(tmp_path):
    path = tmp_path / "k"
    assert files.create(path, {"a": 1})
    assert not files.create(path, {"a": 2})
    assert files.read(path) == {"a": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["k"]


def test_without_posix_there_are_neither_modes_nor_directory_flushes(tmp_path, monkeypatch):
    path = tmp_path / "k"
    monkeypatch.setattr(files.os, "name", "nt")
    assert files.create(path, {"a": 1})
    path.chmod(0o644)
    assert files.read(path) == {"a": 1}
