"""`yiqiao source`, `client`, `keys`, `audit`, `quarantine`, and faults around every command."""

from __future__ import annotations

import contextlib
import stat
from pathlib import Path

import orjson
import pytest
from certificates import Authority, der
from cli_command import Yiqiao
from joserfc import jws
from joserfc.jwk import ECKey, KeySet

from adapters.mllp.certificates import fingerprint
from gateway.auth.tokens import Grant, issue, read
from gateway.keys import Keys
from gateway.store import NewCompartment, Store


def test_sources(yiqiao: Yiqiao) -> None:
    added = yiqiao(
        "source", "add", "tjh01", "--facility", "TJH01", "--profile", "tjh01",
        "--title", "天津测试医院", "--charset", "GB18030", "--identifier", "urn:oid:1.2|T1",
    )  # fmt: skip
    assert added.code == 0, added.err
    assert yiqiao("source", "add", "b", "--facility", "B", "--timezone", "-03:30").code == 0
    assert yiqiao("source", "add", "c", "--facility", "C").code == 0
    assert yiqiao("source", "change", "c", "--timezone", "America/New_York").code == 0
    assert yiqiao("source", "list").rows == [
        {"source": "b", "facility": "B", "title": "b", "profile": "", "charset": "",
         "timezone": "-03:30", "certificates": ""},
        {"source": "c", "facility": "C", "title": "c", "profile": "", "charset": "",
         "timezone": "America/New_York", "certificates": ""},
        {"source": "tjh01", "facility": "TJH01", "title": "天津测试医院", "profile": "tjh01",
         "charset": "GB18030", "timezone": "+08:00", "certificates": ""},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("a", "--facility", "OTHER"), 1, "source a is registered already: yiqiao source change a"),
        (("other", "--facility", "A"), 1, "facility A is registered already: it is source a's"),
        (("ih", "--facility", "OTHER"), 1, "ih is registered already, as internet-hospital"),
        (("b", "--facility", "B", "--profile", "nosuch"), 2, "there is no such site profile"),
        (("b", "--facility", "B", "--profile", ""), 2, "'': there is no such site profile"),
        (("b", "--facility", "B", "--charset", "klingon"), 2, "no character set is called"),
        (("b", "--facility", "B", "--timezone", "Mars/Olympus"), 2, "is no offset"),
        (("b", "--facility", "B", "--identifier", "T1"), 2, "must be SYSTEM|VALUE"),
        (("b", "--facility", "B", "--certificate", "b.pem"), 2, "nor is there such a file"),
        (("b", "--facility", "B", "--certificate", "dns:b c"), 2, "names no certificate"),
        (("b", "--facility", "B", "--certificate", "store.db"), 2, "no certificate in PEM"),
        (("天津", "--facility", "B"), 2, "is no name"),
        (("b",), 2, "--facility"),
    ],
)
def test_a_source_that_is_not_taken(
    yiqiao: Yiqiao, words: tuple[str, ...], code: int, told: str
) -> None:
    yiqiao("source", "add", "a", "--facility", "A")
    asker = ("--org", "ih", "--kind", "internet-hospital", "--new-key", "c.jwk")
    yiqiao("client", "add", "c", *asker)
    done = yiqiao("source", "add", *words)
    assert done.code == code
    assert told in done.err
    assert len(yiqiao("source", "list").rows) == 1


def test_the_certificates_of_a_source(yiqiao: Yiqiao, home: Path) -> None:
    file = Authority(home).issue("lis", "CN=lis,O=A")
    own = fingerprint(der(file))
    words = ("--certificate", "lis.pem", "--certificate", "dns:LIS.example")
    assert yiqiao("source", "add", "a", "--facility", "A", *words).code == 0
    assert certificates(yiqiao) == f"dns:lis.example; {own}"
    assert yiqiao("source", "change", "a", "--certificate", "subject:CN=lis,O=A").code == 0
    assert certificates(yiqiao) == "subject:CN=lis,O=A"
    assert yiqiao("source", "change", "a", "--timezone", "+09:00").code == 0
    assert certificates(yiqiao) == "subject:CN=lis,O=A"
    assert yiqiao("source", "change", "a", "--certificate", "").code == 0
    assert certificates(yiqiao) == ""


def certificates(yiqiao: Yiqiao) -> str:
    (row,) = yiqiao("source", "list").rows
    return row["certificates"]


def test_a_profile_by_path_is_found_from_anywhere(yiqiao: Yiqiao, home: Path) -> None:
    (home / "site.map").write_text("")
    assert yiqiao("source", "add", "a", "--facility", "A", "--profile", "site.map").code == 0
    assert yiqiao("source", "list").rows[0]["profile"] == str((home / "site.map").resolve())


CLIENT = ("client", "add", "c", "--org", "cloudcare", "--kind", "internet-hospital")


def test_a_client_with_a_new_key(yiqiao: Yiqiao, home: Path) -> None:
    done = yiqiao(
        *CLIENT, "--new-key", "c.jwk", "--purpose", "TREAT", "--purpose", "ETREAT",
        "--scope", "system/Patient.r system/Observation.rs", "--title", "CloudCare",
    )  # fmt: skip
    assert done.code == 0, done.err
    private = orjson.loads((home / "c.jwk").read_bytes())
    assert private["d"]
    assert stat.S_IMODE((home / "c.jwk").stat().st_mode) == 0o600
    assert yiqiao("client", "list").rows == [
        {"client": "c", "organisation": "cloudcare", "kind": "internet-hospital",
         "scopes": "system/Patient.r system/Observation.rs", "purposes": "TREAT ETREAT",
         "revoked": ""}
    ]  # fmt: skip
    assert yiqiao("client", "revoke", "c").code == 0
    assert yiqiao("client", "list").rows[0]["revoked"].endswith("Z")
    again = yiqiao("client", "revoke", "c")
    assert (again.code, "no client c" in again.err) == (1, True)


@pytest.mark.parametrize(
    ("kind", "scopes"),
    [
        ("source", "system/*.rs ingest/hl7v2"),
        ("internet-hospital", "system/*.rs"),
        ("insurer", "operation/verify-visit"),
        ("patient-app", "system/Consent.cruds"),
    ],
)
def test_what_a_client_may_ask_for_goes_by_its_kind(yiqiao: Yiqiao, kind: str, scopes: str) -> None:
    words = ("--org", "o", "--kind", kind, "--new-key")
    assert yiqiao("client", "add", "a", *words, "a.jwk").code == 0
    assert yiqiao("client", "add", "b", *words, "b.jwk", "--scope", "system/Patient.r").code == 0
    listed = [row["scopes"] for row in yiqiao("client", "list").rows]
    assert listed == [scopes, "system/Patient.r"]


def test_only_the_public_half_of_a_set_is_kept(yiqiao: Yiqiao, home: Path, store: Store) -> None:
    keys = KeySet([ECKey.generate_key("P-384", auto_kid=True)])
    (home / "c.jwks").write_bytes(orjson.dumps(keys.as_dict(private=True)))
    assert yiqiao(*CLIENT, "--jwks", "c.jwks").code == 0
    with store.read() as tx:
        client = tx.directory.client("c")
    assert client is not None
    assert "d" not in client.jwks["keys"][0]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ((), 2, "one of --jwks and --new-key"),
        (("--jwks", "x", "--new-key", "y"), 2, "one of --jwks and --new-key"),
        (("--jwks", "nosuch.jwks"), 2, "No such file"),
        (("--jwks", "list.jwks"), 2, "is not a JWK Set"),
        (("--jwks", "text.jwks"), 2, "is not a JWK Set"),
        (("--jwks", "empty.jwks"), 2, "is not a JWK Set"),
        (("--jwks", "secret.jwks"), 2, "must be EC or RSA"),
        (("--new-key", "mine.jwk"), 2, "is there already"),
        (("--new-key", "text.jwks/new.jwk"), 2, "text.jwks"),
        (("--new-key", "n.jwk", "--purpose", "FUN"), 2, "no purpose of use"),
        (("--new-key", "n.jwk", "--scope", "system/*.rs all"), 2, "no scope is called 'all'"),
        (("--new-key", "n.jwk", "--kind", "insurer"), 2, "is registered as internet-hospital"),
        (("--new-key", "n.jwk", "--kind", "bank"), 2, "bank"),
    ],
)
def test_a_client_that_is_not_taken(
    yiqiao: Yiqiao, home: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    (home / "list.jwks").write_text("[]")
    (home / "text.jwks").write_text("hello")
    (home / "empty.jwks").write_text('{"keys":[]}')
    (home / "secret.jwks").write_text('{"keys":[{"kty":"oct","k":"c2VjcmV0c2VjcmV0c2VjcmV0"}]}')
    assert yiqiao(*CLIENT, "--new-key", "mine.jwk").code == 0
    mine = (home / "mine.jwk").read_bytes()
    done = yiqiao("client", "add", "d", *CLIENT[3:], *words)
    assert (done.code, done.out) == (code, b"")
    assert told in done.err
    assert [row["client"] for row in yiqiao("client", "list").rows] == ["c"]
    assert (home / "mine.jwk").read_bytes() == mine
    assert not (home / "n.jwk").exists()


def test_a_second_client_of_a_name_leaves_no_key_behind(yiqiao: Yiqiao, home: Path) -> None:
    assert yiqiao(*CLIENT, "--new-key", "one.jwk").code == 0
    done = yiqiao(*CLIENT, "--new-key", "two.jwk")
    assert (done.code, "registered already" in done.err) == (1, True)
    assert not (home / "two.jwk").exists()


def test_after_a_rotation_all_is_readable_and_what_was_signed_verifies(
    yiqiao: Yiqiao, store: Store, sqlite_url: str, home: Path
) -> None:
    yiqiao("source", "add", "tjh01", "--facility", "TJH01")
    compartment = "a" * 16
    with store.begin() as tx:
        person = tx.persons.for_identity("default", b"t" * 16)
        new = NewCompartment(compartment, "default", "patient", "tjh01", person)
        tx.compartments.ensure([new])
        resource = {"resourceType": "Patient", "id": f"{compartment}.x", "active": True}
        tx.resources.put(compartment, resource, owner="tjh01", labels=["N"])
    grant = Grant("c", "o", "default", "system/*.rs", "TREAT", 2_000_000_000, "j")
    where = {"issuer": "https://g", "audience": "https://g/fhir"}
    token = issue(grant, store.keys.access_signer, now=1, **where)
    receipt = jws.serialize_compact(
        {"alg": "ES256", "kid": store.keys.receipt_signer.kid}, b"{}",
        store.keys.receipt_signer.key, algorithms=["ES256"],
    )  # fmt: skip
    before = store.keys.active_kek

    done = yiqiao("keys", "rotate")
    assert done.code == 0
    assert "rotated; 2 data keys wrapped anew" in done.text  # of the record, and of the person

    keys = Keys(home / "keys")
    assert keys.active_kek != before
    assert keys.access_signer.kid != store.keys.access_signer.kid
    assert read(token, keys.access_signer, now=2, **where) == grant
    jws.deserialize_compact(receipt, keys.receipt_signer.public_keys, algorithms=["ES256"])
    for one in (keys, store.keys):  # a new process, and one that ran on
        with contextlib.closing(Store.open(sqlite_url, one)) as opened, opened.read() as tx:
            row = tx.resources.get("Patient", f"{compartment}.x")
            assert row is not None
            assert orjson.loads(tx.resources.body(row))["active"]


def test_nothing_to_audit(yiqiao: Yiqiao) -> None:
    done = yiqiao("audit", "verify")
    assert done.code == 0
    assert "0 events" in done.text
    forged = yiqiao("audit", "verify", "--head", "a.b.c")
    assert (forged.code, "kept-head" in forged.err) == (1, True)


def test_an_empty_quarantine(yiqiao: Yiqiao) -> None:
    assert yiqiao("quarantine", "list").rows == []
    assert "no message 7" in yiqiao("quarantine", "show", 7).err
    assert yiqiao("quarantine", "replay").code == 2
    assert yiqiao("quarantine", "replay", "--all").code == 0
    absent = yiqiao("quarantine", "replay", 7)
    assert (absent.code, "not in quarantine" in absent.err) == (1, True)


@pytest.mark.parametrize(
    ("name", "value", "code", "told"),
    [
        ("DATABASE__URL", "sqlite:///nosuch/x.db", 1, "open database file (sqlite:///nosuch/x.db)"),
        ("DATABASE__URL", "postgresql://u@h:port/x", 1, "not a database address"),
        ("DATABASE__URL", "sqlite://", 1, "an SQLite store needs a file"),
        ("DATABASE__URL", "mysql://x", 2, "YIQIAO_DATABASE__URL: database.url"),
        ("KEYS__DIRECTORY", "/proc/nosuch", 2, "/proc/nosuch"),
        ("SERVER__PORT", "http", 2, "YIQIAO_SERVER__PORT: server.port"),
    ],
)
def test_a_store_that_cannot_be_opened_is_one_line(
    yiqiao: Yiqiao, monkeypatch: pytest.MonkeyPatch, name: str, value: str, code: int, told: str
) -> None:
    monkeypatch.setenv(f"YIQIAO_{name}", value)
    done = yiqiao("source", "list")
    assert (done.code, done.out) == (code, b"")
    assert told in done.err
    assert len(done.err.splitlines()) == 1


def test_a_database_that_is_away_is_one_line_without_its_password(
    yiqiao: Yiqiao, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "postgresql+psycopg://user:secret@127.0.0.1:1/x"
    monkeypatch.setenv("YIQIAO_DATABASE__URL", address)
    done = yiqiao("client", "list")
    assert done.code == 1
    assert "the database cannot be used" in done.err
    assert "127.0.0.1:1/x)" in done.err
    assert "secret" not in done.err
    assert len(done.err.splitlines()) == 1


def test_what_nobody_foresaw_is_not_hidden(yiqiao: Yiqiao, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("gateway.cli.source.print_table", fail)
    with pytest.raises(ZeroDivisionError):
        yiqiao("source", "list")


def test_help_and_version(yiqiao: Yiqiao) -> None:
    for words in (["--help"], ["translate", "--help"], ["client", "add", "--help"]):
        done = yiqiao(*words)
        assert done.code == 0
        assert "Usage" in done.text
    assert yiqiao("--version").text.startswith("yiqiao ")
    assert yiqiao("nosuch").code == 2
