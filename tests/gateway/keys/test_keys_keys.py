import orjson
import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from gateway.keys import Algorithm, FileKeyring, KeyringError, Keys, Signer, UnsealError

SIGNERS = ["access_signer", "receipt_signer", "audit_signer"]


def test_secrets_survive_a_restart(tmp_path):
    first, again = Keys(tmp_path), Keys(tmp_path)
    assert first.derive_id("a") == again.derive_id("a")
    assert first.token("k", "a") == again.token("k", "a")
    assert first.code_token("s", "c") == again.code_token("s", "c")
    assert first.digest("m", b"a") == again.digest("m", b"a")
    assert again.spool_key.open(first.spool_key.seal(b"x", b""), b"") == b"x"
    assert again.audit_key.open(first.audit_key.seal(b"x", b""), b"") == b"x"
    for name in SIGNERS:
        assert getattr(first, name).jwks() == getattr(again, name).jwks()


def test_every_installation_has_its_own(tmp_path):
    one, other = Keys(tmp_path / "1"), Keys(tmp_path / "2")
    assert one.derive_id("a") != other.derive_id("a")
    with pytest.raises(UnsealError):
        other.spool_key.open(one.spool_key.seal(b"x", b""), b"")


def test_the_spool_key_is_not_the_audit_key(tmp_path):
    keys = Keys(tmp_path)
    with pytest.raises(UnsealError):
        keys.audit_key.open(keys.spool_key.seal(b"x", b""), b"")


def test_data_keys_unwrap_and_rewrap(tmp_path):
    keys = Keys(tmp_path, algorithm=Algorithm.SM4_GCM)
    wrapped = keys.new_data_key()
    sealed = keys.unwrap(*wrapped).seal(b"x", b"")
    assert sealed[0] == Algorithm.SM4_GCM
    kek = keys.rotate()
    assert kek == keys.active_kek
    again = keys.rewrap(*wrapped)
    assert again.kek == kek
    assert keys.unwrap(*again).open(sealed, b"") == b"x"


@pytest.mark.parametrize("name", SIGNERS)
def test_what_was_signed_before_a_rotation_still_verifies(tmp_path, name):
    keys = Keys(tmp_path)
    elsewhere = Keys(tmp_path)
    signer: Signer = getattr(keys, name)
    header = {"alg": "ES256", "kid": signer.kid}
    signed = jws.serialize_compact(header, b"x", signer.key)
    assert not elsewhere.refresh()
    keys.rotate()
    keys.rotate()
    assert elsewhere.refresh()
    for holder in (keys, elsewhere, Keys(tmp_path)):
        assert getattr(holder, name).kid != signer.kid
        assert jws.deserialize_compact(signed, getattr(holder, name).public_keys).payload == b"x"
    published = getattr(keys, name).jwks()["keys"]
    assert len(published) == 3
    assert all("d" not in key and key["alg"] == "ES256" for key in published)


def test_a_signer_reads_what_it_dumped():
    signer = Signer.generate().rotated()
    assert Signer.load(orjson.loads(orjson.dumps(signer.dump()))).jwks() == signer.jwks()
    assert isinstance(signer.key, ECKey)
    assert signer.key.is_private
    assert not any("d" in key for key in signer.dump()["retired"])


@pytest.mark.parametrize("content", [b"{}", b'{"kek": 1, "key": "A", "sealed": ""}'])
def test_a_malformed_file_is_refused(tmp_path, content):
    Keys(tmp_path)
    path = tmp_path / "secrets.json"
    path.write_bytes(content)
    with pytest.raises(KeyringError):
        Keys(tmp_path)


def test_secrets_need_their_keyring(tmp_path):
    Keys(tmp_path)
    active = FileKeyring(tmp_path / "keyring.json").active
    other = orjson.loads(
        (Keys(tmp_path / "other") and tmp_path / "other/keyring.json").read_bytes()
    )
    stolen = {"active": active, "keys": {active: other["keys"][other["active"]]}}
    (tmp_path / "keyring.json").write_bytes(orjson.dumps(stolen))
    with pytest.raises(UnsealError):
        Keys(tmp_path)
