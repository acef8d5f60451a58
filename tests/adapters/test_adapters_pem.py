"""Which of an operator's PEM files is wrong, and why."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from certificates import Authority
from cryptography.hazmat.primitives import serialization

from adapters.mllp.pem import PemError, show, trust


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    authority = Authority(tmp_path)
    both = authority.issue("both", "CN=lis")
    authority.issue("other", "CN=other")
    (tmp_path / "text.pem").write_text("MSH|^~\\&|")
    (tmp_path / "folder.pem").mkdir()
    private, _, certificate = both.read_text().partition("-----BEGIN CERTIFICATE")
    (tmp_path / "certificate.pem").write_text(f"-----BEGIN CERTIFICATE{certificate}")
    (tmp_path / "key.pem").write_text(private)
    locked = serialization.load_pem_private_key(private.encode(), None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    (tmp_path / "locked.pem").write_bytes(locked)
    return tmp_path


@pytest.mark.parametrize(
    ("certificate", "key", "why"),
    [
        ("no.pem", None, "no.pem: No such file or directory"),
        ("folder.pem", None, "folder.pem: Is a directory"),
        ("text.pem", None, "text.pem: no certificate in PEM"),
        ("key.pem", None, "key.pem: no certificate in PEM"),
        ("certificate.pem", None, "certificate.pem: no private key in PEM"),
        ("certificate.pem", "no.pem", "no.pem: No such file or directory"),
        ("certificate.pem", "text.pem", "text.pem: no private key in PEM"),
        ("certificate.pem", "other.pem", "other.pem: the key is not the one of "),
        ("certificate.pem", "locked.pem", "locked.pem: the key is locked with a passphrase"),
    ],
)
def test_a_wrong_file_is_named(folder: Path, certificate: str, key: str | None, why: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with pytest.raises(PemError) as caught:
        show(context, folder / certificate, folder / key if key else None)
    assert str(caught.value).startswith(f"{folder}/{why}")


@pytest.mark.parametrize(("certificate", "key"), [("both", None), ("certificate", "key")])
def test_a_certificate_is_shown_with_its_key(folder: Path, certificate: str, key: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    show(context, folder / f"{certificate}.pem", folder / f"{key}.pem" if key else None)


def test_authorities_are_trusted_if_the_file_has_any(folder: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trust(context, folder / "authority.pem")
    assert len(context.get_ca_certs()) == 1
    for name, why in [("no", "No such file"), ("text", "no certificate"), ("key", "no certif")]:
        with pytest.raises(PemError, match=f"{name}.pem: {why}"):
            trust(context, folder / f"{name}.pem")
