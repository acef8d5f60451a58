import pytest
from sqlalchemy.exc import IntegrityError

from gateway.store.models import Client, Organisation, Source


def hospital(id_="tjh", **changes):
    return Organisation(id=id_, kind="source", name="天津医院", created=1, **changes)


def client(id_, organisation, **changes):
    return Client(
        id=id_, organisation=organisation, jwks={"keys": [{"kty": "EC"}]},
        scopes="system/*.rs", purposes="TREAT", created=1, **changes,
    )  # fmt: skip


def test_participants_are_kept_and_found(store):
    with store.begin() as tx:
        tx.directory.add(hospital(identifier_system="urn:x", identifier_value="1"))
        tx.directory.add(Organisation(id="net", kind="internet-hospital", name="网", created=1))
        tx.directory.add(Organisation(id="far", tenant="b", kind="insurer", name="远", created=1))
        tx.directory.add(Source(organisation="tjh", facility="TJH01", charset="gb18030"))
        tx.directory.add(client("c1", "tjh"))
        tx.directory.add(client("c2", "net"))
    with store.read() as tx:
        directory = tx.directory
        found = directory.organisation("tjh")
        assert (found.name, found.tenant, found.identifier_value) == ("天津医院", "default", "1")
        assert directory.organisation("nobody") is None
        assert [found.id for found in directory.organisations()] == ["far", "net", "tjh"]
        assert [found.id for found in directory.organisations("default", "source")] == ["tjh"]
        assert directory.source("tjh").facility == "TJH01"
        assert directory.source("tjh").charset == "gb18030"
        assert directory.source("net") is None
        assert [found.organisation for found in directory.sources()] == ["tjh"]
        assert directory.client("c1").jwks == {"keys": [{"kty": "EC"}]}
        assert [found.id for found in directory.clients()] == ["c1", "c2"]
        assert [found.id for found in directory.clients("net")] == ["c2"]


def test_a_client_is_revoked_once(store):
    with store.begin() as tx:
        tx.directory.add(hospital())
        tx.directory.add(client("c1", "tjh"))
        assert tx.directory.revoke_client("c1")
        assert not tx.directory.revoke_client("c1")
        assert not tx.directory.revoke_client("c9")
        assert tx.directory.client("c1").revoked == tx.now


def test_no_id_twice_and_no_feed_of_nobody(store):
    with store.begin() as tx:
        tx.directory.add(hospital())
    with pytest.raises(IntegrityError), store.begin() as tx:
        tx.directory.add(hospital())
    with pytest.raises(IntegrityError), store.begin() as tx:
        tx.directory.add(Source(organisation="nobody", facility="X"))
    with store.read() as tx:
        assert tx.directory.sources() == []
