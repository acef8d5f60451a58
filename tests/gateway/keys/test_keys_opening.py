"""Keys as settings name them; a rotation by one process, seen by another."""

import sys

import pytest
from sqlalchemy import select

from gateway.keys import Algorithm, KeyringError, open_keys
from gateway.settings import Settings
from gateway.store import NewCompartment, Store
from gateway.store.models import Compartment, table


def configured(tmp_path, **keys):
    return Settings(keys={"directory": tmp_path / "keys", **keys})


def test_a_file_is_the_default(tmp_path):
    settings = configured(tmp_path)
    keys = open_keys(settings)
    assert keys.derive_id("a") == open_keys(settings).derive_id("a")
    assert keys.spool_key.seal(b"x", b"")[0] & 0x0F == Algorithm.AES_256_GCM


def test_values_of_both_algorithms_open(tmp_path):
    aes = open_keys(configured(tmp_path))
    sm4 = open_keys(configured(tmp_path, algorithm="sm4-gcm"))
    sealed = sm4.audit_key.seal(b"x", b"")
    assert sealed[0] & 0x0F == Algorithm.SM4_GCM
    assert aes.audit_key.open(sealed, b"") == b"x"
    assert sm4.audit_key.open(aes.audit_key.seal(b"y", b""), b"") == b"y"


class Token:
    """A keyring that notes how it was opened."""

    active = "hsm-1"

    def __init__(self, *opened):
        self.opened = opened

    def wrap(self, key):
        return self.active, key

    def unwrap(self, kek, wrapped):
        return wrapped


def test_an_hsm_is_opened_as_configured(tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr("gateway.keys.hsm.HsmKeyring", lambda *how: opened.append(how) or Token())
    settings = configured(tmp_path, provider="pkcs11", library="/x.so", token="yiqiao", pin="5678")
    assert open_keys(settings).active_kek == "hsm-1"
    ((library, token, pin),) = opened
    assert (str(library), token, pin) == ("/x.so", "yiqiao", "5678")
    assert not (tmp_path / "keys" / "keyring.json").exists()


def test_an_hsm_needs_its_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "gateway.keys.hsm", None)
    settings = configured(tmp_path, provider="pkcs11", library="/x", token="t", pin="p")
    with pytest.raises(KeyringError, match="yiqiao\\[hsm\\]"):
        open_keys(settings)


def test_a_rotation_beside_a_running_process_is_taken_up(tmp_path, database_url):
    settings = configured(tmp_path)
    running = Store.open(database_url, open_keys(settings))
    other = Store.open(database_url, open_keys(settings))
    with running.begin() as tx:
        tx.compartments.ensure([NewCompartment("a" * 16, "default", "directory", "tjh", None)])
        resource = {"resourceType": "Location", "id": f"{'a' * 16}.{'b' * 16}"}
        tx.resources.put("a" * 16, resource, owner="tjh")
    assert not running.keys.refresh()

    old = running.keys.active_kek
    kids = [running.keys.access_signer.kid, running.keys.audit_signer.kid]
    other.keys.rotate()
    assert other.rewrap() == 1

    assert running.keys.active_kek == old
    assert running.keys.refresh()
    assert running.keys.active_kek == other.keys.active_kek != old
    now = [running.keys.access_signer.kid, running.keys.audit_signer.kid]
    assert now == [other.keys.access_signer.kid, other.keys.audit_signer.kid]
    assert not set(now) & set(kids)
    with running.begin() as tx:
        tx.compartments.ensure([NewCompartment("c" * 16, "default", "directory", "tjh", None)])
        rows = tx.resources.rows(["a" * 16])
        assert b"Location" in tx.resources.body(rows[0])
        held = tx.connection.execute(select(table(Compartment).c.kek)).scalars().all()
    assert set(held) == {other.keys.active_kek}
    running.close()
    other.close()


def test_a_record_rewrapped_before_the_rotation_was_seen_still_opens(tmp_path, database_url):
    settings = configured(tmp_path)
    other = Store.open(database_url, open_keys(settings))
    with other.begin() as tx:
        tx.compartments.ensure([NewCompartment("a" * 16, "default", "directory", "tjh", None)])
        resource = {"resourceType": "Location", "id": f"{'a' * 16}.{'b' * 16}"}
        tx.resources.put("a" * 16, resource, owner="tjh")
    running = Store.open(database_url, open_keys(settings))
    other.keys.rotate()
    other.rewrap()
    with running.read() as tx:
        assert b"Location" in tx.resources.body(tx.resources.rows(["a" * 16])[0])
    running.close()
    other.close()
